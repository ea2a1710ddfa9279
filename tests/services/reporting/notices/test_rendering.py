"""Every format says the same, and takes a name for a name."""

import io
import zipfile
from html.parser import HTMLParser
from typing import Any

import docx
import pytest
import python_calamine

from services.reporting.notices.drawing import DocumentNotDrawn, drawn
from services.reporting.notices.rendering import as_docx, as_html, as_pdf, as_xlsx
from services.reporting.notices.wording import notice_of
from tests.services.reporting.notices.made import DISTRICTS, facts, figure
from tests.services.reporting.notices.test_wording import ISSUE

NAME = DISTRICTS[2].name
NOTICE = notice_of(facts(figure("688", achieved=1234, quota=2000, labels=["simulated"])), ISSUE)


def text_of(content: bytes) -> list[str]:
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [one.text for one in document.paragraphs] + cells


class _Texts(HTMLParser):
    def __init__(self, content: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(content)

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def test_docx_holds_every_sentence_and_cell() -> None:
    found = text_of(as_docx.render(NOTICE))
    for expected in (NOTICE.subject, NOTICE.warning, *NOTICE.opening, "1.234", "61,70", NAME, "Toàn tỉnh"):
        assert expected in found
    assert "215/TB-UBND" in "".join(found)
    assert not [one for one in found if "{%" in one or "notice." in one]


def test_docx_is_a4_with_the_number_of_the_page_from_the_second_on() -> None:
    section = docx.Document(io.BytesIO(as_docx.render(NOTICE))).sections[0]
    lengths = (section.page_width, section.page_height, section.left_margin, section.right_margin)
    assert [round(one.mm) for one in lengths if one is not None] == [210, 297, 30, 15]
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header.paragraphs[0]._p.xml


def test_html_takes_a_name_for_a_text_and_loads_nothing() -> None:
    page = as_html.render(NOTICE).decode()
    assert NAME in _Texts(page).found
    assert "<Bù>" not in page
    assert "http" not in page
    assert "<script" not in page


def test_xlsx_holds_numbers_as_numbers_and_names_as_texts() -> None:
    content = as_xlsx.render(NOTICE)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["Thông báo", "Kết quả chung", "Bảng 1"]
    rows = book.get_sheet_by_name("Bảng 1").to_python()
    assert rows[3][:5] == ["1", "Thị xã Phước Long", 2000.0, 1234.0, 61.7]
    assert rows[5][1] == NAME
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not [name for name in archive.namelist() if b"<f>" in archive.read(name)]


def test_pdf_uses_one_serif_font_that_has_every_letter() -> None:
    content = as_pdf.render(NOTICE)
    assert content.startswith(b"%PDF-")
    fonts = {part.split(b"/")[0].split(b" ")[0] for part in content.split(b"/BaseFont/")[1:]}
    fonts |= {part.split(b"\n")[0].split(b"/")[0].strip() for part in content.split(b"/BaseFont /")[1:]}
    assert fonts
    assert {font.partition(b"+")[2][:12] for font in fonts} == {b"SourceSerif4"}


@pytest.mark.parametrize(("form", "begins"), [("docx", b"PK"), ("pdf", b"%PDF-"), ("xlsx", b"PK"), ("html", b"<!doc")])
async def test_a_process_of_its_own_draws_it(form: Any, begins: bytes) -> None:
    assert (await drawn(NOTICE, form, seconds=60)).startswith(begins)


async def test_a_process_that_takes_too_long_is_a_refusal_that_says_so() -> None:
    with pytest.raises(DocumentNotDrawn, match="as pdf within 0 seconds") as refused:
        await drawn(NOTICE, "pdf", seconds=0)
    assert refused.value.headers == {"Retry-After": "5"}
