"""The hierarchy as CSV and XLSX, out and in."""

import httpx2
import pytest

from services.chassis.tabular.sheets import CSV
from tests.services.quota.support import PROVINCE, Quota, problem, unit


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_the_hierarchy_comes_back_as_it_was_downloaded(bare: Quota, form: str):
    await bare.put_units(
        *PROVINCE, unit("00001", "commune", "D2", "=Xã, lạ", valid_from="2024-01-01", valid_to="2025-06-30")
    )
    answer = await bare.call("GET", f"/v1/units?format={form}&on=2024-05-01&limit=1")
    assert answer.status_code == 200, answer.text
    media = answer.headers["content-type"]
    again = await bare.call("PUT", "/v1/units", content=answer.content, headers={"Content-Type": media})
    assert (again.status_code, again.json()) == (200, {"created": 0, "changed": 0, "unchanged": 7}), again.text


async def test_a_download_holds_what_the_token_sees(bare: Quota):
    await bare.province()
    own = bare.as_token(units=("D1",))
    text = (await own.call("GET", "/v1/units?format=csv")).content.decode("utf-8-sig")
    assert [line.split(",")[0] for line in text.splitlines()] == ["code", "D1", "C12", "C11"]


async def test_a_file_counts_as_one_request(bare: Quota):
    def left(answer: httpx2.Response) -> int:
        return int(answer.headers["ratelimit"].partition("r=")[2].partition(";")[0])

    before = left(await bare.call("GET", "/v1/units"))
    body = b"code,level,kind,parent_code,name\nP,province,tinh,,T\n"
    answer = await bare.call("PUT", "/v1/units?dry_run=true", content=body, headers={"Content-Type": CSV})
    assert answer.status_code == 200, answer.text
    assert before - left(answer) <= 1


async def test_every_wrong_row_is_named_by_its_cell(bare: Quota):
    body = (
        "code;level;kind;parent_code;name;valid_from\n"
        "P;province;tinh;;Tỉnh;\n"
        "C;commune;xa;X;Xã;\n"
        "\n"
        "D;village;xa;P;Làng;\n"
        "E;commune;xa;P;Xã;31/02/2024\n"
    ).encode()
    answer = await bare.call("PUT", "/v1/units", content=body, headers={"Content-Type": CSV})
    assert problem(answer, 422, "invalid_input") == [("/units/3/valid_from", "day_malformed")]
    assert answer.json()["errors"][0]["detail"].startswith("Line 6, column 6: ")
    body = body.replace(b"31/02/2024", b"28/02/2024")
    answer = await bare.call("PUT", "/v1/units", content=body, headers={"Content-Type": CSV})
    assert problem(answer, 422, "invalid_input") == [("/units/2/level", "enum")]
    assert answer.json()["errors"][0]["detail"].startswith("Line 5, column 2: ")
    body = body.replace(b"village", b"commune")
    answer = await bare.call("PUT", "/v1/units?dry_run=true", content=body, headers={"Content-Type": CSV})
    assert problem(answer, 422, "invalid_input") == [("/units/1/parent_code", "unknown_parent")]
    assert answer.json()["errors"][0]["detail"].startswith("Line 3, column 4: no unit bears the code X")
    body = body.replace(b";X;", b";P;")
    answer = await bare.call("PUT", "/v1/units?dry_run=true", content=body, headers={"Content-Type": CSV})
    assert answer.json() == {"created": 4, "changed": 0, "unchanged": 0}
    assert await bare.rows("unit") == 0


async def test_a_column_that_is_unknown_or_missing_is_named(bare: Quota):
    body = b"code,level,kind,colour\nP,province,tinh,red\n"
    answer = await bare.call("PUT", "/v1/units", content=body, headers={"Content-Type": CSV})
    assert problem(answer, 400, "unreadable_file") == [("/lines/1/4", "column_unknown")]
