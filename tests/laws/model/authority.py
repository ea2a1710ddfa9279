"""Rules 5 and 6: whose rows count for a unit, and what they add up to."""

from tests.laws.model import counting, hierarchy
from tests.laws.model.counting import Live
from tests.laws.model.story import Indicator, Story


def speaking_group(
    story: Story, indicator: Indicator, rows: list[Live], *, unit: str, outcome: str, day: int
) -> tuple[str, ...]:
    """The first authority group with any row of the outcome at or under a unit of the reconciliation level."""
    for group in indicator.authority:
        for live in rows:
            if (
                live.source in group
                and live.row.indicator == indicator.code
                and live.row.outcome == outcome
                and live.row.day <= day
                and hierarchy.is_at_or_under(story, live.row.unit, unit)
            ):
                return group
    return ()


def chosen_rows(story: Story, indicator: Indicator, rows: list[Live], *, day: int) -> list[Live]:
    """The rows up to `day` of whoever speaks for the unit of the reconciliation level that they are at or under.

    A unit beside that level (a body of the province, where communes are reconciled) is decided on by itself.
    """
    groups: dict[tuple[str, str], tuple[str, ...]] = {}
    chosen = []
    for live in rows:
        if live.row.indicator != indicator.code or live.row.day > day:
            continue
        anchor = hierarchy.at_level(story, live.row.unit, indicator.level)
        asked = (anchor.code if anchor is not None else live.row.unit, live.row.outcome)
        if asked not in groups:
            groups[asked] = speaking_group(story, indicator, rows, unit=asked[0], outcome=asked[1], day=day)
        if live.source in groups[asked]:
            chosen.append(live)
    return chosen


def under(story: Story, rows: list[Live], *, unit: str, cohort: str | None) -> list[Live]:
    """Those at or under the unit, of one cohort or of all."""
    return [
        live
        for live in rows
        if cohort in (None, live.row.cohort) and hierarchy.is_at_or_under(story, live.row.unit, unit)
    ]


def count(rows: list[Live], *, outcome: str, day: int, reasons: tuple[str, ...] | None = None) -> int | None:
    """The sum of what is known of the outcome; None where nothing is."""
    wanted = [live for live in rows if live.row.outcome == outcome and (reasons is None or live.row.reason in reasons)]
    values = counting.totals(wanted, day).values()
    return sum(values) if values else None
