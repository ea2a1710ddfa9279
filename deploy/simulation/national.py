"""The country's units before and after 1 July 2025 and the acts between them, as bodies of quota's public API."""

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

NATIONAL = Path(__file__).with_name("data") / "national"
LAST_DAY = "2025-06-30"
FIRST_DAY = "2025-07-01"
COUNTRY = "VN"
DECISION = {"number": "202/2025/QH15", "date": "2025-06-12"}
"""The resolution of the National Assembly on the reorganisation of provinces, which communes followed."""


def national_units() -> list[dict[str, Any]]:
    """The country, its units until 30 June 2025 and those from 1 July 2025, ancestors first."""
    old = [{**unit, "valid_from": None, "valid_to": LAST_DAY} for unit in _units("units_until_2025-06-30.csv")]
    new = [{**unit, "valid_from": FIRST_DAY, "valid_to": None} for unit in _units("units_from_2025-07-01.csv")]
    country = next(unit for unit in old if unit["code"] == COUNTRY)
    others = [unit for unit in (*old, *new) if unit["code"] != COUNTRY]
    return [{**country, "valid_from": None, "valid_to": None}, *others]


def national_successions() -> list[dict[str, Any]]:
    """One act per new unit for all that went into it whole, one per divided unit, one for the abolished districts.

    No weight is stated for what was divided: the data has none.
    """
    rows = _rows("successions_2025-07-01.csv")
    names = {unit["code"]: unit["name"] for unit in _units("units_until_2025-06-30.csv")}
    whole: defaultdict[str, list[str]] = defaultdict(list)
    divided: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        if row["extent"] == "whole":
            whole[row["new_code"]].append(row["old_code"])
        else:
            divided[row["old_code"]].append(row)
    new_names = {unit["code"]: unit["name"] for unit in _units("units_from_2025-07-01.csv")}
    acts = []
    for new, olds in whole.items():
        relation = "merge"
        if len(olds) == 1:
            relation = "move" if names[olds[0]] == new_names[new] else "rename"
        acts.append(_act(relation, olds, [new]))
    for old, parts in divided.items():
        successors = [row["new_code"] for row in parts]
        main = next((row["new_code"] for row in parts if row["main_successor"] == "yes"), None)
        acts.append(_act("split" if len(successors) > 1 else "part", [old], successors) | {"main": main})
    gone = {unit["code"] for unit in _units("units_until_2025-06-30.csv") if unit["level"] == "district"}
    acts.append(_act("abolish", sorted(gone - {row["old_code"] for row in rows}), []))
    return acts


def _act(relation: str, predecessors: list[str], successors: list[str]) -> dict[str, Any]:
    return {
        "day": FIRST_DAY,
        "decision": DECISION,
        "relation": relation,
        "predecessors": predecessors,
        "successors": successors,
    }


def _units(file: str) -> list[dict[str, Any]]:
    """The data leaves the kind of ten units open; they are called by their level."""
    return [
        {**row, "kind": row["kind"] or row["level"], "parent_code": row["parent_code"] or None} for row in _rows(file)
    ]


def _rows(file: str) -> list[dict[str, str]]:
    with (NATIONAL / file).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))
