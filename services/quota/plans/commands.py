"""Drafting, revising, editing and discarding plans. Writes within one campaign wait for one another."""

import uuid
from collections.abc import Sequence

import asyncpg

from services.chassis.database import UnitOfWork, uuid7
from services.chassis.editions import check_if_match, etag
from services.chassis.identity import Caller
from services.chassis.problems import FieldError, InvalidInput, NotFound
from services.contracts.definitions import CampaignDefinition, PlanLine
from services.quota.access import OutsideToken, covers
from services.quota.campaigns.commands import lock_campaign, refuse_closed
from services.quota.campaigns.queries import campaign_by_id, seen_campaign
from services.quota.hierarchy.queries import places
from services.quota.plans import queries, rules
from services.quota.plans.ceiling import NO_COHORT
from services.quota.plans.queries import SeenPlan
from services.quota.plans.refusals import PlanAlreadyIssued, PlanNotIssued, PlanSuperseded, RevisionUnderWay
from services.quota.plans.rules import Line
from services.quota.plans.shapes import LineInput, PlanInput, ReviseInput
from services.quota.plans.splits import recorded_splits
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
    campaign, sight = await seen_campaign(work.connection, caller, campaign_code)
    if sight.roots != frozenset():  # whoever only sees its publication has no unit to draft a plan for
        refuse_closed(campaign)
    unit_id, lines = await checked(work.connection, caller, campaign, plan.unit, plan.lines)
    splits = await recorded_splits(work, caller, campaign, plan.unit, plan.lines, plan.apportionments)
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
            note=plan.note,
            apportionments=splits,
        )
    )
    await work.flush_session()
    await _insert_lines(work.connection, plan_id, lines)
    return await queries.seen_plan(work.connection, caller, plan_id)


async def revise_plan(work: UnitOfWork, caller: Caller, plan_id: uuid.UUID, revision: ReviseInput) -> SeenPlan:
    """A draft of the plan's next revision exists, with the plan's lines unless others are given.

    Raises: NotFound, OutsideToken, PlanNotIssued, PlanSuperseded, RevisionUnderWay, InvalidInput.
    """
    seen, plan = await locked_plan(work, caller, plan_id)
    await refuse_unless_newest(work.connection, plan)
    if revision.unit is not None:
        _refuse_another_unit(seen, revision.unit)
    lines, splits = [line.stored for line in seen.lines], plan.apportionments
    if revision.lines is not None:
        issuer = seen.row["unit"]
        _, lines = await checked(work.connection, caller, seen.campaign, issuer, revision.lines)
        splits = await recorded_splits(work, caller, seen.campaign, issuer, revision.lines, revision.apportionments)
    draft_id = uuid7()
    work.session.add(
        Plan(
            id=draft_id,
            campaign_id=plan.campaign_id,
            family=plan.family,
            revision=plan.revision + 1,
            unit_id=plan.unit_id,
            document_number=revision.document.number if revision.document else plan.document_number,
            document_date=revision.document.date if revision.document else plan.document_date,
            status="draft",
            edition=1,
            lines_total=len(lines),
            created_at=work.moment,
            created_by=work.actor,
            note=revision.note,
            apportionments=splits,
        )
    )
    await work.flush_session()
    await _insert_lines(work.connection, draft_id, lines)
    return await queries.seen_plan(work.connection, caller, draft_id)


async def edit_plan(
    work: UnitOfWork, caller: Caller, plan_id: uuid.UUID, plan: PlanInput, *, if_match: str | None
) -> SeenPlan:
    """The draft says what `plan` says.

    Raises: NotFound, OutsideToken, PreconditionRequired, PreconditionFailed, PlanAlreadyIssued, InvalidInput.
    """
    seen, stored = await locked_plan(work, caller, plan_id)
    check_if_match(if_match, etag(stored.edition), thing="A plan")
    refuse_unless_draft(stored)
    if stored.revision > 1:
        _refuse_another_unit(seen, plan.unit)
    stored.unit_id, lines = await checked(work.connection, caller, seen.campaign, plan.unit, plan.lines)
    stored.document_number = plan.document.number
    stored.document_date = plan.document.date
    stored.note = plan.note
    stored.apportionments = await recorded_splits(
        work, caller, seen.campaign, plan.unit, plan.lines, plan.apportionments
    )
    stored.lines_total = len(lines)
    stored.edition += 1
    await work.flush_session()
    await work.connection.execute("DELETE FROM plan_line WHERE plan_id = $1", plan_id)
    await _insert_lines(work.connection, plan_id, lines)
    return await queries.seen_plan(work.connection, caller, plan_id)


def _refuse_another_unit(seen: SeenPlan, unit: str | None) -> None:
    if unit != seen.row["unit"]:
        detail = f"a revision hands down from the unit of the plan that it revises, {seen.row['unit'] or 'null'}"
        raise InvalidInput(count=1, errors=[FieldError("/unit", "revision_keeps_unit", detail)])


async def discard_plan(work: UnitOfWork, caller: Caller, plan_id: uuid.UUID, *, if_match: str | None) -> None:
    """The draft is gone.

    Raises: NotFound, OutsideToken, PreconditionRequired, PreconditionFailed, PlanAlreadyIssued.
    """
    _, stored = await locked_plan(work, caller, plan_id)
    check_if_match(if_match, etag(stored.edition), thing="A plan")
    refuse_unless_draft(stored)
    await work.connection.execute("DELETE FROM plan_line WHERE plan_id = $1", plan_id)  # while the audit can name them
    await work.session.delete(stored)


async def locked_plan(work: UnitOfWork, caller: Caller, plan_id: uuid.UUID) -> tuple[SeenPlan, Plan]:
    """The plan, and its campaign locked against other writers.

    Raises: NotFound, OutsideToken.
    """
    campaign_id = await work.connection.fetchval("SELECT campaign_id FROM plan WHERE id = $1", plan_id)
    campaign = await campaign_by_id(work.connection, campaign_id) if campaign_id is not None else None
    if campaign is None:
        raise NotFound(path=f"the plan {plan_id}")
    await lock_campaign(work, campaign.code)
    seen = await queries.seen_plan(work.connection, caller, plan_id)
    if not seen.covers_issuer:
        raise OutsideToken(unit=seen.row["unit"] or seen.campaign.unit)
    refuse_closed(seen.campaign)
    plan = await work.session.get_one(Plan, plan_id)
    return seen, plan


def refuse_unless_draft(plan: Plan) -> None:
    """Raises PlanAlreadyIssued."""
    if plan.status != "draft":
        raise PlanAlreadyIssued(number=plan.document_number)


async def refuse_unless_newest(connection: asyncpg.Connection, plan: Plan) -> None:
    """The plan is the newest of its revisions, and issued. Raises: PlanNotIssued, PlanSuperseded, RevisionUnderWay."""
    if plan.status == "draft":
        raise PlanNotIssued
    newest = await queries.newest_revision(connection, plan.campaign_id, plan.family)
    if newest["status"] == "draft":
        raise RevisionUnderWay(draft=newest["id"])
    if newest["id"] != plan.id:
        raise PlanSuperseded(number=newest["document_number"], newest=newest["id"])


async def checked(
    connection: asyncpg.Connection,
    caller: Caller,
    campaign: CampaignDefinition,
    issuer: str | None,
    lines: Sequence[LineInput | Line],
) -> tuple[int | None, list[PlanLine]]:
    """The issuing unit's id and the lines by ids, of a plan that may stand.

    Raises: InvalidInput.
    """
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
