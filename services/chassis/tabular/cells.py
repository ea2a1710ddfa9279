"""What a cell means where a text, a whole number or a day is expected. None is an empty cell."""

import re
import unicodedata
from datetime import date, datetime

import msgspec

MOST = 2**53 - 1
"""Above it a spreadsheet has lost digits."""

_DIGITS = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[.\u0020\u00a0\u202f\u2009][0-9]{3})+")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_VIETNAMESE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u2060"))


class BrokenCell(msgspec.Struct, frozen=True):
    """A cell that holds nothing to rely on, with the sentence that says why and what to do."""

    code: str
    detail: str


Cell = str | int | float | bool | datetime | BrokenCell | None


class CellFault(ValueError):
    """A cell does not say what its column asks for."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def is_blank(cell: Cell) -> bool:
    """Whether nothing is written in the cell."""
    return cell is None or cell == ""


def clean(text: str) -> str:
    """The text in NFC, without spaces around it and without characters that nobody sees."""
    return unicodedata.normalize("NFC", text.translate(_INVISIBLE)).strip()


def text_of(cell: Cell) -> str | None:
    """The text of a cell; a whole number gives its digits. Raises: CellFault."""
    if isinstance(cell, BrokenCell):
        raise CellFault(cell.code, cell.detail)
    if isinstance(cell, bool | float | datetime):
        raise CellFault("text_expected", f"{_shown(cell)} where a text is expected: format the cell as text.")
    return str(cell) if isinstance(cell, int) else cell or None


def whole_number_of(cell: Cell) -> int | None:
    """The whole number of a cell, 0 or more; the text 59.100 is 59100, as Vietnamese documents group thousands.

    Raises: CellFault.
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, BrokenCell):
        raise CellFault(cell.code, cell.detail)
    if isinstance(cell, str):
        return _whole_number_in(cell)
    if isinstance(cell, float) and cell > 0 and not cell.is_integer():
        meant = f"{cell:.3f}".replace(".", "")
        detail = f"{cell!r} is not a whole number. If thousands were meant, write them without a separator: {meant}."
        raise CellFault("number_not_whole", detail)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise CellFault("number_expected", f"{_shown(cell)} where a whole number is expected: write digits only.")
    if cell < 0:
        raise CellFault("number_negative", f"{cell} is below 0: write 0 or more.")
    if cell > MOST:
        raise CellFault("number_too_large", f"{cell:.0f} is more than {MOST} (2^53 − 1), of which digits are lost.")
    return int(cell)


def _whole_number_in(text: str) -> int:
    digits = text
    if not _DIGITS.fullmatch(text):
        if not _GROUPED.fullmatch(text):
            detail = f"{text[:40]!r} is not a whole number: write digits only, 59100 for instance."
            raise CellFault("number_not_whole", detail)
        digits = "".join(one for one in text if "0" <= one <= "9")
    if len(digits.lstrip("0")) > 16 or int(digits) > MOST:
        raise CellFault("number_too_large", f"{text[:40]} is more than {MOST} (2^53 − 1).")
    return int(digits)


def day_of(cell: Cell) -> date | None:
    """The day of a cell: a date, or the text 2024-05-01, or 01/05/2024 with the day first. Raises: CellFault."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, BrokenCell):
        raise CellFault(cell.code, cell.detail)
    if isinstance(cell, datetime):
        if (cell.hour, cell.minute, cell.second) != (0, 0, 0):
            raise CellFault("day_malformed", f"{cell:%Y-%m-%d %H:%M} is a moment: leave the hour out.")
        return cell.date()
    if not isinstance(cell, str):
        raise CellFault(
            "day_malformed", f"{_shown(cell)} is not a day: format the cell as a date, or write 2024-05-01."
        )
    if found := _ISO.fullmatch(cell):
        year, month, day = map(int, found.groups())
    elif found := _VIETNAMESE.fullmatch(cell):
        day, month, year = map(int, found.groups())
    else:
        raise CellFault("day_malformed", f"{cell[:40]!r} is not a day: write 2024-05-01 or 01/05/2024, the day first.")
    try:
        return date(year, month, day)
    except ValueError as fault:
        detail = f"{cell} is not a day of the calendar, written year-month-day or day/month/year."
        raise CellFault("day_malformed", detail) from fault


def _shown(cell: Cell) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, datetime):
        return f"the date {cell:%Y-%m-%d}"
    return f"{str(cell)[:40]}"
