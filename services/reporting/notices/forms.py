"""Numbers, days and names as official Vietnamese documents write them (Decree 30/2020)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.contracts.definitions import Names
from services.contracts.words import Level

NO_BREAK = "\u00a0"
_KINDS = ("Tỉnh", "Thành phố", "Huyện", "Thị xã", "Quận", "Xã", "Phường", "Thị trấn", "Đặc khu")
_WITH_COMMITTEE = frozenset({Level.PROVINCE, Level.DISTRICT, Level.COMMUNE})
_KINDS_OF_DOCUMENT = {
    "NQ": "Nghị quyết",
    "QĐ": "Quyết định",
    "CT": "Chỉ thị",
    "TB": "Thông báo",
    "HD": "Hướng dẫn",
    "CTr": "Chương trình",
    "KH": "Kế hoạch",
    "PA": "Phương án",
    "ĐA": "Đề án",
    "DA": "Dự án",
    "BC": "Báo cáo",
    "TTr": "Tờ trình",
    "CĐ": "Công điện",
}
"""The abbreviations of appendix III of Decree 30/2020 that hand out work."""


def number(value: int | None) -> str:
    """Grouped by dots: `10.963`; a dash where it is unknown, which is not zero."""
    return "–" if value is None else f"{value:,}".replace(",", ".")


def percent(printed: str) -> str:
    """`55,14` → `55,14 %`, which no line break separates; thousands of percent are grouped."""
    whole, comma, rest = printed.partition(",")
    return f"{number(int(whole))}{comma}{rest}{NO_BREAK}%"


def day(value: date) -> str:
    """`ngày 05 tháng 7 năm 2024`: days below 10 and the months January and February have a zero before them."""
    return f"ngày {value.day:02} tháng {_month(value.month)} năm {value.year}"


def moment(value: datetime, time_zone: str) -> str:
    """`17 giờ 05 phút, ngày 05 tháng 7 năm 2024`, in that zone."""
    local = value.astimezone(ZoneInfo(time_zone))
    return f"{local.hour:02} giờ {local.minute:02} phút, {day(local.date())}"


def day_to_fill_in(year: int) -> str:
    """The same with room for day and month."""
    return f"ngày {NO_BREAK * 4} tháng {NO_BREAK * 4} năm {year}"


def _month(month: int) -> str:
    return f"{month:02}" if month < 3 else str(month)


def name_of(names: Names, code: str) -> str:
    """The Vietnamese name, another where there is none, the code where there is no name at all."""
    return names.get("vi") or next(iter(names.values()), code)


def short_name(name: str) -> str:
    """The name without its kind (`Tỉnh Bình Phước` → `Bình Phước`); one that is a number keeps it (`Quận 1`)."""
    for kind in _KINDS:
        rest = name.removeprefix(f"{kind} ")
        if rest != name and not rest[0].isdigit():
            return rest
    return name


def within_sentence(name: str) -> str:
    """The name with its kind in lower case: `tỉnh Bình Phước`."""
    return f"{name[0].lower()}{name[1:]}" if name.startswith(tuple(f"{kind} " for kind in _KINDS)) else name


def issuer(name: str, level: Level) -> str:
    """Who signs for a unit: its People's Committee, where it has one."""
    return f"Ủy ban nhân dân {within_sentence(name)}" if level in _WITH_COMMITTEE else name


def issuer_in_head(name: str, level: Level) -> list[str]:
    """The issuer in capitals, the lines as the head of a document has them."""
    return ["ỦY BAN NHÂN DÂN", name.upper()] if level in _WITH_COMMITTEE else [name.upper()]


def has_committee(level: Level) -> bool:
    """Whether a People's Committee governs units of the level."""
    return level in _WITH_COMMITTEE


def document(document_number: str, document_date: date) -> str:
    """`Kế hoạch số 128/KH-UBND ngày 04 tháng 4 năm 2024`, its kind by the abbreviation that the number bears."""
    abbreviation = document_number.partition("/")[2].partition("-")[0]
    kind = _KINDS_OF_DOCUMENT.get(abbreviation, "Văn bản")
    return f"{kind} số {document_number} {day(document_date)}"


def listed(names: list[str]) -> str:
    """`a, b và c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} và {names[-1]}"
