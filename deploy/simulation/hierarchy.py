"""The official units until 30 June 2025, each under a code of the simulation's own, and made-up hamlets below them."""

import csv
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median_high

from deploy.loading.shares import mixed

NATIONAL = Path(__file__).with_name("data") / "national"
CODE_PREFIX = "sim-"
LAST_DAY = "2025-06-30"
"""The last day of these units: districts were abolished on the next."""
MADE_UP = "made_up_hamlet"
"""The kind of every hamlet here: there is no official list."""

_FEWEST_HAMLETS, _MOST_HAMLETS = 6, 12
_URBAN_KINDS = frozenset({"ward", "township"})


class UnknownProvince(ValueError):
    """The data names no such province; the message says which there are."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of the simulation."""

    code: str
    level: str
    kind: str
    parent_code: str | None
    name: str

    @property
    def number(self) -> int:
        """A number of 32 bits that is the unit's own: what is accidental about it follows from this."""
        return zlib.crc32(self.code.encode())


class Hierarchy:
    """Units, ancestors first, by code below each parent."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.units = {unit.code: unit for unit in units}
        self.children: dict[str, list[Unit]] = defaultdict(list)
        for unit in units:
            if unit.parent_code is not None:
                self.children[unit.parent_code].append(unit)

    def within(self, code: str) -> list[Unit]:
        """The unit and all below it, ancestors first."""
        found = [self.units[code]]
        for unit in found:
            found += self.children.get(unit.code, ())
        return found

    def above(self, code: str) -> list[Unit]:
        """Its ancestors, from the top down."""
        found: list[Unit] = []
        parent = self.units[code].parent_code
        while parent is not None:
            found.insert(0, self.units[parent])
            parent = found[0].parent_code
        return found

    def of_level(self, level: str, within: str) -> list[Unit]:
        """The units of one level at or below a unit."""
        return [unit for unit in self.within(within) if unit.level == level]

    def top(self) -> Unit:
        """The country."""
        return next(unit for unit in self.units.values() if unit.parent_code is None)

    def province(self, official: str | None) -> Unit:
        """The province of that official code; unless given, the one with the median number of communes.

        Raises: UnknownProvince.
        """
        provinces = {unit.code: unit for unit in self.units.values() if unit.level == "province"}
        if official is None:
            sizes = {code: (len(self.of_level("commune", code)), code) for code in provinces}
            return provinces[median_high(sizes.values())[1]]
        found = provinces.get(CODE_PREFIX + official)
        if found is None:
            known = ", ".join(sorted(code.removeprefix(CODE_PREFIX) for code in provinces))
            raise UnknownProvince(f"There is no province {official}. There are: {known}.")
        return found


def read_hierarchy(data: Path = NATIONAL, *, seed: int) -> Hierarchy:
    """The units of the folder, and the hamlets that this seed makes up."""
    with (data / "units_until_2025-06-30.csv").open(encoding="utf-8", newline="") as lines:
        official = [
            Unit(
                code=CODE_PREFIX + row["code"],
                level=row["level"],
                kind=row["kind"] or row["level"],
                parent_code=CODE_PREFIX + row["parent_code"] if row["parent_code"] else None,
                name=row["name"],
            )
            for row in csv.DictReader(lines)
        ]
    communes = [unit for unit in official if unit.level == "commune"]
    return Hierarchy([*official, *(hamlet for commune in communes for hamlet in _hamlets(commune, seed))])


def _hamlets(commune: Unit, seed: int) -> list[Unit]:
    count = _FEWEST_HAMLETS + mixed(seed, commune.number) % (_MOST_HAMLETS - _FEWEST_HAMLETS + 1)
    word = "Khu phố" if commune.kind in _URBAN_KINDS else "Thôn"
    return [
        Unit(f"{commune.code}-{number:02}", "residential_area", MADE_UP, commune.code, f"{word} {number}")
        for number in range(1, count + 1)
    ]
