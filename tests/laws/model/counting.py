"""Rules 3 and 4: what is live of each source, and what it counts up to a day."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from tests.laws.model.story import Report, Row, Story, Void


@dataclass(frozen=True)
class Live:
    """A row that speaks: nothing later says anything else of its key."""

    source: str
    row: Row
    received: int
    labels: tuple[str, ...]
    place: int
    """Of its report among the acts."""

    @property
    def key_without_day(self) -> tuple[str | None, ...]:
        row = self.row
        return (self.source, row.indicator, row.cohort, row.unit, row.outcome, row.reason)


def live_rows(story: Story, known: int | None) -> list[Live]:
    """Rule 3: of each key the row that is latest by (received, acknowledgement), of batches not withdrawn by then."""
    voided = {act.report for _, act in story.until(known) if isinstance(act, Void)}
    latest: dict[tuple, tuple[tuple[int, int], Live]] = {}
    for place, act in story.until(known):
        if not isinstance(act, Report) or place in voided:
            continue
        order = (story.moment(place), place)
        for row in act.rows:
            live = Live(act.source, row, order[0], act.labels, place)
            key = (*live.key_without_day, row.day)
            if key not in latest or latest[key][0] < order:
                latest[key] = (order, live)
    return [live for _, live in latest.values()]


def total(by_day: Mapping[int, Row], day: int) -> int | None:
    """Rule 4, of one key without its day: the last running total up to `day` and the daily rows after it.

    None where no row of the key lies on or before `day`.
    """
    days = [one for one in by_day if one <= day]
    if not days:
        return None
    cumulative = [one for one in days if by_day[one].mode == "cumulative"]
    since = max(cumulative, default=-1)
    start = by_day[since].value if cumulative else 0
    return start + sum(by_day[one].value for one in days if one > since)


def totals(rows: list[Live], day: int) -> dict[tuple, int]:
    """What each key without its day counts up to `day`; keys with nothing known by then are left out."""
    by_key: dict[tuple, dict[int, Row]] = defaultdict(dict)
    for live in rows:
        by_key[live.key_without_day][live.row.day] = live.row
    found = {key: total(by_day, day) for key, by_day in by_key.items()}
    return {key: value for key, value in found.items() if value is not None}
