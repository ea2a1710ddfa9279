"""A plan as officials lay it out: units down, indicators across, the sum line; as CSV or XLSX.

Above the table stand `issuing_unit`, `number`, `date` and `note`, each with its value beside it. The header begins with
`unit`, perhaps `name`, then names a column for each indicator (`cccd`), cohort (`cccd/hard`), baseline
(`cccd baseline`) and mark of a held line (`cccd held`). An empty cell is no line, a 0 is one.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from fastapi import Request

from services.chassis.problems import FieldError, InvalidInput
from services.chassis.tabular.cells import BrokenCell, Cell, CellFault, day_of, is_blank, text_of, whole_number_of
from services.chassis.tabular.routes import Converted
from services.chassis.tabular.sheets import Sheet, SheetRow, UnreadableFile
from services.chassis.tabular.writing import Sum, Value
from services.contracts.definitions import CampaignDefinition
from services.contracts.names import search_key
from services.quota.plans.queries import SeenPlan

ENVELOPE = ("issuing_unit", "number", "date", "note")
SUM_LINE = "Tổng cộng"
MAX_ERRORS = 1_000

_COLUMN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,63})(?:/([A-Za-z0-9][A-Za-z0-9._-]{0,63}))?(?: (baseline|held))?")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SUM_WORDS = ("tong", "cong", "total", "sum")
_MARKS = {"x": True, "có": True, "yes": True, "1": True, "true": True, "không": False, "no": False, "0": False}

Key = tuple[str, str | None]
Meaning = TypeVar("Meaning")


def plan_from_sheet(sheet: Sheet, _: Request) -> Converted:
    """The body of a draft. Raises: UnreadableFile, InvalidInput with each cell that cannot be read."""
    return _Reading(sheet).converted()


def revision_from_sheet(sheet: Sheet, _: Request) -> Converted:
    """The body of a revision: the file's lines, its document where the file names one.

    Raises: UnreadableFile, InvalidInput with each cell that cannot be read.
    """
    read = _Reading(sheet).converted()
    document = read.body["document"]
    named = any(said is not None for said in document.values())
    return Converted({**read.body, "document": document if named else None}, read.where)


class _Reading:
    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._faults: list[FieldError] = []
        self._cells: dict[str, tuple[int, int]] = {}

    def converted(self) -> Converted:
        sheet = self._sheet
        start = next((place for place, row in enumerate(sheet.rows) if _word(row[0]) == "unit"), None)
        if start is None:
            reason = "it has no header; a row begins with `unit` and names the indicators in the cells after it"
            raise UnreadableFile(reason=reason)
        columns = self._columns(sheet.rows[start])
        head = self._envelope(sheet.rows[:start])
        lines = self._lines(sheet.rows[start + 1 :], columns, header=sheet.rows[start].number)
        if self._faults:
            raise InvalidInput(count=len(self._faults), errors=self._faults[:MAX_ERRORS])
        document = {"number": head.get("number"), "date": head.get("date")}
        body = {"unit": head.get("issuing_unit"), "document": document, "note": head.get("note"), "lines": lines}
        return Converted(body, self._where)

    def _where(self, pointer: str) -> str | None:
        while pointer:
            if pointer in self._cells:
                said = self._sheet.where(*self._cells[pointer])
                return f"{said[0].upper()}{said[1:]}"
            pointer = pointer.rpartition("/")[0]
        return None

    def _columns(self, header: SheetRow) -> dict[int, tuple[Key, str]]:
        found: dict[int, tuple[Key, str]] = {}
        faults: list[FieldError] = []
        for column, cell in enumerate(header.cells):
            if column == 0 or is_blank(cell) or _word(cell) == "name":
                continue
            told = _COLUMN.fullmatch(" ".join(cell.split())) if isinstance(cell, str) else None
            if told is None:
                detail = f"{str(cell)[:60]!r} names no indicator: write cccd, cccd/cohort, cccd baseline or cccd held."
                faults.append(self._sheet.fault(header.number, column, "column_unknown", detail))
                continue
            meaning = ((told[1], told[2]), told[3] or "amount")
            if meaning in found.values():
                faults.append(self._sheet.fault(header.number, column, "column_twice", "This column is there twice."))
            found[column] = meaning
        amounts = {key for key, field in found.values() if field == "amount"}
        for column, (key, field) in found.items():
            if key not in amounts:
                detail = f"A column of the {field} needs one of the amounts beside it."
                faults.append(self._sheet.fault(header.number, column, "column_without_amount", detail))
        if not amounts and not faults:
            faults.append(self._sheet.fault(header.number, 0, "column_missing", "No column names an indicator."))
        if faults:
            raise UnreadableFile(reason=faults[0].detail.rstrip("."), errors=faults[:100])
        return found

    def _envelope(self, rows: Iterable[SheetRow]) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        pointers = dict(zip(ENVELOPE, ("/unit", "/document/number", "/document/date", "/note"), strict=True))
        for row in rows:
            word = _word(row[0])
            if word not in pointers:
                continue  # titles and names of indicators
            self._cells[pointers[word]] = (row.number, 1)
            if word == "date":
                day = self._meant(row, 1, pointers[word], day_of)
                found[word] = None if day is None else day.isoformat()
            else:
                found[word] = self._meant(row, 1, pointers[word], text_of)
        return found

    def _lines(
        self, rows: Iterable[SheetRow], columns: Mapping[int, tuple[Key, str]], *, header: int
    ) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = []
        sums: dict[int, int] = {}
        for row in rows:
            if is_blank(row[0]) or _says_sum(row[0]):
                self._take_without_unit(row, columns, sums)
                continue
            fields = {meaning: column for column, meaning in columns.items()}
            for column, (key, field) in columns.items():
                at = f"/lines/{len(lines)}"
                if field != "amount":
                    if is_blank(row[column]) or not is_blank(row[fields[key, "amount"]]):
                        continue
                    detail = f"The line has a {field} but no amount; write the amount, 0 for instance."
                    self._faults.append(self._sheet.fault(row.number, column, "amount_missing", detail))
                    continue
                if is_blank(row[column]):
                    continue
                self._cells |= {
                    at: (row.number, column),
                    f"{at}/unit": (row.number, 0),
                    f"{at}/indicator": (header, column),
                    f"{at}/cohort": (header, column),
                }
                amount = self._meant(row, column, f"{at}/amount", whole_number_of)
                sums[column] = sums.get(column, 0) + (amount or 0)
                line = {
                    "unit": self._meant(row, 0, f"{at}/unit", text_of),
                    "indicator": key[0],
                    "cohort": key[1],
                    "amount": amount,
                }
                if (other := fields.get((key, "baseline"))) is not None:
                    baseline = self._meant(row, other, f"{at}/baseline", whole_number_of) or 0
                    sums[other] = sums.get(other, 0) + baseline
                    line["baseline"] = baseline
                if (other := fields.get((key, "held"))) is not None:
                    line["held"] = self._meant(row, other, f"{at}/held", _mark_of) or False
                lines.append(line)
        return lines

    def _take_without_unit(
        self, row: SheetRow, columns: Mapping[int, tuple[Key, str]], sums: Mapping[int, int]
    ) -> None:
        """The sum line agrees with the lines above it; beside no unit stands no other number, but who signs may."""
        is_sum = _says_sum(row[0]) or (
            isinstance(row[1], str) and is_blank(row[0]) and search_key(row[1]).startswith(_SUM_WORDS)
        )
        for column, (_, field) in columns.items():
            cell = row[column]
            if is_blank(cell) or field == "held" or (is_sum and isinstance(cell, BrokenCell)):
                continue  # the sum is worked out here in any case
            if not is_sum and _is_remark(cell):
                continue
            if not is_sum:
                detail = "This number stands beside no unit: write the unit's code into the first column."
                self._faults.append(self._sheet.fault(row.number, column, "unit_missing", detail))
                continue
            said = self._meant(row, column, "/lines", whole_number_of)
            if said is not None and said != sums.get(column, 0):
                found = sums.get(column, 0)
                detail = f"The sum line says {said}, the lines above it add up to {found}; correct one of them."
                self._faults.append(self._sheet.fault(row.number, column, "sum_differs", detail))

    def _meant(
        self, row: SheetRow, column: int, pointer: str, meaning: Callable[[Cell], Meaning | None]
    ) -> Meaning | None:
        try:
            return meaning(row[column])
        except CellFault as fault:
            where = self._sheet.where(row.number, column)
            detail = f"{where[0].upper()}{where[1:]}: {fault.detail}"
            self._faults.append(FieldError(pointer, fault.code, detail))
            return None


def _says_sum(cell: Cell) -> bool:
    """Whether the first column says `Tổng cộng` where others have a unit's code, and no unit could bear that."""
    return isinstance(cell, str) and not _CODE.fullmatch(cell) and search_key(cell).startswith(_SUM_WORDS)


def _is_remark(cell: Cell) -> bool:
    """A text without a digit, or what a merged area covers: its value stands in its first cell."""
    if isinstance(cell, BrokenCell):
        return cell.code == "cell_merged"
    return isinstance(cell, str) and not any(sign.isdigit() for sign in cell)


def _word(cell: Cell) -> str:
    return cell.strip().lower() if isinstance(cell, str) else ""


def _mark_of(cell: Cell) -> bool | None:
    if isinstance(cell, bool):
        return cell
    text = text_of(cell)
    if text is None:
        return None
    if text.lower() not in _MARKS:
        raise CellFault("mark_unknown", f"{text[:40]!r} is no mark: write x for a held line, or nothing.")
    return _MARKS[text.lower()]


def table_of_plan(plan: SeenPlan, names: Mapping[str, str]) -> tuple[list[list[Value]], int]:
    """The table that `plan_from_sheet` reads, and how many rows stand above its lines. `names`: of units by code."""
    row, campaign = plan.row, plan.campaign
    columns = _columns_of(plan)
    table: list[list[Value]] = [
        ["issuing_unit", row["unit"]],
        ["number", row["document_number"]],
        ["date", row["document_date"]],
        ["note", row["note"]],
        [None, None, *(_title(campaign, key, field) for key, field in columns)],
        ["unit", "name", *(_code(key, field) for key, field in columns)],
    ]
    head = len(table)
    cells: dict[str, dict[tuple[Key, str], Value]] = {}
    for line in plan.lines:
        of_unit = cells.setdefault(line.unit, {})
        key = (line.indicator, line.cohort)
        of_unit[key, "amount"] = line.stored.amount
        of_unit[key, "baseline"] = line.stored.baseline
        of_unit[key, "held"] = "x" if line.stored.held else None
    for unit, found in cells.items():
        table.append([unit, names.get(unit), *(found.get(column) for column in columns)])
    if cells:
        sums = [
            None if field == "held" else Sum(head + 1, len(table), _total(plan, key, field)) for key, field in columns
        ]
        table.append([None, SUM_LINE, *sums])
    return table, head


def _total(plan: SeenPlan, key: Key, field: str) -> int:
    lines = [line.stored for line in plan.lines if (line.indicator, line.cohort) == key]
    return sum(line.amount if field == "amount" else line.baseline for line in lines)


def _columns_of(plan: SeenPlan) -> list[tuple[Key, str]]:
    """In the campaign's order; of baselines and marks only those that some line has."""
    order = {one.code: place for place, one in enumerate(plan.campaign.indicators)}
    keys = sorted({(line.indicator, line.cohort) for line in plan.lines}, key=lambda key: (order[key[0]], key[1] or ""))
    found: list[tuple[Key, str]] = []
    for key in keys:
        lines = [line.stored for line in plan.lines if (line.indicator, line.cohort) == key]
        found.append((key, "amount"))
        found += [(key, "baseline")] if any(line.baseline for line in lines) else []
        found += [(key, "held")] if any(line.held for line in lines) else []
    return found


def _code(key: Key, field: str) -> str:
    code = key[0] if key[1] is None else f"{key[0]}/{key[1]}"
    return code if field == "amount" else f"{code} {field}"


def _title(campaign: CampaignDefinition, key: Key, field: str) -> str:
    indicator = campaign.indicator(key[0])
    assert indicator is not None
    title = indicator.name.get("vi", key[0])
    for cohort in indicator.cohorts:
        if cohort.code == key[1]:
            title += f": {cohort.name.get('vi', cohort.code)}"
    return title + {"amount": "", "baseline": " (trước chiến dịch)", "held": " (giữ nguyên)"}[field]
