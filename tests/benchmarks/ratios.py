"""Figures in turns, their medians, and whether what was to be reached is reached."""

import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

Measure = Callable[[int], Awaitable[float]]
"""Measures one figure in the round of that number."""

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table. `ratio` None: the figure itself is what has to be reached."""

    what: str
    figure: str
    floor: str
    ratio: float | None
    to_reach: str
    reached: bool | None


@dataclass(slots=True)
class Table:
    """One table and what has to be known to read it."""

    name: str
    title: str
    lines: list[Line] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


async def in_turns(measures: dict[str, Measure], *, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Each measure once a round, after one round that does not count; figures by name, one per round."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(-1, rounds):
        for name, measure in measures.items():
            figure = await measure(number)
            if number >= 0:
                found[name].append(figure)
    return found


def paired_ratio(ours: Sequence[float], floor: Sequence[float]) -> float:
    """The median of the ratios of one round each: what disturbs the machine disturbs both sides of a ratio."""
    return statistics.median(one / other for one, other in zip(ours, floor, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1_000_000) * len(ordered) // 1_000_000) - 1))]


def at_least(what: str, ours: Sequence[float], floor: Sequence[float], *, to_reach: float | None, unit: str) -> Line:
    """Of two rates, higher is better."""
    ratio = paired_ratio(ours, floor)
    return Line(
        what,
        f"{statistics.median(ours):,.0f} {unit}",
        f"{statistics.median(floor):,.0f} {unit}",
        ratio,
        "–" if to_reach is None else f"≥ {to_reach:g}×",
        None if to_reach is None else ratio >= to_reach,
    )


def times_faster(what: str, ours: Sequence[float], floor: Sequence[float], *, to_reach: float | None) -> Line:
    """Of two durations in seconds: how many times ours fits into the floor's."""
    ratio = paired_ratio(floor, ours)
    return Line(
        what,
        f"{statistics.median(ours) * 1000:.2f} ms",
        f"{statistics.median(floor) * 1000:.2f} ms",
        ratio,
        "–" if to_reach is None else f"≥ {to_reach:g}×",
        None if to_reach is None else ratio >= to_reach,
    )
