"""The template of a notice: where things stand and how they look, with docxtpl's marks where the words go.

It is written here rather than kept as a file of a word processor, so that a change of it can be reviewed. It depends
on the number of tables and columns only; no word of a notice gets into it.
"""

import io
from collections.abc import Sequence

import docx
from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from services.reporting.notices.document import Notice
from services.reporting.notices.document import Table as NoticeTable

_FONT = "Times New Roman"
_TEXT_WIDTH = 165
"""Millimetres between the margins of an A4 page."""
_LEFT, _CENTRE, _RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT


def template_of(notice: Notice) -> bytes:
    """The template for a notice of this many sections and tables."""
    made = docx.Document()
    _page(made)
    if notice.draft:
        _write(made.add_paragraph(), "DỰ THẢO", bold=True)
    _head(made)
    _write(made.add_paragraph(), "{{ notice.kind }}", align=_CENTRE, bold=True, size=14, before=12)
    _ruled(_write(made.add_paragraph(), "{{ notice.subject }}", align=_CENTRE, bold=True, size=14), share=0.3)
    if notice.warning:
        _write(made.add_paragraph(), "{{ notice.warning }}", align=_CENTRE, bold=True, italic=True, after=6)
    _each(made, "notice.opening")
    for place, section in enumerate(notice.sections):
        name = f"notice.sections[{place}]"
        heading = _write(made.add_paragraph(), f"{{{{ {name}.heading }}}}", bold=True, before=8, after=3)
        heading.paragraph_format.keep_with_next = True
        _each(made, f"{name}.paragraphs")
        for number, table in enumerate(section.tables):
            _table(made, f"{name}.tables[{number}]", table)
    _body(made.add_paragraph(), "{{ notice.closing }}")
    _foot(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _page(made: Document) -> None:
    """A4, margins as the decree says, the page's number above, from the second page on."""
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.different_first_page_header_footer = True
    header = section.header.paragraphs[0]
    header.alignment = _CENTRE
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        run = header.add_run()
        if kind is None:
            mark = OxmlElement("w:instrText")
            mark.set(qn("xml:space"), "preserve")
            mark.text = text
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        run._r.append(mark)
    style = made.styles["Normal"]
    style.font.name, style.font.size = _FONT, Pt(14)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.get_or_add_rPr().append(language)
    style.paragraph_format.space_after = Pt(0)


def _write(
    paragraph: Paragraph,
    text: str,
    *,
    align: WD_ALIGN_PARAGRAPH | None = None,
    bold: bool = False,
    italic: bool = False,
    size: float = 14,
    before: float = 0,
    after: float = 0,
) -> Paragraph:
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)
    if align is not None:
        paragraph.alignment = align
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(after)
    return paragraph


def _body(paragraph: Paragraph, text: str) -> None:
    _write(paragraph, text, align=WD_ALIGN_PARAGRAPH.JUSTIFY, after=4)
    paragraph.paragraph_format.first_line_indent = Mm(10)


def _each(made: Document, name: str) -> None:
    """A paragraph for each text of a list."""
    _write(made.add_paragraph(), f"{{%p for one in {name} %}}")
    _body(made.add_paragraph(), "{{ one }}")
    _write(made.add_paragraph(), "{%p endfor %}")


def _ruled(paragraph: Paragraph, *, share: float, width: float = _TEXT_WIDTH) -> None:
    """A line under the paragraph, as long as that share of the width: the border of an indented empty paragraph."""
    line = OxmlElement("w:p")
    paragraph._p.addnext(line)
    ruled = Paragraph(line, paragraph._parent)
    side = Mm(width * (1 - share) / 2)
    ruled.paragraph_format.left_indent = ruled.paragraph_format.right_indent = side
    ruled.paragraph_format.space_after = Pt(6)
    ruled.paragraph_format.line_spacing = Pt(3)
    borders = OxmlElement("w:pBdr")
    top = OxmlElement("w:bottom")
    for attribute, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{attribute}"), value)
    borders.append(top)
    ruled._p.get_or_add_pPr().append(borders)


def _without_borders(made: Document, shares: Sequence[float]) -> list[_Cell]:
    """The cells of a table of one row that nobody sees."""
    table = made.add_table(1, len(shares))
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for column, width in zip(table.columns, shares, strict=True):
        column.width = Mm(width)
    return list(table.rows[0].cells)


def _head(made: Document) -> None:
    left, right = _without_borders(made, (66, 99))
    _write(left.paragraphs[0], "{%p for line in notice.issuer %}")
    _write(left.add_paragraph(), "{{ line }}", align=_CENTRE, bold=True, size=12)
    _ruled(_write(left.add_paragraph(), "{%p endfor %}"), share=0.35, width=62)
    _write(left.add_paragraph(), "{{ notice.number }}", align=_CENTRE, size=13)
    _write(right.paragraphs[0], "{{ notice.country }}", align=_CENTRE, bold=True, size=12)
    motto = _write(right.add_paragraph(), "{{ notice.motto }}", align=_CENTRE, bold=True, size=13)
    _ruled(motto, share=0.6, width=95)
    _write(right.add_paragraph(), "{{ notice.place_and_date }}", align=_CENTRE, italic=True, size=13)


def _foot(made: Document) -> None:
    left, right = _without_borders(made, (82, 83))
    _write(left.paragraphs[0], "Nơi nhận:", bold=True, italic=True, size=12, before=10)
    _write(left.add_paragraph(), "{%p for one in notice.recipients %}", size=11)
    _write(left.add_paragraph(), "- {{ one }}", size=11)
    _write(left.add_paragraph(), "{%p endfor %}", size=11)
    _write(right.paragraphs[0], "{%p for one in notice.signatory %}")
    _write(right.add_paragraph(), "{{ one }}", align=_CENTRE, bold=True)
    _write(right.add_paragraph(), "{%p endfor %}")
    for _ in range(4):
        right.add_paragraph()


def _table(made: Document, name: str, shape: NoticeTable) -> None:
    title = _write(made.add_paragraph(), f"{{{{ {name}.title }}}}", bold=True, size=13, before=6, after=3)
    title.paragraph_format.keep_with_next = True
    table = made.add_table(0, len(shape.columns), style="Table Grid")
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    whole = sum(column.width for column in shape.columns)
    widths = [_TEXT_WIDTH * column.width / whole for column in shape.columns]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    _narrow_margins(table)
    numeric = [column.numeric for column in shape.columns]
    _line(table, widths, [f"{{{{ {name}.columns[{n}].title }}}}" for n in range(len(widths))], bold=True)
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    _line(table, widths, [f"{{%tr for row in {name}.rows %}}"])
    _line(table, widths, [f"{{{{ row[{n}].text }}}}" for n in range(len(widths))], numeric)
    _line(table, widths, ["{%tr endfor %}"])
    if shape.total is not None:
        cells = [f"{{{{ {name}.total[{n}].text }}}}" for n in range(len(widths))]
        _line(table, widths, cells, numeric, bold=True)
    if shape.note:
        _write(made.add_paragraph(), f"{{{{ {name}.note }}}}", italic=True, size=12, before=3, after=3)


def _narrow_margins(table: Table) -> None:
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "45")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.append(margins)


def _line(
    table: Table, widths: list[float], texts: list[str], numeric: list[bool] | None = None, *, bold: bool = False
) -> None:
    """A row. Without `numeric` its texts are centred. A page break does not cut it."""
    row = table.add_row()
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for place, (cell, width) in enumerate(zip(row.cells, widths, strict=True)):
        cell.width = Mm(width)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        if place < len(texts):
            align = _CENTRE if numeric is None else _RIGHT if numeric[place] else _LEFT
            _write(cell.paragraphs[0], texts[place], align=align, bold=bold, size=11)
