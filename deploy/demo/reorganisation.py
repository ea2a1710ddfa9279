"""What became of the campaign's units after it: the later units and the acts that led to them, as the folder says."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from deploy.demo.units import Unit
from services.contracts.words import Level


@dataclass(frozen=True, slots=True)
class Act:
    """By which units became one other, or none."""

    day: date
    relation: str
    predecessors: tuple[str, ...]
    successor: str | None


@dataclass(frozen=True, slots=True)
class Reorganisation:
    """The later units, parents before children, and the acts, all by one decision."""

    decision: dict[str, str]
    units: tuple[Unit, ...]
    acts: tuple[Act, ...]


def reorganisation(
    communes: Sequence[dict[str, str]],
    upper: Sequence[dict[str, str]],
    decision: dict[str, Any],
    *,
    kinds: dict[str, str],
) -> Reorganisation:
    """From the rows of both files of successions; `kinds` of the earlier units, which those above communes keep."""
    units: dict[str, Unit] = {}
    for row in upper:
        if code := row["new_code"]:
            day, level = date.fromisoformat(row["effective_date"]), Level(row["level"])
            units[code] = Unit(code, level, kinds[row["old_code"]], None, row["new_name_vi"], day, None)
    for row in communes:
        code, day = row["new_code"], date.fromisoformat(row["effective_date"])
        units[code] = Unit(
            code, Level.COMMUNE, row["new_type"], row["new_province_code"], row["new_name_vi"], day, None
        )
    return Reorganisation(
        decision={"number": decision["number"], "date": decision["date"]},
        units=tuple(units.values()),
        acts=(*_acts(communes), *_acts(upper)),
    )


def _acts(rows: Iterable[dict[str, str]]) -> Iterator[Act]:
    """One act per later unit for all that went into it, one for all that were abolished on a day."""
    into: defaultdict[tuple[date, str | None], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        into[date.fromisoformat(row["effective_date"]), row["new_code"] or None].append(row)
    for (day, successor), found in into.items():
        yield Act(day, _relation(found, successor), tuple(row["old_code"] for row in found), successor)


def _relation(rows: Sequence[dict[str, str]], successor: str | None) -> str:
    if successor is None:
        return "abolish"
    if not all(row["relation"].startswith("unchanged") for row in rows):
        return "merge"
    return "move" if all(row["old_name_vi"] == row["new_name_vi"] for row in rows) else "rename"
