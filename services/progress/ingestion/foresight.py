"""What a batch would change in the figures: rules 3 to 5 over the live rows before and after it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import asyncpg

from services.contracts.counting.authority import chosen_changes
from services.contracts.counting.series import DayRow
from services.contracts.words import OUTCOME_BY_NO, OUTCOME_NO, IndicatorKind, Outcome
from services.progress.copies.views import CampaignView
from services.progress.ingestion.receipts import SHOWN, Rollup, RollupDifference, UnitChange
from services.progress.ledger.rows import LedgerRows
from services.progress.ledger.series import SeriesRow, rows_under

_STOCK = OUTCOME_NO[Outcome.CARRIED_OVER]


class Anchor(NamedTuple):
    """Where authority is decided: a unit of the reconciliation level, one indicator, one outcome."""

    unit_id: int
    indicator_no: int
    outcome_no: int


Totals = Mapping[Anchor, int | None]


def anchors_of(campaign: CampaignView, rows: LedgerRows) -> list[Anchor]:
    """The anchors on which the rows bear, in the order of the units' codes; stocks and ranks are never summed."""
    levels, summed = {}, set()
    for code, number in campaign.definition.numbers.indicators.items():
        indicator = campaign.indicators.get(code)
        if indicator is not None:
            levels[number] = indicator.reconciliation_level
            if indicator.kind is not IndicatorKind.RANK:
                summed.add(number)
    found = set()
    for unit_id, number in set(zip(rows.unit_id, rows.head, strict=True)):
        head = rows.heads[number]
        if head.indicator_no in summed and head.outcome_no != _STOCK:
            at = campaign.ancestor_at(unit_id, levels[head.indicator_no])
            found.add(Anchor(at, head.indicator_no, head.outcome_no))
    return sorted(found, key=lambda one: (campaign.codes[one.unit_id], *one))


async def totals_at(connection: asyncpg.Connection, campaign: CampaignView, anchors: Iterable[Anchor]) -> Totals:
    """By whoever speaks at each anchor: what is counted there by now, None where nothing is known."""
    wanted = set(anchors)
    groups = {
        campaign.definition.numbers.indicators[one.code]: {
            source: order for order, group in reversed(list(enumerate(one.authority))) for source in group
        }
        for one in campaign.definition.indicators
    }
    rows = await rows_under(
        connection,
        campaign.id,
        units=sorted({one.unit_id for one in wanted}),
        indicators=sorted({one.indicator_no for one in wanted}),
    )
    series: dict[Anchor, dict[tuple[int, str, int, int], list[SeriesRow]]] = {one: {} for one in wanted}
    for row in rows:
        anchor = Anchor(row.anchor_id, row.indicator_no, row.outcome_no)
        if anchor in wanted and row.source in groups[row.indicator_no]:
            key = (row.unit_id, row.source, row.cohort_no, row.reason_no)
            series[anchor].setdefault(key, []).append(row)
    return {anchor: _total(of_anchor, groups[anchor.indicator_no]) for anchor, of_anchor in series.items()}


def _total(series: Mapping[tuple[int, str, int, int], list[SeriesRow]], groups: Mapping[str, int]) -> int | None:
    chosen = chosen_changes(
        {
            key: (groups[key[1]], [DayRow(row.day, row.mode_no == 1, row.value) for row in rows])
            for key, rows in series.items()
        }
    )
    changes = [change for one in chosen.values() for change in one.changes]
    return sum(one.delta for one in changes) if sum(one.known for one in changes) > 0 else None


def rollup_of(campaign: CampaignView, before: Totals, after: Totals) -> Rollup:
    """What differs, unit by unit and in all."""
    changes: list[UnitChange] = []
    sums: dict[tuple[int, int], int] = {}
    for anchor, was in before.items():
        now = after[anchor]
        if was == now:
            continue
        changes.append(
            UnitChange(
                unit=campaign.codes[anchor.unit_id],
                indicator=campaign.words.indicators[anchor.indicator_no],
                outcome=OUTCOME_BY_NO[anchor.outcome_no],
                before=was,
                after=now,
            )
        )
        key = (anchor.indicator_no, anchor.outcome_no)
        sums[key] = sums.get(key, 0) + (now or 0) - (was or 0)
    changes.sort(key=lambda one: (one.unit, one.indicator, one.outcome))
    return Rollup(
        differences=[
            RollupDifference(campaign.words.indicators[indicator_no], OUTCOME_BY_NO[outcome_no], difference)
            for (indicator_no, outcome_no), difference in sorted(sums.items())
        ],
        changes=changes[:SHOWN],
        truncated=len(changes) > SHOWN,
    )
