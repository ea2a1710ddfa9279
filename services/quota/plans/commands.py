"""Drafting, editing and issuing plans. Writes within one campaign wait for one another."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg

from services.chassis.database import UnitOfWork, uuid7
from services.chassis.editions import check_if_match, etag
from services.chassis.identity import Caller
from services.chassis.problems import FieldError, InvalidInput, NotFound
from services.contracts.definitions import CampaignDefinition, Document, PlanHeader, PlanLine
from services.contracts.events import PlanIssued, in_events
from services.contracts.words import MAX_COUNT
from services.quota.access import OutsideToken, covers
from services.quota.campaigns.commands import lock_campaign
from services.quota.campaigns.queries import campaign_by_id, seen_campaign
from services.quota.hierarchy.commands import hold_hierarchy
from services.quota.hierarchy.queries import places
from services.quota.plans import queries, rules
from services.quota.plans.queries import Line, SeenPlan
from services.quota.plans.refusals import (
    IssuedInFuture,
    ParentPlanNotIssued,
    PlanAlreadyIssued,
    PlanEmpty,
    PlanNamesUnitTwice,
    QuotaExceedsReceived,
)
from services.quota.plans.rules import NO_COHORT, Excess
from services.quota.plans.shapes import LineInput, PlanInput
from services.quota.tables import Plan

MAX_ERRORS = 1_000
_INSERT_LINES = """
    INSERT INTO plan_line (plan_id, unit_id, indicator_no, cohort_no, amount, baseline, held, position)
    SELECT $1, unit_id, indicator_no, cohort_no, amount, baseline, held, position
    FROM unnest($2::bigint[], $3::smallint[], $4::smallint[], $5::bigint[], $6::bigint[], $7::boolean[], $8::int[])
        AS line (unit_id, indicator_no, cohort_no, amount, baseline, held, position)
"""


async def draft_plan(work: UnitOfWork, caller: Caller, campaign_code: str, plan: PlanInput) -> SeenPlan:
    """A draft exists.

    Raises: NotFound, InvalidInput.
    """
    await lock_campaign(work, campaign_code)
    campaign, _ = await seen_campaign(work.connection, caller, campaign_code)
    unit_id, lines = await _checked(work.connection, caller, campaign, plan.unit, plan.lines)
    plan_id = uuid7()
    work.session.add(
        Plan(
            id=plan_id,
            campaign_id=campaign.id,
            family=plan_id,
            revision=1,
            unit_id=unit_id,
            document_number=plan.document.number,
            document_date=plan.document.date,
            status="draft",
            edition=1,
            lines_total=len(lines),
            created_at=work.moment,
            created_by=work.actor,
        )
    )
    await work.flush_session()
    await _insert_lines(work.connection, plan_id, lines)
    return await queries.seen_plan(work.connection, caller, plan_id)


async def edit_plan(
    work: UnitOfWork, caller: Caller, plan_id: uuid.UUID, plan: PlanInput, *, if_match: str | None
) -> SeenPlan:
    """The draft says what `plan` says.

    Raises: NotFound, OutsideToken, PreconditionRequired, PreconditionFailed, PlanAlreadyIssued, InvalidInput.
    """
    seen, stored = await _locked_plan(work, caller, plan_id)
    check_if_match(if_match, etag(stored.edition), thing="A plan")
    _refuse_unless_draft(stored)
    stored.unit_id, lines = await _checked(work.connection, caller, seen.campaign, plan.unit, plan.lines)
    stored.document_number = plan.document.number
    stored.document_date = plan.document.date
    stored.lines_total = len(lines)
    stored.edition += 1
    await work.flush_session()
    await work.connection.execute("DELETE FROM plan_line WHERE plan_id = $1", plan_id)
    await _insert_lines(work.connection, plan_id, lines)
    return await queries.seen_plan(work.connection, caller, plan_id)


async def issue_plan(work: UnitOfWork, caller: Caller, plan_id: uuid.UUID, *, issued_at: datetime | None) -> SeenPlan:
    """The plan is issued, in force from its document's date, and every service is told.

    Raises: NotFound, OutsideToken, PlanAlreadyIssued, PlanEmpty, IssuedInFuture, ParentPlanNotIssued,
    PlanNamesUnitTwice, QuotaExceedsReceived, InvalidInput where units have moved since it was drafted.
    """
    moment = work.moment if issued_at is None else issued_at.astimezone(UTC)
    if moment > work.moment:
        raise IssuedInFuture(now=work.moment.isoformat(timespec="seconds").replace("+00:00", "Z"))
    seen, plan = await _locked_plan(work, caller, plan_id)
    await hold_hierarchy(work)
    _refuse_unless_draft(plan)
    if not seen.lines:
        raise PlanEmpty
    await _refuse_moved_units(work.connection, caller, seen)
    await _refuse_named_twice(work.connection, seen)
    await _refuse_uncovered_lines(work.connection, seen, moment)
    plan.status, plan.issued_at, plan.issued_by = "issued", moment, work.actor
    plan.edition += 1
    await work.flush_session()
    header = PlanHeader(
        id=plan.id,
        campaign_id=plan.campaign_id,
        family=plan.family,
        revision=plan.revision,
        unit_id=plan.unit_id,
        document=Document(plan.document_number, plan.document_date),
        issued_at=moment,
        lines_total=len(seen.lines),
    )
    for part in in_events([line.stored for line in seen.lines]):
        work.record(PlanIssued(header, list(part)))
    return await queries.seen_plan(work.connection, caller, plan_id)


async def _locked_plan(work: UnitOfWork, caller: Caller, plan_id: uuid.UUID) -> tuple[SeenPlan, Plan]:
    campaign_id = await work.connection.fetchval("SELECT campaign_id FROM plan WHERE id = $1", plan_id)
    campaign = await campaign_by_id(work.connection, campaign_id) if campaign_id is not None else None
    if campaign is None:
        raise NotFound(path=f"the plan {plan_id}")
    await lock_campaign(work, campaign.code)
    seen = await queries.seen_plan(work.connection, caller, plan_id)
    if not seen.covers_issuer:
        raise OutsideToken(unit=seen.row["unit"] or seen.campaign.unit)
    plan = await work.session.get_one(Plan, plan_id)
    return seen, plan


def _refuse_unless_draft(plan: Plan) -> None:
    if plan.status != "draft":
        raise PlanAlreadyIssued(number=plan.document_number)


async def _checked(
    connection: asyncpg.Connection,
    caller: Caller,
    campaign: CampaignDefinition,
    issuer: str | None,
    lines: Sequence[LineInput],
) -> tuple[int | None, list[PlanLine]]:
    """The issuing unit's id and the lines by ids, of a plan that may stand."""
    known = await places(
        connection,
        {line.unit for line in lines} | {campaign.unit} | ({issuer} if issuer else set()),
        day=campaign.hierarchy_day,
    )
    acting = known.get(issuer or campaign.unit)
    in_tree = acting is not None and campaign.unit_id in acting.ids
    if acting is None or not in_tree or not covers(caller, acting.path):
        error = FieldError(
            "/unit",
            "unknown_unit",
            f"no unit of the campaign bears this code on its hierarchy day {campaign.hierarchy_day}; correct the code",
        )
        raise InvalidInput(count=1, errors=[error])
    issuer_id = acting.id if issuer else None
    errors = list(rules.line_faults(lines, campaign, known, issuer_id=issuer_id, top_id=campaign.unit_id))
    if errors:
        raise InvalidInput(count=len(errors), errors=errors[:MAX_ERRORS])
    numbers = campaign.numbers
    return issuer_id, [
        PlanLine(
            known[line.unit].id,
            numbers.indicators[line.indicator],
            NO_COHORT if line.cohort is None else numbers.cohorts[line.cohort],
            line.amount,
            line.baseline,
            line.held,
        )
        for line in lines
    ]


async def _insert_lines(connection: asyncpg.Connection, plan_id: uuid.UUID, lines: Sequence[PlanLine]) -> None:
    placed = sorted(enumerate(lines), key=lambda one: (one[1].unit_id, one[1].indicator_no, one[1].cohort_no))
    await connection.execute(
        _INSERT_LINES,
        plan_id,
        [line.unit_id for _, line in placed],
        [line.indicator_no for _, line in placed],
        [line.cohort_no for _, line in placed],
        [line.amount for _, line in placed],
        [line.baseline for _, line in placed],
        [line.held for _, line in placed],
        [position for position, _ in placed],
    )


async def _refuse_moved_units(connection: asyncpg.Connection, caller: Caller, seen: SeenPlan) -> None:
    lines = [
        LineInput(
            unit=line.unit,
            indicator=line.indicator,
            cohort=line.cohort,
            amount=line.stored.amount,
            baseline=line.stored.baseline,
            held=line.stored.held,
        )
        for line in seen.lines
    ]
    await _checked(connection, caller, seen.campaign, seen.row["unit"], lines)


async def _refuse_named_twice(connection: asyncpg.Connection, seen: SeenPlan) -> None:
    twice = await queries.lines_named_already(connection, seen.row["id"], seen.campaign.id)
    if twice:
        raise PlanNamesUnitTwice(
            count=len(twice),
            errors=[
                FieldError(
                    f"/lines/{row['position']}",
                    "named_by_another_plan",
                    f"{row['document_number']} of {row['document_date']} names this unit and indicator: revise it",
                )
                for row in twice[:MAX_ERRORS]
            ],
        )


async def _refuse_uncovered_lines(connection: asyncpg.Connection, seen: SeenPlan, moment: datetime) -> None:
    """Whoever hands down has received it, before and enough."""
    campaign, issuer_id = seen.campaign, seen.row["unit_id"]
    own = rules.sums([line.stored for line in seen.lines])
    holder = issuer_id if issuer_id is not None else campaign.unit_id
    received = await queries.received(connection, campaign.id, holder, by=moment)
    given = await queries.handed_down(connection, campaign.id, holder)
    if issuer_id is None:
        # The top unit may have handed down before anybody said what it received.
        received = {key: received.get(key, 0) + own.get(key, 0) for key in received.keys() | own.keys()}
    else:
        if issuer_id != campaign.unit_id and not received:
            raise ParentPlanNotIssued(unit=seen.row["unit"])
        given = {key: given.get(key, 0) + own.get(key, 0) for key in given.keys() | own.keys()}
    if any(total > MAX_COUNT for total in _totals(given).values()):
        error = FieldError("/lines", "sum_too_large", f"with what was handed down before, it exceeds {MAX_COUNT}")
        raise InvalidInput(count=1, errors=[error])
    if campaign.allow_stretch:
        return
    own_indicators = {indicator_no for indicator_no, _ in own}
    found = [
        one
        for one in rules.excesses(received, given, unbounded=holder == campaign.unit_id)
        if one.indicator_no in own_indicators
    ]
    if found:
        raise _exceeds(seen, found)


def _totals(amounts: dict[tuple[int, int], int]) -> dict[int, int]:
    totals: dict[int, int] = {}
    for (indicator_no, _), amount in amounts.items():
        totals[indicator_no] = totals.get(indicator_no, 0) + amount
    return totals


def _exceeds(seen: SeenPlan, found: list[Excess]) -> QuotaExceedsReceived:
    indicators = {number: code for code, number in seen.campaign.numbers.indicators.items()}
    cohorts = {number: code for code, number in seen.campaign.numbers.cohorts.items()}
    first = found[0]
    return QuotaExceedsReceived(
        unit=seen.row["unit"] or seen.campaign.unit,
        indicator=indicators[first.indicator_no],
        received=first.received,
        handed_down=first.handed_down,
        excess=first.excess,
        errors=[
            FieldError(
                f"/lines/{_first_line(seen.lines, one)}",
                "quota_exceeds_received",
                f"{indicators[one.indicator_no]}{'' if one.cohort_no is None else ' ' + cohorts[one.cohort_no]}: "
                f"received {one.received}, handed down {one.handed_down}, excess {one.excess}",
            )
            for one in found
        ],
    )


def _first_line(lines: Sequence[Line], of: Excess) -> int:
    """The position of the first line of the set that is too large; of its indicator where no line is of its cohort."""
    of_indicator = [place for place, line in enumerate(lines) if line.stored.indicator_no == of.indicator_no]
    of_cohort = [place for place in of_indicator if of.cohort_no in (None, lines[place].stored.cohort_no)]
    return (of_cohort or of_indicator)[0]
