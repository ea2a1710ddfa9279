"""Plans as CSV and XLSX: out and in again, and every kind of bad file."""

import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx2
import pytest
from xlsxwriter.worksheet import Worksheet

from services.chassis.tabular.sheets import CSV, XLSX
from tests.services.chassis.tabular.workbook import changed, rows, workbook
from tests.services.quota.support import Quota, line, problem

PLANS = "/v1/campaigns/sb-90d/plans"
HEAD = [["issuing_unit", "P"], ["number", "128/KH-UBND"], ["date", "04/04/2024"]]


async def send(quota: Quota, body: bytes, media: str = XLSX, **more: str) -> httpx2.Response:
    return await quota.call("POST", PLANS, content=body, headers={"Content-Type": media, **more})


def sheet(*table: Sequence[object]) -> bytes:
    return workbook(rows(*HEAD, *table))


async def lines_of(answer: httpx2.Response) -> list[tuple[str, str, str | None, int]]:
    assert answer.status_code == 201, answer.text
    return [(one["unit"], one["indicator"], one["cohort"], one["amount"]) for one in answer.json()["lines"]]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_a_plan_comes_back_as_it_was_downloaded(quota: Quota, form: str):
    plan_id = await quota.draft(
        "P",
        line("D1", 10, baseline=3),
        line("D1", 4, cohort="hard", held=True),
        line("D2", 59_100),
        line("D2", 0, indicator="sim"),
        number="128/KH-UBND",
    )
    answer = await quota.call("GET", f"/v1/plans/{plan_id}?format={form}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].endswith(f'.{form}"')
    etag, media = answer.headers["etag"], answer.headers["content-type"]
    before = await quota.get(f"/v1/plans/{plan_id}")
    again = await quota.call(
        "PUT", f"/v1/plans/{plan_id}", content=answer.content, headers={"Content-Type": media, "If-Match": etag}
    )
    assert again.status_code == 200, again.text
    assert again.json() == before
    stale = await quota.call(
        "PUT", f"/v1/plans/{plan_id}", content=answer.content, headers={"Content-Type": media, "If-Match": etag}
    )
    problem(stale, 412, "precondition_failed")


async def test_the_layout_of_officials(quota: Quota):
    plan_id = await quota.draft("P", line("D1", 10), line("D2", 5), line("D2", 7, indicator="sim"))
    text = (await quota.call("GET", f"/v1/plans/{plan_id}?format=csv")).content.decode("utf-8-sig")
    assert text.splitlines()[3:] == [
        "note,",
        ",,Cấp căn cước,SIM chính chủ",
        "unit,name,cccd,sim",
        "D1,Huyện Lộc Ninh,10,",
        "D2,Huyện Bù Đăng,5,7",
        ",Tổng cộng,15,7",
    ]


async def test_units_down_indicators_across_and_the_sum_line(quota: Quota):
    answer = await send(
        quota,
        sheet(
            [],
            ["KẾ HOẠCH GIAO CHỈ TIÊU"],
            ["Unit", "Name", "cccd", "cccd/hard", "sim", "sim held"],
            ["D1", "Huyện Lộc Ninh", 10, 4, "59.100", "x"],
            ["D2", "Huyện Bù Đăng", 0, None, 3],
            [None, "TỔNG CỘNG", 10, 4, 59103],
        ),
    )
    assert await lines_of(answer) == [
        ("D1", "cccd", None, 10),
        ("D1", "cccd", "hard", 4),
        ("D1", "sim", None, 59100),
        ("D2", "cccd", None, 0),
        ("D2", "sim", None, 3),
    ]
    assert [one["held"] for one in answer.json()["lines"]] == [False, False, True, False, False]
    assert answer.json()["document"] == {"number": "128/KH-UBND", "date": "2024-04-04"}


TABLE = ["unit", "name", "cccd", "sim"]


@pytest.mark.parametrize(
    ("table", "at", "said"),
    [
        ([TABLE, ["D1", "", 59.1]], ("/lines/0/amount", "number_not_whole"), "Cell C5: 59.1 is not a whole number"),
        ([TABLE, ["D1", "", "59,100"]], ("/lines/0/amount", "number_not_whole"), "Cell C5: '59,100' is not"),
        ([TABLE, ["D1", "", -3]], ("/lines/0/amount", "number_negative"), "Cell C5: -3 is below 0"),
        ([TABLE, ["D1", "", 1], ["X9", "", 2]], ("/lines/1/unit", "unknown_unit"), "Cell A6: "),
        ([["unit", "gold"], ["D1", 1]], ("/lines/0/indicator", "unknown_indicator"), "Cell B4: "),
        ([["unit", "cccd/old"], ["D1", 1]], ("/lines/0/cohort", "unknown_cohort"), "Cell B4: "),
        ([TABLE, ["D1", "", 1], ["D1", "", 2]], ("/lines/1", "line_twice"), "Cell C6: "),
        (
            [TABLE, ["D1", "", 1], [None, "Tổng", 2]],
            ("/cells/C6", "sum_differs"),
            "The sum line says 2, the lines above",
        ),
        ([TABLE, [None, "Huyện", 2]], ("/cells/C5", "unit_missing"), "This number stands beside no unit"),
        (
            [["unit", "cccd", "cccd baseline"], ["D1", None, 3]],
            ("/cells/C5", "amount_missing"),
            "has a baseline but no",
        ),
    ],
)
async def test_a_cell_that_cannot_be_is_named_and_no_draft_is_made(
    quota: Quota, table: list[list[object]], at: tuple[str, str], said: str
):
    answer = await send(quota, sheet(*table))
    assert at in problem(answer, 422, "invalid_input")
    assert any(said in error["detail"] for error in answer.json()["errors"]), answer.json()["errors"]
    assert await quota.rows("plan") == 0


async def test_the_document_of_a_file_is_named_by_its_cell_too(quota: Quota):
    answer = await send(quota, workbook(rows(["issuing_unit", "P"], ["number", "1"], ["date", "31/02/2024"], TABLE)))
    assert answer.json()["errors"][0]["detail"].startswith("Cell B3: 31/02/2024 is not a day")
    answer = await send(quota, workbook(rows(["issuing_unit", "X"], ["number", "1"], ["date", "04/04/2024"], TABLE)))
    assert answer.json()["errors"][0]["detail"].startswith("Cell B1: no unit of the campaign bears this code")


async def test_faults_are_named_by_their_cell_under_an_idempotency_key_too(quota: Quota):
    body = sheet(TABLE, ["X9", "", 2])
    for _ in range(2):
        answer = await send(quota, body, **{"Idempotency-Key": "one"})
        assert answer.json()["errors"][0]["detail"].startswith("Cell A5: ")
    assert answer.headers["idempotent-replayed"] == "true"


async def test_names_in_nfd_and_a_code_as_a_number(bare: Quota):
    table = "code,level,kind,parent_code,name\n70,province,tinh,,Tỉnh Bình Phước\n"
    body = unicodedata.normalize("NFD", table).encode()
    answer = await bare.call("PUT", "/v1/units", content=body, headers={"Content-Type": CSV})
    assert (answer.status_code, answer.json()["created"]) == (200, 1)
    assert (await bare.get("/v1/units/70"))["name"] == unicodedata.normalize("NFC", "Tỉnh Bình Phước")
    body = workbook(rows(["code", "level", "kind", "name"], [70, "province", "tinh", "Tỉnh Bình Phước"]))
    answer = await bare.call("PUT", "/v1/units", content=body, headers={"Content-Type": XLSX})
    assert answer.json() == {"created": 0, "changed": 0, "unchanged": 1}


def _formula(page: Worksheet) -> None:
    rows(*HEAD, TABLE, ["D1", "", 1])(page)
    page.write_formula(4, 3, "=C5*2")


def _merged(page: Worksheet) -> None:
    rows(*HEAD, TABLE, ["D1", "", 1], [None, "", 2])(page)
    page.merge_range(4, 0, 5, 0, "D1")


@pytest.mark.parametrize(
    ("fill", "code", "cell"),
    [(_formula, "formula_without_value", "Cell D5: "), (_merged, "cell_merged", "Cell A6: ")],
)
async def test_formulas_without_value_and_merged_cells_are_refused_with_their_cell(
    quota: Quota, fill: Callable[[Worksheet], None], code: str, cell: str
):
    answer = await send(quota, workbook(fill))
    assert code in {one for _, one in problem(answer, 422, "invalid_input")}
    assert any(error["detail"].startswith(cell) for error in answer.json()["errors"])


async def test_files_that_are_not_what_they_say_or_mean_harm(quota: Quota):
    good = sheet(TABLE, ["D1", "", 1])
    entity = changed(good, "xl/workbook.xml", lambda xml: b'<!DOCTYPE a [<!ENTITY b "c">]>' + xml)
    problem(await send(quota, entity), 400, "unreadable_file")
    bomb = changed(good, "docProps/app.xml", lambda _: b" " * 300_000_000)
    assert len(bomb) < 1_000_000
    problem(await send(quota, bomb), 413, "file_too_large")
    problem(await send(quota, b"x" * 34_000_000, CSV), 413, "file_too_large")
    mixed = b"unit,cccd\nD1,1\n" + "Bù Đăng,2\n".encode() + b"B\xf9 \xd0,3\n"
    assert problem(await send(quota, mixed, CSV), 400, "unreadable_file") == [("/lines/4", "encoding_mixed")]
    problem(await send(quota, good, CSV), 400, "unreadable_file")
    problem(await send(quota, b"unit,cccd\nD1,1\n", XLSX), 400, "unreadable_file")
    problem(await send(quota, good, "application/vnd.ms-excel"), 422, "invalid_input")
    assert await quota.rows("plan") == 0


async def test_a_stranger_makes_nobody_read_a_file(quota: Quota):
    stranger = quota.as_token("quota:read")
    problem(await send(stranger, b"PK\x03\x04 not even a file"), 403, "scope_missing")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_a_revised_sheet_is_a_revision_in_one_call(quota: Quota, form: str):
    plan_id = await quota.issued("P", line("D1", 10), line("D2", 5), number="128/KH-UBND")
    table = [["issuing_unit", "P"], ["number", "140/KH-UBND"], ["date", "02/05/2024"], ["unit", "cccd"], ["D1", 7]]
    media = CSV if form == "csv" else XLSX
    body = "\n".join(",".join(map(str, row)) for row in table).encode() if form == "csv" else workbook(rows(*table))
    answer = await quota.call(
        "POST", f"/v1/plans/{plan_id}/revise", content=body, headers={"Content-Type": media, "Idempotency-Key": "a"}
    )
    assert await lines_of(answer) == [("D1", "cccd", None, 7)]
    draft = answer.json()
    assert draft["document"] == {"number": "140/KH-UBND", "date": "2024-05-02"}
    assert (draft["revision"], draft["supersedes"]) == (2, plan_id)


async def test_a_revised_sheet_without_a_document_keeps_the_plans_and_names_no_other_unit(quota: Quota):
    plan_id = await quota.issued("P", line("D1", 10), number="128/KH-UBND")

    async def revise(*head: Sequence[object]) -> httpx2.Response:
        body = workbook(rows(*head, ["unit", "cccd"], ["D1", 7]))
        return await quota.call("POST", f"/v1/plans/{plan_id}/revise", content=body, headers={"Content-Type": XLSX})

    answer = await revise(["issuing_unit", "D1"])
    assert problem(answer, 422, "invalid_input") == [("/unit", "revision_keeps_unit")]
    assert answer.json()["errors"][0]["detail"].startswith("Cell B1: a revision hands down from")
    answer = await revise(["number", "2/KH"])
    assert problem(answer, 422, "invalid_input")[0][0] == "/document/date"
    answer = await revise(["issuing_unit", "P"])
    assert answer.json()["document"] == {"number": "128/KH-UBND", "date": "2024-04-04"}


async def test_a_plan_as_an_office_program_saves_it(quota: Quota):
    """Title and sum line merged, a date cell, numbers as texts and as formulas, a remark, who signs, an empty sheet."""
    answer = await send(quota, (Path(__file__).parent / "saved_by_libreoffice.xlsx").read_bytes())
    assert await lines_of(answer) == [
        ("D1", "cccd", None, 59_100),
        ("D1", "sim", None, 1_200),
        ("D2", "cccd", None, 837),
        ("D2", "sim", None, 1_200),
    ]
    assert answer.json()["document"] == {"number": "128/KH-UBND", "date": "2024-04-04"}
    assert [one["held"] for one in answer.json()["lines"]] == [True, False, False, False]


async def test_a_sum_line_may_stand_in_the_column_of_units_and_has_to_agree(quota: Quota):
    answer = await send(quota, sheet(["unit", "cccd"], ["D1", 10], ["D2", 5], ["Tổng cộng", 16]))
    assert problem(answer, 422, "invalid_input") == [("/cells/B7", "sum_differs")]


async def test_beside_no_unit_a_text_is_no_number_and_a_number_is_refused(quota: Quota):
    signed = ["unit", "cccd"], ["D1", 10], ["", "CHỦ TỊCH"]
    assert await lines_of(await send(quota, sheet(*signed))) == [("D1", "cccd", None, 10)]
    answer = await send(quota, sheet(*signed, ["", "59.100"]))
    assert problem(answer, 422, "invalid_input") == [("/cells/B7", "unit_missing")]
