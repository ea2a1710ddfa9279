"""SQL behind series: how totals changed, and which quotas were in force, over time."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

import asyncpg

from services.reporting.figures.subjects import Subject
from services.reporting.knowledge.days import Node, day_changes_then
from services.reporting.knowledge.quotas import quotas_then
from services.reporting.series.rules import Change, QuotaFrom
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

ChangesOf = dict[tuple[int, int, int], list[Change]]
"""By unit, place of the subject (from 0) and outcome, in the order of days."""

_ASKED = """
    unnest($2::bigint[], $3::bigint[]) AS unit (tenant, id)
    CROSS JOIN unnest($4::smallint[], $5::smallint[]) WITH ORDINALITY AS subject (no, cohort_no, place)
"""
# What lies before the first day asked for comes as one change on its eve.
_CHANGES = f"""
    SELECT unit.id, subject.place - 1, row.outcome_no, greatest(row.day, $6::date - 1) AS day, sum(row.delta)::bigint,
        sum(row.known)::integer
    FROM {_ASKED}
    JOIN rollup_day AS row ON row.tenant = unit.tenant AND row.campaign_id = $1 AND row.unit_id = unit.id
        AND row.indicator_no = subject.no AND (subject.cohort_no = 0 OR row.cohort_no = subject.cohort_no)
    WHERE row.day <= $7
    GROUP BY 1, 2, 3, 4
    ORDER BY 4
"""
_QUOTAS = f"""
    SELECT unit.id, subject.place - 1, step.from_day, step.amount, step.baseline
    FROM {_ASKED}
    JOIN quota_step AS step ON step.tenant = unit.tenant AND step.campaign_id = $1 AND step.unit_id = unit.id
        AND step.indicator_no = subject.no AND step.cohort_no = subject.cohort_no
    WHERE step.from_day <= $6
    ORDER BY step.from_day
"""
_DATES_THEN = """
    SELECT DISTINCT document_date FROM plan_copy
    WHERE campaign_id = $1 AND document_date <= $2 AND issued_at <= $3 AND lines_received = lines_total
    ORDER BY document_date
"""


def _asked(
    campaign: CampaignInSight, units: Sequence[Node | TreeRow], subjects: Sequence[Subject]
) -> tuple[object, ...]:
    return (
        campaign.definition.id,
        [one.tenant for one in units],
        [one.id for one in units],
        [one.number for one in subjects],
        [one.cohort_no for one in subjects],
    )


async def fetch_changes(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[Node | TreeRow],
    subjects: Sequence[Subject],
    view: View,
    *,
    first: date,
    last: date,
) -> ChangesOf:
    """How the totals of units × subjects changed up to the last day, by whoever spoke on each day."""
    if view.known_at is not None:
        return await _changes_then(connection, campaign, units, subjects, view._replace(as_of=last), first=first)
    found: ChangesOf = defaultdict(list)
    asked = _asked(campaign, units, subjects)
    for unit_id, place, outcome_no, *change in await connection.fetch(_CHANGES, *asked, first, last):
        found[unit_id, place, outcome_no].append(Change(*change))
    return found


async def _changes_then(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[Node | TreeRow],
    subjects: Sequence[Subject],
    view: View,
    *,
    first: date,
) -> ChangesOf:
    eve = first - timedelta(days=1)
    indicators = list({one.number: one.indicator for one in subjects}.values())
    sums: dict[tuple[int, int, int], dict[date, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for key, (delta, known) in (await day_changes_then(connection, campaign, units, indicators, view)).items():
        for place, subject in enumerate(subjects):
            if subject.number == key.indicator_no and subject.cohort_no in {0, key.cohort_no}:
                by_day = sums[key.unit_id, place, key.outcome_no][max(key.day, eve)]
                by_day[0] += delta
                by_day[1] += known
    return {where: [Change(day, *by_day[day]) for day in sorted(by_day)] for where, by_day in sums.items()}


async def fetch_quotas(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[Node | TreeRow],
    subjects: Sequence[Subject],
    view: View,
    *,
    last: date,
) -> dict[tuple[int, int], list[QuotaFrom]]:
    """By unit and place of the subject, the quotas in force up to the last day, in the order of days."""
    if view.known_at is not None:
        return await _quotas_then(connection, campaign, units, subjects, view, last=last)
    found: dict[tuple[int, int], list[QuotaFrom]] = defaultdict(list)
    for unit_id, place, day, amount, baseline in await connection.fetch(
        _QUOTAS, *_asked(campaign, units, subjects), last
    ):
        found[unit_id, place].append(QuotaFrom(day, amount, baseline or 0))
    return found


async def _quotas_then(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[Node | TreeRow],
    subjects: Sequence[Subject],
    view: View,
    *,
    last: date,
) -> dict[tuple[int, int], list[QuotaFrom]]:
    indicators = list({one.number: one.indicator for one in subjects}.values())
    ids = [one.id for one in units]
    found: dict[tuple[int, int], list[QuotaFrom]] = defaultdict(list)
    for (day,) in await connection.fetch(_DATES_THEN, campaign.definition.id, last, view.known_at):
        quotas = (await quotas_then(connection, campaign, ids, indicators, view._replace(as_of=day))).of
        for unit_id in ids:
            for place, subject in enumerate(subjects):
                one = quotas.get((unit_id, subject.number, subject.cohort_no))
                step = QuotaFrom(day, None, 0) if one is None else QuotaFrom(day, one.amount, one.baseline)
                found[unit_id, place].append(step)
    return found
