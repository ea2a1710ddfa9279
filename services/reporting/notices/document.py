"""A notice put into words, whatever the format that it will have."""

from typing import Literal

import msgspec

Format = Literal["docx", "pdf", "xlsx", "html"]

MEDIA: dict[Format, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}


class Cell(msgspec.Struct, frozen=True):
    """What is printed, and the number that it stands for: `value` whole, or `decimal` as an exact text (`55.14`)."""

    text: str
    value: int | None = None
    decimal: str | None = None


class Column(msgspec.Struct, frozen=True):
    """The head of a column, and its share of the table's width."""

    title: str
    width: int
    numeric: bool = True


class Table(msgspec.Struct, frozen=True):
    """`total`: the last row, the sum or the unit above; none where it is None."""

    title: str
    sheet: str
    columns: list[Column]
    rows: list[list[Cell]]
    total: list[Cell] | None = None
    note: str = ""


class Section(msgspec.Struct, frozen=True):
    """A heading, sentences under it, then tables."""

    heading: str
    paragraphs: list[str]
    tables: list[Table] = []


class Notice(msgspec.Struct, frozen=True):
    """The parts of an official document in their order (Decree 30/2020, appendix I). `draft`: not issued."""

    issuer: list[str]
    number: str
    place_and_date: str
    subject: str
    opening: list[str]
    sections: list[Section]
    closing: str
    recipients: list[str]
    signatory: list[str]
    draft: bool
    warning: str = ""
    country: str = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    motto: str = "Độc lập - Tự do - Hạnh phúc"
    kind: str = "THÔNG BÁO"
