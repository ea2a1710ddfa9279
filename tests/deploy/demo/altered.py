"""Copies of a demonstration folder in which every code is another and every number larger, or the campaign shorter."""

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

UNIT_COLUMNS = {
    *("code", "parent_code", "unit_code", "issuer_unit_code"),
    *("old_code", "old_district_code", "old_province_code", "new_code", "new_province_code"),
}
CODE_COLUMNS = {"campaign_code", "parent_campaign", "indicator_code", "reason_code", "parent_reason_code", "event_code"}
LISTS_OF_CODES = {"applies_to"}
NUMBER_COLUMNS = {"quota", "achieved", "count"}
NAME_COLUMNS = {"name_vi", "label_vi", "old_name_vi", "new_name_vi"}


def unit_code(code: str) -> str:
    """Another code in the same order: what is split by the order of codes stays comparable."""
    return f"9{code}"


def other_code(code: str) -> str:
    """Another code of a campaign, an indicator, a reason, a source or an event."""
    return f"x-{code}"


def altered_copy(folder: Path, target: Path, *, times: int) -> Path:
    """`folder` with every code renamed, every number `times` as large, every name another."""
    target.mkdir()
    for path in folder.glob("*.csv"):
        rewrite(path, target / path.name, lambda column, cell: _altered(column, cell, times))
    choices = (folder / "campaign.toml").read_text(encoding="utf-8")
    known = _codes(folder) | set(re.findall(r'\b(?:source|code) = "([^"]+)"', choices))
    renamed = re.sub(r'"([^"\n]+)"', lambda text: f'"{other_code(text[1])}"' if text[1] in known else text[0], choices)
    (target / "campaign.toml").write_text(renamed, encoding="utf-8")
    return target


def shortened_copy(folder: Path, target: Path, *, last_day: str) -> Path:
    """`folder` with a campaign that ends on `last_day` and is never paused."""
    shutil.copytree(folder, target)
    path = target / "campaigns.csv"
    rewrite(path, path, lambda column, cell: last_day if column == "end_date" and cell else cell)
    choices = target / "campaign.toml"
    text = choices.read_text(encoding="utf-8")
    choices.write_text("pauses = []\n" + re.sub(r"\[\[pauses\]\]\n(?:.+\n)+", "", text), encoding="utf-8")
    return target


def rewrite(path: Path, target: Path, change: Callable[[str, str], str]) -> None:
    """Every cell of a file by column, changed."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns = list(reader.fieldnames or ())
        rows = [{column: change(column, row[column]) for column in columns} for row in reader]
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def _altered(column: str, cell: str, times: int) -> str:
    if not cell:
        return cell
    if column in UNIT_COLUMNS:
        return unit_code(cell)
    if column in CODE_COLUMNS:
        return other_code(cell)
    if column in LISTS_OF_CODES:
        return "|".join(map(other_code, cell.split("|")))
    if column in NUMBER_COLUMNS:
        return str(int(cell) * times)
    return f"{cell} (khác)" if column in NAME_COLUMNS else cell


def _codes(folder: Path) -> set[str]:
    found: set[str] = set()
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found |= {row[column] for column in CODE_COLUMNS & row.keys() if row[column]}
    return found
