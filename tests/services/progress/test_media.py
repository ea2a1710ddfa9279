"""NDJSON, CSV and XLSX: the same rows, the same receipt."""

import io
import random
from typing import Any

import httpx2
import msgspec
import pytest
import xlsxwriter

from services.contracts.events import CampaignChanged
from services.progress.ingestion import endpoints, media
from tests.services.progress.support import Progress, campaign, given, plan, reports, row, with_authority

NDJSON = "application/x-ndjson"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = ("unit", "indicator", "cohort", "day", "outcome", "reason", "mode", "value", "hedge")


def lines(*rows: dict[str, Any]) -> bytes:
    return b"\n".join(map(msgspec.json.encode, rows)) + b"\n"


def table(*rows: dict[str, Any], separator: str = ",") -> str:
    found = [separator.join(COLUMNS)]
    found += [separator.join("" if one.get(name) is None else str(one[name]) for name in COLUMNS) for one in rows]
    return "\r\n".join(found) + "\r\n"


def workbook(*rows: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    for at, cells in enumerate([COLUMNS, *([one.get(name) for name in COLUMNS] for one in rows)]):
        for column, cell in enumerate(cells):
            sheet.write(at, column, cell)
    book.close()
    return file.getvalue()


async def send(
    progress: Progress,
    body: bytes,
    content_type: str,
    query: str = "?source=registry",
    *,
    token: str | None = None,
    key: str | None = None,
) -> httpx2.Response:
    headers = {"Content-Type": content_type} | ({} if key is None else {"Idempotency-Key": key})
    return await progress.post_bytes(body, query=query, headers=headers, token=token)


def found(answer: httpx2.Response) -> list[tuple[int, str, str]]:
    return [(one["row"], one["pointer"], one["code"]) for one in answer.json()["errors"]]


ROWS = (
    row("C11", value=5),
    row("C12", "cards", 6, outcome="exempt", reason="abroad", mode="cumulative"),
    row("C21", "news", 7, hedge="about"),
    row("C21", "cards", 0),
)
BODIES = {
    "ndjson": (lines(*ROWS), NDJSON),
    "ndjson with BOM, blank lines and CRLF": (b"\xef\xbb\xbf\r\n" + lines(*ROWS).replace(b"\n", b"\r\n\r\n"), NDJSON),
    "csv": (table(*ROWS).encode(), CSV),
    "csv with BOM and semicolons": (table(*ROWS, separator=";").encode("utf-8-sig"), CSV),
    "csv in UTF-16": (table(*ROWS, separator="\t").encode("utf-16"), CSV),
    "csv in UTF-16 without a mark": (table(*ROWS, separator="\t").encode("utf-16-le"), CSV),
    "csv in Windows-1258": (table(*ROWS).encode("cp1258"), f"{CSV}; charset=windows-1258"),
    "xlsx": (workbook(*ROWS), XLSX),
}


@pytest.mark.parametrize("name", BODIES)
async def test_the_same_rows_in_every_medium_have_the_same_receipt(progress: Progress, name: str) -> None:
    body, content_type = BODIES[name]
    answer = await send(progress, body, content_type)
    expected = (await progress.post(*ROWS, query="?dry_run=true")).json()
    assert answer.status_code == 200, answer.text
    receipt = answer.json()
    assert receipt["rows"] == {"received": 4, "created": 4, "corrected": 0, "unchanged": 0, "rejected": 0}
    assert expected["rows"]["unchanged"] == 4
    assert set(receipt) == set(expected) - {"rollup"}
    assert await progress.live() == {
        (11, 2, "2024-05-03"): 5,
        (12, 1, "2024-05-03"): 6,
        (21, 4, "2024-05-03"): 7,
        (21, 1, "2024-05-03"): 0,
    }


async def test_letters_of_windows_1258_are_recognised_without_a_word_about_them(progress: Progress) -> None:
    await progress.put_source("legacy", reports=reports("sims"), aliases={"Phường Một": "C11"})
    # Windows-1258 writes some tones as letters of their own, behind the vowel.
    name = "Ph\u01b0\u01a1\u0300ng M\u00f4\u0323t"
    body = f"unit,indicator,day,value\r\n{name},sims,2024-05-03,5\r\n".encode("cp1258")
    answer = await send(progress, body, CSV, "?source=legacy", token=progress.token("legacy"))
    assert answer.status_code == 200, answer.text


async def test_letters_of_utf_16_without_a_mark_are_recognised(progress: Progress) -> None:
    await progress.put_source("legacy", reports=reports("sims"), aliases={"Phường Một": "C11"})
    for codec in ("utf-16-le", "utf-16-be"):
        body = "unit;indicator;day;value\r\nPhường Một;sims;2024-05-03;5\r\n".encode(codec)
        answer = await send(progress, body, CSV, "?source=legacy", token=progress.token("legacy"))
        assert answer.status_code == 200, answer.text


async def test_the_query_says_mode_labels_and_moment(progress: Progress) -> None:
    admin = progress.stack.token("progress:write admin")
    query = "?source=registry&mode=cumulative&labels=imputed&labels=simulated&received_at=2024-05-04T00:00:00Z"
    answer = await send(progress, lines(row(), row("C12", mode="daily")), NDJSON, query, token=admin)
    assert answer.json()["received_at"] == "2024-05-04T00:00:00Z"
    (event,) = await progress.events()
    assert (event.batch.labels, event.rows.mode_no) == (("imputed", "simulated"), [1, 0])


async def test_what_the_query_must_and_may_not_say(progress: Progress) -> None:
    missing = await send(progress, lines(row()), NDJSON, "")
    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (422, "/query/source")
    twice = await progress.post(row(), query="?source=registry")
    assert (twice.status_code, twice.json()["errors"][0]["code"]) == (422, "said_in_the_envelope")
    wrong = await send(progress, lines(row()), NDJSON, "?source=registry&mode=weekly")
    assert wrong.status_code == 422
    other = await send(progress, lines(row()), NDJSON, "?source=telco")
    assert (other.status_code, other.json()["code"]) == (403, "source_not_yours")
    for body, content_type in ((b"", NDJSON), (b"\n \n", NDJSON), (b"unit,indicator,day,value\n", CSV)):
        answer = await send(progress, body, content_type)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "rows_missing")


async def test_a_line_that_cannot_be_read_is_a_fault_of_its_row_alone(progress: Progress) -> None:
    good = lines(row()).strip()
    body = b"\n".join(
        [
            good,
            b'{"unit":',
            b"\xff",
            b"[]",
            good.replace(b'"value":5', b'"value":5,"value":6').replace(b"C11", b"C12"),
            b'{"unit":"C21","indicator":"sims","day":"2024-05-03","value":-1}',
            b'{"unit":"C21","indicator":"sims","day":"2024-05-03","valeu":1}',
            b'"' + b"x" * 70_000 + b'"',
            good.replace(b"C11", b"C21"),
        ]
    )
    answer = await send(progress, body, NDJSON, "?source=registry&atomic=false")
    assert answer.status_code == 200, answer.text
    assert answer.json()["rows"] == {"received": 9, "created": 2, "corrected": 0, "unchanged": 0, "rejected": 7}
    assert found(answer) == [
        (1, "/rows/1", "row_unreadable"),
        (2, "/rows/2", "row_unreadable"),
        (3, "/rows/3", "object_expected"),
        (4, "/rows/4", "row_unreadable"),
        (5, "/rows/5/value", "value_negative"),
        (6, "/rows/6/value", "field_missing"),
        (6, "/rows/6/valeu", "field_unknown"),
        (7, "/rows/7", "row_unreadable"),
    ]


@pytest.mark.parametrize("medium", ["csv", "xlsx"])
async def test_errors_of_a_table_name_line_and_column(progress: Progress, medium: str) -> None:
    rows = (row(), row("nowhere"), row(value="5.5"), row("C12", value=None), row("C21", day="2024-08-01"))
    body = table(*rows).encode() if medium == "csv" else workbook(*rows)
    answer = await send(progress, body, CSV if medium == "csv" else XLSX)
    assert answer.status_code == 422
    assert [one for one in found(answer) if one[2] != "text_expected"] == [
        (1, "/rows/1/unit", "unknown_unit"),
        (2, "/rows/2/value", "number_not_whole"),
        (3, "/rows/3/value", "field_missing"),
        (4, "/rows/4/day", "day_outside_campaign"),
    ]
    details = [one["detail"].partition(":")[0] for one in answer.json()["errors"]]
    places = {
        "csv": ["Line 3, column 1", "Line 4, column 8", "Line 5, column 8", "Line 6, column 4"],
        "xlsx": ["Cell A3", "Cell H4", "Cell H5", "Cell D6"],
    }[medium]
    assert details == places


async def test_a_table_without_its_columns_is_refused_as_a_whole(progress: Progress) -> None:
    answer = await send(progress, b"unit,indicator,day\nC11,sims,2024-05-03\n", CSV)
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable_file")
    assert answer.json()["errors"][0]["pointer"] == "/columns/value"


async def test_a_streamed_body_has_an_idempotency_key_like_any_other(progress: Progress) -> None:
    first = await send(progress, lines(row()), NDJSON, key="k")
    again = await send(progress, lines(row()), NDJSON, key="k")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    other = await send(progress, lines(row(value=6)), NDJSON, key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await progress.taken())[0] == 1


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is large begins with four rows, and a part has three."""
    monkeypatch.setattr(media, "TAKEN_AT_ONCE", 3)
    monkeypatch.setattr(endpoints, "ROWS_A_PART", 3)


def some_row(choose: random.Random) -> dict[str, Any]:
    code = choose.choice(["sims", "sims", "cards", "dossiers"])
    more: dict[str, Any] = {"mode": choose.choice(["daily", "cumulative"])}
    if code == "cards":
        more["cohort"] = choose.choice([None, "young"])
    if code == "dossiers":
        more["outcome"] = choose.choice(["received", "resolved"])
    unit = choose.choice(["C11", "C12", "C21", "C21", "nowhere" if choose.random() < 0.2 else "C12"])
    value = choose.randrange(5) if choose.random() < 0.95 else -1
    return row(unit, code, value, choose.choice(["2024-05-01", "2024-05-03", "2024-05-04", "2024-05-05"]), **more)


@pytest.mark.parametrize("seed", range(6))
async def test_a_large_batch_is_taken_like_a_small_one(progress: Progress, seed: int, monkeypatch: Any) -> None:
    choose = random.Random(seed)
    await progress.tell(CampaignChanged(campaign(indicators=with_authority(("registry",)), revision=2)))
    await progress.tell(plan(given(11, 7), given(12, 9), given(10, 20, 1), given(21, 3, 1, cohort_no=1)))
    await progress.post(row(value=3), row("C12", value=9, mode="cumulative"))
    for atomic in ("true", "false", "true"):
        rows = [some_row(choose) for _ in range(choose.randrange(4, 30))]
        if atomic == "true" and choose.random() < 0.5:
            rows = list(
                {(one["unit"], one["indicator"], one["day"]): one for one in rows if one["value"] >= 0}.values()
            )
        query = f"?source=registry&atomic={atomic}"
        whole = (await send(progress, lines(*rows), NDJSON, query + "&dry_run=true")).json()
        with monkeypatch.context() as patch:
            patch.setattr(media, "TAKEN_AT_ONCE", 3)
            patch.setattr(endpoints, "ROWS_A_PART", 3)
            dry = (await send(progress, lines(*rows), NDJSON, query + "&dry_run=true")).json()
            before = await progress.taken()
            assert dry == whole
            taken = (await send(progress, lines(*rows), NDJSON, query)).json()
        assert {**taken, "batch": None, "rollup": whole["rollup"]} == whole
        assert taken["batch"]
        after = await progress.taken()
        good = 0 if taken["status"] == "rejected" else taken["rows"]["received"] - taken["rows"]["rejected"]
        assert after[0] - before[0] == good
    told = [value for event in await progress.events() for value in event.rows.value]
    assert len(told) == (await progress.taken())[0]


@pytest.mark.usefixtures("small_parts")
async def test_a_key_twice_is_found_wherever_the_rows_are(progress: Progress) -> None:
    rows = [row("C11", day=f"2024-05-0{day}") for day in (1, 1, 2, 3, 4, 1, 5)]
    answer = await send(progress, lines(*rows, row("C12"), row("C12", day="2024-05-04"), row("C12")), NDJSON)
    assert answer.status_code == 422
    assert found(answer) == [(at, f"/rows/{at}", "duplicate_row") for at in (0, 1, 5, 7, 9)]


@pytest.mark.usefixtures("small_parts")
async def test_the_form_that_a_first_part_fixes_holds_for_those_behind_it(progress: Progress) -> None:
    rows = [row("C11", "cards", day=f"2024-05-0{day}") for day in (1, 2, 3, 4)]
    answer = await send(progress, lines(*rows, row("C12", "cards", cohort="young")), NDJSON)
    assert found(answer) == [(4, "/rows/4/cohort", "cohorts_mixed")]


async def every_error(progress: Progress, batch: str, limit: int) -> list[tuple[int, str]]:
    errors: list[tuple[int, str]] = []
    cursor = ""
    while True:
        path = f"/v1/batches/{batch}/errors?limit={limit}{cursor}"
        answer = await progress.stack.call("progress", "GET", path, token=progress.token())
        assert answer.status_code == 200, answer.text
        errors += [(one["row"], one["code"]) for one in answer.json()["items"]]
        if answer.json()["next_cursor"] is None:
            return errors
        cursor = f"&cursor={answer.json()['next_cursor']}"


@pytest.mark.parametrize("count", [3, 100, 101, 250])
@pytest.mark.parametrize("large", [False, True])
async def test_all_errors_can_be_had(progress: Progress, count: int, large: bool, monkeypatch: Any) -> None:
    if large:
        monkeypatch.setattr(media, "TAKEN_AT_ONCE", 50)
        monkeypatch.setattr(endpoints, "ROWS_A_PART", 40)
    rows = [row("nowhere", value=at) if at % 2 else row(value=-1) for at in range(count)]
    receipt = (await send(progress, lines(*rows), NDJSON)).json()
    assert (len(receipt["errors"]), receipt["truncated"]) == (min(count, 100), count > 100)
    expected = [(at, "unknown_unit" if at % 2 else "value_negative") for at in range(count)]
    for limit in (60, 1000):
        assert await every_error(progress, receipt["batch"], limit) == expected
