import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pyarrow.parquet
import pytest
import python_calamine

from services.reporting.exports import files
from tests.services.reporting.support import PLACES, ReadModel, indicator


def _rows(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


async def test_csv_holds_every_unit_in_order_with_exact_numbers(fetch: Any, results: Any) -> None:
    answer = await fetch("export", depth=1)
    rows = _rows(answer)
    assert [one["unit"] for one in rows] == ["70", "688", "689", "690", "691"]
    one = rows[1]
    assert (one["unit_name"], one["level"], one["indicator"], one["cohort"]) == (
        "Thị xã Phước Long",
        "district",
        "cccd",
        "",
    )
    assert (one["rate_numerator"], one["rate_denominator"], one["rate_printed"]) == ("579", "837", "69,18")
    assert (one["adjusted_rate_numerator"], one["adjusted_rate_denominator"]) == ("579", "650")
    assert (one["exempt"], one["declined"], one["reached"], one["rank"]) == ("187", "", "false", "1")
    assert (one["labels"], one["as_of"], one["last_received_at"]) == ("simulated", "2024-07-03", "2024-07-04T00:00:00Z")
    assert answer.headers["content-disposition"] == 'attachment; filename="bp-2024-07-03.csv"'
    assert len(_rows(await fetch("export"))) == 11


async def test_a_number_below_zero_is_a_number_and_a_name_no_formula(fetch: Any, written: Any) -> None:
    odd = [(code, level, parent, "=1+1" if code == "688" else name) for code, level, parent, name in PLACES]
    model = ReadModel(indicator("cccd"), places=odd)
    model.quota("688", "cccd", 10)
    model.report("688", "cccd", 3)
    await written(model)
    (row,) = _rows(await fetch("export", unit="688", depth=0))
    assert (row["unit_name"], row["pace_difference"]) == ("'=1+1", "-7")
    sheet = await fetch("export", unit="688", depth=0, format="xlsx")
    read = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    assert read[1][1] == "=1+1"


async def test_xlsx_and_parquet_hold_the_same(fetch: Any, results: Any) -> None:
    plain = _rows(await fetch("export", depth=1))
    sheet = await fetch("export", depth=1, format="xlsx")
    read = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    assert read[0] == list(plain[0])
    assert read[2][read[0].index("achieved")] == 579.0
    assert read[2][read[0].index("as_of")] == date(2024, 7, 3)

    parquet = await fetch("export", depth=1, format="parquet")
    table = pyarrow.parquet.read_table(io.BytesIO(parquet.content))
    assert table.column_names == list(plain[0])
    one = table.to_pylist()[1]
    assert (one["unit"], one["achieved"], one["declined"], one["reached"]) == ("688", 579, None, False)
    assert one["last_received_at"] == datetime(2024, 7, 4, tzinfo=UTC)


async def test_a_token_of_one_district_exports_what_it_sees(fetch: Any, results: Any) -> None:
    rows = _rows(await fetch("export", units=("688",)))
    assert [(one["unit"], one["rank"]) for one in rows][:1] == [("688", "")]
    assert {one["unit"] for one in rows} == {"688", "25001", "25002", "9001", "9002"}
    hidden = await fetch("export", units=("688",), unit="689")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "unit_not_found")


async def test_more_than_one_file_holds_is_refused_before_it_is_read(reading: Any, fetch: Any, results: Any) -> None:
    state = reading.apps["reporting"].state
    state.settings = state.settings.model_copy(update={"export_figures": 10})
    answer = await fetch("export")
    assert (answer.status_code, answer.json()["code"]) == (422, "export_too_large")
    assert "11 figures; at most 10" in answer.json()["detail"]
    assert (await fetch("export", level="district")).status_code == 200


async def test_parquet_says_what_is_missing(fetch: Any, results: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "find_spec", lambda _: None)
    answer = await fetch("export", format="parquet")
    assert (answer.status_code, answer.json()["code"]) == (501, "parquet_not_installed")
