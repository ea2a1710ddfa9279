import asyncio
from pathlib import Path
from typing import Any

import pytest

from deploy.cli.notice import write_notice
from deploy.local.failures import CannotStart


async def test_the_page_shows_the_province_and_its_districts(fetch: Any, results: Any) -> None:
    answer = await fetch("notice")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "TỈNH BÌNH PHƯỚC" in answer.text
    assert "đạt 2.767/5.112 người, bằng 54,13\u00a0%" in answer.text
    for name in ("Thị xã Phước Long", "69,18", "1.301", "35,66", "DỰ THẢO", "mô phỏng"):
        assert name in answer.text


async def test_a_section_prints_as_it_is_told(fetch: Any, results: Any) -> None:
    as_the_campaign = (await fetch("notice", format="html")).text
    assert "69,18" in as_the_campaign
    page = (await fetch("notice", format="html", units_decimals=3, units_rounding="truncate")).text
    assert "69,175" in page
    assert "69,18" not in page
    assert (await fetch("notice", format="html", overall_decimals=2, units_decimals=2)).text == as_the_campaign
    assert (await fetch("notice", format="html", units_decimals=11)).status_code == 422


async def test_reasons_of_exempt_cases_are_in_no_notice(fetch: Any, results: Any) -> None:
    answer = await fetch("notice")
    assert "187" in answer.text
    assert "Ốm đau" not in answer.text


async def test_each_format_is_a_file_of_a_name(fetch: Any, results: Any) -> None:
    for form, begins in (("docx", b"PK"), ("pdf", b"%PDF-"), ("xlsx", b"PK")):
        answer = await fetch("notice", format=form)
        assert answer.content.startswith(begins)
        assert answer.headers["content-disposition"] == f'attachment; filename="thong-bao-bp-70-2024-07-03.{form}"'


async def test_a_district_has_a_notice_of_its_own_and_no_other(fetch: Any, results: Any) -> None:
    own = await fetch("notice", unit="688", units=("688",))
    assert "THỊ XÃ PHƯỚC LONG" in own.text
    assert "Phường Thác Mơ" in own.text
    for hidden in ({}, {"unit": "70"}, {"unit": "689"}):
        answer = await fetch("notice", units=("688",), **hidden)
        assert (answer.status_code, answer.json()["code"]) == (404, "unit_not_found")


async def test_what_is_no_format_is_refused(fetch: Any, results: Any) -> None:
    assert (await fetch("notice", format="odt")).status_code == 422
    assert (await fetch("notice", as_of="2024-07-04")).json()["code"] == "as_of_outside_campaign"


async def test_the_command_writes_the_file(reading: Any, results: Any, tmp_path: Path) -> None:
    asked: dict[str, Any] = {
        "form": "docx",
        "unit": None,
        "as_of": "2024-07-02",
        "snapshot": None,
        "url": reading.urls["reporting"],
        "token": reading.token("reporting:read"),
        "home": None,
    }
    path = await asyncio.to_thread(write_notice, campaign="bp", output=tmp_path / "n.docx", **asked)
    assert path == tmp_path / "n.docx"
    assert path.read_bytes().startswith(b"PK")
    with pytest.raises(CannotStart, match="no campaign 'x'"):
        await asyncio.to_thread(write_notice, campaign="x", output=None, **asked)
    with pytest.raises(CannotStart, match="cannot be written: No such file"):
        await asyncio.to_thread(write_notice, campaign="bp", output=tmp_path / "no" / "n.docx", **asked)
