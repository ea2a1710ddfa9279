"""What a batch would change in the figures: rules 3 to 5 over the live rows before and after it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import asyncpg

from services.contracts.words import OUTCOME_BY_NO, OUTCOME_NO, IndicatorKind, Outcome
from services.progress.copies.views import CampaignView
from services.progress.ingestion.receipts import SHOWN, Rollup, RollupDifference, UnitChange
from services.progress.ledger.rows import LedgerRows
from services.progress.ledger.series import chosen_totals

_STOCK = OUTCOME_NO[Outcome.CARRIED_OVER]


class Anchor(NamedTuple):
    """Where authority is decided: a unit of the reconciliation level, one indicator, one outcome."""

    unit_id: int
    indicator_no: int
    outcome_no: int


Totals = Mapping[Anchor, int | None]


def anchors_of(campaign: CampaignView, bears_on: Iterable[tuple[int, int, int]]) -> list[Anchor]:
    """The anchors of these (unit, indicator, outcome), by the units' codes; stocks and ranks are never summed."""
    levels, summed = {}, set()
    for code, number in campaign.definition.numbers.indicators.items():
        indicator = campaign.indicators.get(code)
        if indicator is not None:
            levels[number] = indicator.reconciliation_level
            if indicator.kind is not IndicatorKind.RANK:
                summed.add(number)
    found = {
        Anchor(campaign.ancestor_at(unit_id, levels[number]), number, outcome)
        for unit_id, number, outcome in bears_on
        if number in summed and outcome != _STOCK
    }
    return sorted(found, key=lambda one: (campaign.codes[one.unit_id], *one))


def bears_on(rows: LedgerRows) -> set[tuple[int, int, int]]:
    """(unit, indicator, outcome) of rows."""
    heads = [(head.indicator_no, head.outcome_no) for head in rows.heads]
    return {(unit_id, *heads[number]) for unit_id, number in zip(rows.unit_id, rows.head, strict=True)}


async def totals_at(connection: asyncpg.Connection, campaign: CampaignView, anchors: Iterable[Anchor]) -> Totals:
    """By whoever speaks at each anchor: what is counted there by now, None where nothing is known."""
    wanted = list(anchors)
    groups = [
        (campaign.definition.numbers.indicators[one.code], source, order)
        for one in campaign.definition.indicators
        for order, group in enumerate(one.authority)
        for source in group
    ]
    totals = await chosen_totals(
        connection,
        campaign.id,
        anchors=sorted({(one.unit_id, one.indicator_no) for one in wanted}),
        groups=groups,
    )
    return {one: totals.get(tuple(one)) for one in wanted}


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
