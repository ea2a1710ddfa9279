"""What is wrong with one row of a batch, in words. Asked only of rows that are shown."""

from collections.abc import Mapping, Set
from datetime import date

import msgspec

from services.contracts.definitions import CampaignDefinition
from services.contracts.fields import parse_day
from services.progress.copies.views import KnownUnit
from services.progress.ingestion.forms import form_faults
from services.progress.ingestion.lines import Combination, Fault, Line
from services.progress.ingestion.reading import Batch, Row
from services.progress.ingestion.receipts import RowRemark


class Blame(msgspec.Struct, frozen=True):
    """What was found of a batch, from which the faults of each rejected row follow.

    `refused_through`: the last day whose rows are refused because it is closed. `mixed`: (indicator number, by
    cohorts) that contradict how the source reports; `twice`: places of equal keys.
    """

    batch: Batch
    campaign: CampaignDefinition
    units: Mapping[str, KnownUnit]
    today: date
    refused_through: date | None
    lines: Mapping[Combination, Line]
    mixed: set[tuple[int, bool]]
    twice: Set[int]


def remarks_on(place: int, blame: Blame) -> list[RowRemark]:
    """Every fault of a rejected row; at least one."""
    batch = blame.batch
    if place in batch.misshapen:
        return form_faults(place, batch.raw[place]) + _readable_faults(place, batch.raw[place], blame)
    found: list[RowRemark] = []
    if place in blame.twice:
        detail = "Another row of this batch has the same key; send one row per key."
        found.append(RowRemark(place, f"/rows/{place}", "duplicate_row", detail))
    row = batch.rows[place]
    line = blame.lines[(row.indicator, row.cohort, row.outcome, row.reason, row.mode, row.hedge)]
    faults = [*_unit_faults(row, line, blame), *line.faults, *_day_faults(row.day, blame)]
    if not line.faults and row.value > line.most:
        faults.append(("value", "milestone_value", "A milestone is 1 where it is reached, 0 where it is not."))
    if not line.faults and row.value < line.least:
        faults.append(("value", "rank_value", "A rank is a place in a table: 1 is the best."))
    if not line.faults and (line.indicator_no, line.by_cohorts) in blame.mixed:
        form = "without cohorts" if line.by_cohorts else "by cohorts"
        detail = f"{batch.source} reports {row.indicator} {form}; a source does one or the other."
        faults.append(("cohort", "cohorts_mixed", detail))
    return found + [RowRemark(place, f"/rows/{place}/{field}", code, detail) for field, code, detail in faults]


def _readable_faults(place: int, raw: object, blame: Blame) -> list[RowRemark]:
    """What else is wrong with a row whose form is: its sender should not have to ask once per fault."""
    unit, day = (raw.get("unit"), raw.get("day")) if isinstance(raw, dict) else (None, None)
    faults: list[Fault] = []
    if isinstance(unit, str) and unit not in blame.units:
        faults.append(_unknown_unit(unit))
    if isinstance(day, str):
        faults += _day_faults(day, blame)
    return [RowRemark(place, f"/rows/{place}/{field}", code, detail) for field, code, detail in faults]


def _unknown_unit(code: str) -> Fault:
    return "unit", "unknown_unit", f"The campaign has no unit {code[:64]!r} that this token may report for."


def _unit_faults(row: Row, line: Line, blame: Blame) -> list[Fault]:
    unit = blame.units.get(row.unit)
    if unit is None:
        return [_unknown_unit(row.unit)]
    if not line.faults and unit.level != line.level:
        detail = f"{row.unit} is of the level {unit.level}; the source reports {row.indicator} at {line.level}."
        return [("unit", "wrong_level", detail)]
    return []


def _day_faults(said: str, blame: Blame) -> list[Fault]:
    try:
        day = parse_day(said)
    except ValueError:
        return [("day", "day_malformed", "A day of the calendar is written YYYY-MM-DD, 2024-05-01 for instance.")]
    campaign = blame.campaign
    if not campaign.first_day <= day <= campaign.last_day:
        detail = f"The campaign runs from {campaign.first_day} to {campaign.last_day}, both included."
        return [("day", "day_outside_campaign", detail)]
    if day > blame.today:
        detail = f"It was {blame.today} in {campaign.time_zone} when the batch was received; later days are to come."
        return [("day", "day_in_future", detail)]
    if blame.refused_through is not None and day <= blame.refused_through:
        detail = f"The days up to {blame.refused_through} are closed; rows of them need the scope progress:amend."
        return [("day", "period_closed", detail)]
    return []
