"""Counts of whole levels of units as they stand at present, set by set: what boards and league tables ask for most.

`figures.queries` looks each unit and subject up by itself, for any day; here one statement goes over all rows of the
units, so that a level of 700 units costs a fifth. Columns hold one value per unit × subject, unit by unit.
"""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from services.reporting.figures.queries import REASON_SPAN, REPORTED_LATER
from services.reporting.figures.subjects import Subject
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight

_UNITS = "unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS unit (tenant, id, place)"
_SUBJECTS = "unnest($4::smallint[], $5::smallint[]) WITH ORDINALITY AS subject (no, cohort_no, place)"
_AT = "(unit.place - 1) * cardinality($4::smallint[]) + subject.place - 1"


def _known_sum(outcome_no: int, also: str = "") -> str:
    return f"""CASE WHEN sum(total.known) FILTER (WHERE total.outcome_no = {outcome_no}) > 0
        THEN coalesce(sum(total.value) FILTER (WHERE total.outcome_no = {outcome_no} {also}), 0) END::bigint"""


_TOTALS = f"""
    SELECT array_agg(at), array_agg(added), array_agg(exempt), array_agg(leaving), array_agg(declined)
    FROM (
        SELECT {_AT} AS at, {_known_sum(1)} AS added, {_known_sum(2)} AS exempt,
            {_known_sum(2, f"AND subject.place * {REASON_SPAN} + total.reason_no = ANY ($6::int[])")} AS leaving,
            {_known_sum(3)} AS declined
        FROM {_UNITS}
        JOIN rollup_total AS total
            ON total.tenant = unit.tenant AND total.campaign_id = $1 AND total.unit_id = unit.id
        JOIN {_SUBJECTS}
            ON subject.no = total.indicator_no AND (subject.cohort_no = 0 OR subject.cohort_no = total.cohort_no)
        GROUP BY unit.place, subject.place
    ) AS one
"""
_QUOTAS = f"""
    SELECT array_agg(at), array_agg(amount), array_agg(baseline), array_agg(basis)
    FROM (
        SELECT DISTINCT ON (unit.place, subject.place) {_AT} AS at, step.amount, step.baseline, step.basis
        FROM {_UNITS}
        JOIN quota_step AS step
            ON step.tenant = unit.tenant AND step.campaign_id = $1 AND step.unit_id = unit.id AND step.from_day <= $6
        JOIN {_SUBJECTS} ON subject.no = step.indicator_no AND subject.cohort_no = step.cohort_no
        ORDER BY unit.place, subject.place, step.from_day DESC
    ) AS one
"""
Numbers = list[int | None]


class Present(NamedTuple):
    """By unit × subject, as `Counts` has them; `basis`: 1 received, 2 derived."""

    quota: Numbers
    baseline: Numbers
    basis: Numbers
    added: Numbers
    exempt: Numbers
    leaving: Numbers
    declined: Numbers

    @property
    def counts(self) -> tuple[Numbers, ...]:
        """The fields of `Counts`, in its order."""
        return self.quota, self.baseline, self.added, self.exempt, self.leaving, self.declined


async def is_present(
    connection: asyncpg.Connection, campaign: CampaignInSight, subjects: Sequence[Subject], view: View
) -> bool:
    """Whether nothing was reported of a later day, and nothing of what is known is left out."""
    if view.known_at is not None:
        return False
    top, numbers = campaign.definition.unit_id, list({one.number for one in subjects})
    return not await connection.fetchval(REPORTED_LATER, campaign.definition.id, numbers, top, view.as_of)


async def present_counts(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    units: Sequence[tuple[int, int]],
    subjects: Sequence[Subject],
    view: View,
) -> Present:
    """The counts of units (tenant, id) × subjects, where `is_present` holds."""
    size = len(units) * len(subjects)
    tenants, ids = zip(*units, strict=True)
    asked = (
        campaign.definition.id,
        tenants,
        ids,
        [one.number for one in subjects],
        [one.cohort_no for one in subjects],
    )
    leaving = [place * REASON_SPAN + reason for place, one in enumerate(subjects, 1) for reason in one.leaving]
    totals = await connection.fetchrow(_TOTALS, *asked, leaving)
    quotas = await connection.fetchrow(_QUOTAS, *asked, view.as_of)
    return Present(*_scattered(quotas, 3, size), *_scattered(totals, 4, size))


def _scattered(row: asyncpg.Record | None, width: int, size: int) -> list[Numbers]:
    found: list[Numbers] = [[None] * size for _ in range(width)]
    if row is not None and row[0] is not None:
        at, *columns = row
        for column, values in zip(found, columns, strict=True):
            for place, value in zip(at, values, strict=True):
                column[place] = value
    return found
