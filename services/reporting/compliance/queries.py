"""SQL behind compliance: which reports have come, which of them in time, and where quotas are in force."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import NamedTuple

import asyncpg

from services.contracts.words import ReportKind
from services.reporting.compliance.rules import Received, Timetable
from services.reporting.knowledge.quotas import quotas_then
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

_BITS = 60
"""Slots a number holds in SQL, whose integers have 64 bits."""

# A report has come when any row has, and came in time when any row did: no need to find the first of each. What is due
# when is looked up in arrays by day: a join with slots loops over all rows where estimates are off.
_RECEIVED = f"""
    WITH unit AS MATERIALIZED (
        SELECT place, line.tenant, line.descendant_id AS id
        FROM unnest($2::bigint[]) WITH ORDINALITY AS unit (id, place)
        JOIN campaign_closure AS line ON line.campaign_id = $1 AND line.ancestor_id = unit.id
    ), come AS (
        SELECT unit.place, fact.source_id, fact.indicator_no, fact.received_at,
            ($6::timestamptz[])[fact.day - $4::date + 1] AS due_at, ($7::integer[])[fact.day - $4::date + 1] AS slot
        FROM unit
        JOIN fact ON fact.tenant = unit.tenant AND fact.campaign_id = $1 AND fact.unit_id = unit.id
        WHERE fact.indicator_no = ANY ($3::smallint[]) AND fact.day >= $4 AND fact.day <= $5
            AND fact.source_id = ANY ($9::bigint[]) AND fact.received_at <= $8 AND fact.acknowledgement NOT IN (
                SELECT acknowledgement FROM batch_copy WHERE campaign_id = $1 AND voided_at <= $8)
    )
    SELECT place, source_id, indicator_no, slot / {_BITS}, bit_or(1::bigint << (slot % {_BITS})),
        coalesce(bit_or(1::bigint << (slot % {_BITS})) FILTER (WHERE received_at <= due_at), 0)
    FROM come GROUP BY 1, 2, 3, 4
"""
_QUOTAS = """
    SELECT unit.place, step.indicator_no, step.from_day, coalesce(step.amount, 0) > 0
    FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS unit (tenant, id, place)
    JOIN quota_step AS step ON step.tenant = unit.tenant AND step.campaign_id = $1 AND step.unit_id = unit.id
    WHERE step.cohort_no = 0 AND step.indicator_no = ANY ($4::smallint[])
    ORDER BY unit.place, step.indicator_no, step.from_day
"""
_PLAN_DAYS = """
    SELECT DISTINCT document_date FROM plan_copy WHERE campaign_id = $1 AND issued_at <= $2 ORDER BY document_date
"""
_MOMENTS = """
    SELECT asked.place, max(first.received_at)
    FROM unnest($2::integer[], $3::bigint[], $4::bigint[], $5::smallint[], $6::date[])
        AS asked (place, unit_id, source_id, indicator_no, day)
    CROSS JOIN LATERAL (
        SELECT min(fact.received_at) AS received_at
        FROM campaign_closure AS line
        JOIN fact ON fact.tenant = line.tenant AND fact.campaign_id = $1 AND fact.unit_id = line.descendant_id
            AND fact.indicator_no = asked.indicator_no AND fact.source_id = asked.source_id AND fact.day = asked.day
        WHERE line.campaign_id = $1 AND line.ancestor_id = asked.unit_id AND fact.received_at <= $7
            AND fact.acknowledgement NOT IN (
                SELECT acknowledgement FROM batch_copy WHERE campaign_id = $1 AND voided_at <= $7)
    ) AS first
    GROUP BY asked.place
"""


class Wanted(NamedTuple):
    """A row that makes part of the report at `place`."""

    place: int
    unit_id: int
    source_id: int
    indicator_no: int
    day: date


async def fetch_received(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    timetable: Timetable,
    indicators: Iterable[str],
    source_ids: Sequence[int],
    *,
    moment: datetime,
) -> dict[tuple[int, int, str], Received]:
    """By place of the unit, source and indicator: what has come by the moment, and what of it in time."""
    numbers = campaign.definition.numbers.indicators
    codes = {numbers[code]: code for code in indicators}
    found: defaultdict[tuple[int, int, str], Received] = defaultdict(Received)

    async def add(indicator_nos: Sequence[int], first: date, due_at: Sequence[datetime], slots: Sequence[int]) -> None:
        """Rows of the days from `first` on, of which each has its slot."""
        last, unit_ids = first + timedelta(days=len(slots) - 1), [one.id for one in units]
        rows = await connection.fetch(
            _RECEIVED, campaign.definition.id, unit_ids, indicator_nos, first, last, due_at, slots, moment, source_ids
        )
        for place, source_id, indicator_no, part, came, in_time in rows:
            key = (place - 1, source_id, codes[indicator_no])
            shift = part * _BITS
            found[key] = Received(found[key].came | came << shift, found[key].in_time | in_time << shift)

    daily = [(place, slot) for place, slot in enumerate(timetable.slots) if slot.report is ReportKind.DAILY]
    if daily and units and codes:
        places, slots = zip(*daily, strict=True)
        await add(list(codes), slots[0].day, [one.due_at for one in slots], places)
        for place, slot in enumerate(timetable.slots):
            if slot.report is ReportKind.FINAL:
                for number, code in codes.items():
                    day = timetable.row_days[code][place]
                    if day is not None:
                        await add([number], day, [slot.due_at], [place])
    return found


async def fetch_quotas(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    timetable: Timetable,
    indicators: Sequence[str],
    view: View,
) -> dict[tuple[int, str], int]:
    """By place of the unit and indicator: the slots of whose day a quota above 0 is in force, as known in the view."""
    numbers = campaign.definition.numbers.indicators
    codes = {numbers[code]: code for code in indicators}
    if view.known_at is None:
        found_now = await connection.fetch(
            _QUOTAS, campaign.definition.id, [one.tenant for one in units], [one.id for one in units], list(codes)
        )
        rows = [(place, number, day, is_owed) for place, number, day, is_owed in found_now]
    else:
        rows = await _quota_steps_then(connection, campaign, units, list(codes), view)
    found: defaultdict[tuple[int, str], int] = defaultdict(int)
    between: dict[tuple[date, date | None], int] = {}
    for row, following in zip_longest(rows, rows[1:]):
        place, indicator_no, from_day, is_owed = row
        if not is_owed:
            continue
        until = following[2] if following is not None and following[:2] == row[:2] else None
        if (from_day, until) not in between:
            between[from_day, until] = timetable.between(from_day, until)
        found[place - 1, codes[indicator_no]] |= between[from_day, until]
    return found


async def _quota_steps_then(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[TreeRow],
    indicator_nos: Sequence[int],
    view: View,
) -> list[tuple[int, int, date, bool]]:
    """The steps as they were known at a moment: quotas change on the days of documents alone, which are few."""
    definition, ids = campaign.definition, [one.id for one in units]
    indicators = [one for one in definition.indicators if campaign.number_of(one) in indicator_nos]
    found: list[tuple[int, int, date, bool]] = []
    for (day,) in await connection.fetch(_PLAN_DAYS, definition.id, view.known_at):
        then = await quotas_then(connection, campaign, ids, indicators, view._replace(as_of=day))
        found += [
            (place, number, day, (quota := then.of.get((unit_id, number, 0))) is not None and quota.amount > 0)
            for place, unit_id in enumerate(ids, start=1)
            for number in indicator_nos
        ]
    return sorted(found)


async def fetch_moments(
    connection: asyncpg.Connection, campaign: CampaignInSight, wanted: Sequence[Wanted], *, moment: datetime
) -> dict[int, datetime]:
    """By place of the report, when it was whole: when the last of its parts came for the first time."""
    if not wanted:
        return {}
    rows = await connection.fetch(_MOMENTS, campaign.definition.id, *zip(*wanted, strict=True), moment)
    return {row[0]: row[1] for row in rows}
