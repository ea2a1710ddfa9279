"""A little country: two provinces, three districts, five communes, about forty hamlets."""

from pathlib import Path

from deploy.simulation.hierarchy import Hierarchy, read_hierarchy

_UNITS = """\
code,level,kind,parent_code,name
VN,country,country,,Việt Nam
01,province,province,VN,Tỉnh Một
02,province,province,VN,Tỉnh Hai
011,district,district,01,Huyện Đông
012,district,town,01,Thị xã Tây
013,district,district,01,Huyện Đảo
021,district,district,02,Huyện Nam
0111,commune,rural_commune,011,Xã Lúa
0112,commune,township,011,Thị trấn Chợ
0121,commune,ward,012,Phường Sông
0211,commune,rural_commune,021,Xã Đồi
0212,commune,rural_commune,021,Xã Biển
"""


def little_hierarchy(folder: Path, *, seed: int = 1) -> Hierarchy:
    (folder / "units_until_2025-06-30.csv").write_text(_UNITS, encoding="utf-8")
    return read_hierarchy(folder, seed=seed)
