"""What cannot all be right (rule 16), as REST answers it."""

from datetime import date

import msgspec

from services.contracts.words import ContradictionKind, Level


class Contradiction(msgspec.Struct, frozen=True):
    """`value` stands against `limit`, which it should equal (a stock) or not exceed (the others).

    `numbers`: what the value is made of. `source`: who tells of it, where it is one source. `printed`: the share that
    was asked about; its `value` and `limit` are the numerator and denominator of the raw rate.
    `what_to_do` is for people.
    """

    kind: ContradictionKind
    unit: str
    level: Level
    indicator: str
    cohort: str | None
    day: date
    value: int
    limit: int
    difference: int
    numbers: dict[str, int]
    source: str | None
    printed: str | None
    what_to_do: str
