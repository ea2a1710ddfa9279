"""Issuing and withdrawing plans: from the document's date on they count, and every service is told."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime

import asyncpg

from services.chassis.database import UnitOfWork, uuid7
from services.chassis.identity import Caller
from services.chassis.problems import FieldError, InvalidInput
from services.contracts.definitions import Document, PlanHeader, PlanLine
from services.contracts.events import PlanIssued, in_events
from services.contracts.words import MAX_COUNT
from services.quota.hierarchy.commands import hold_hierarchy
from services.quota.plans import ceiling, queries
from services.quota.plans.ceiling import Excess
from services.quota.plans.commands import (
    MAX_ERRORS,
    checked,
    locked_plan,
    refuse_unless_draft,
    refuse_unless_newest,
)
from services.quota.plans.queries import SeenPlan
from services.quota.plans.refusals import (
    DocumentUnchanged,
    IssuedBeforePrevious,
    IssuedInFuture,
    ParentPlanNotIssued,
    PlanEmpty,
    PlanNamesUnitTwice,
    QuotaExceedsReceived,
)
from services.quota.plans.rules import Line
from services.quota.plans.shapes import WithdrawInput
from services.quota.tables import Plan

_SUPERSEDE = """
    UPDATE plan SET status = $4, edition = edition + 1
    WHERE campaign_id = $1 AND family = $2 AND revision < $3 AND status IN ('issued', 'withdrawn') AND status <> $4
"""


async def issue_plan(
    work: UnitOfWork, caller: Caller, plan_id: uuid.UUID, *, issued_at: datetime | None, dry_run: bool = False
) -> SeenPlan:
    """The plan is issued, in force from its document's date; the revisions before it are superseded.

    `dry_run`: nothing changes; whatever would be refused is.

    Raises: NotFound, OutsideToken, PlanAlreadyIssued, PlanEmpty, IssuedInFuture, IssuedBeforePrevious,
    DocumentUnchanged, ParentPlanNotIssued, PlanNamesUnitTwice, QuotaExceedsReceived, InvalidInput where units have
    moved since it was drafted.
    """
    moment = _moment_of_issue(work, issued_at)
    seen, plan = await locked_plan(work, caller, plan_id)
    await hold_hierarchy(work)
    refuse_unless_draft(plan)
    if not seen.lines:
        raise PlanEmpty
    await _refuse_unlike_previous(work.connection, plan, moment)
    await checked(work.connection, caller, seen.campaign, seen.row["unit"], seen.lines)  # units may have moved
    await _refuse_named_twice(work.connection, seen)
    await _refuse_uncovered_lines(work.connection, seen, moment)
    if dry_run:
        return seen
    plan.status, plan.issued_at, plan.issued_by = "issued", moment, work.actor
    plan.edition += 1
    await _put_in_force(work, plan, [line.stored for line in seen.lines], before="superseded")
    return await queries.seen_anew(work.connection, seen)


async def withdraw_plan(work: UnitOfWork, caller: Caller, plan_id: uuid.UUID, order: WithdrawInput) -> SeenPlan:
    """From the order's date the plan counts no more: a revision without lines has replaced it.

    What units below have handed down stays, and shows as handed down beyond what they received.

    Raises: NotFound, OutsideToken, PlanNotIssued, PlanSuperseded, RevisionUnderWay, DocumentUnchanged,
    IssuedInFuture, IssuedBeforePrevious.
    """
    moment = _moment_of_issue(work, order.issued_at)
    _, plan = await locked_plan(work, caller, plan_id)
    await refuse_unless_newest(work.connection, plan)
    withdrawal = Plan(
        id=uuid7(),
        campaign_id=plan.campaign_id,
        family=plan.family,
        revision=plan.revision + 1,
        unit_id=plan.unit_id,
        document_number=order.document.number,
        document_date=order.document.date,
        status="withdrawn",
        edition=1,
        lines_total=0,
        created_at=work.moment,
        created_by=work.actor,
        issued_at=moment,
        issued_by=work.actor,
        note=order.note,
    )
    await _refuse_unlike_previous(work.connection, withdrawal, moment)
    work.session.add(withdrawal)
    await _put_in_force(work, withdrawal, [], before="withdrawn")
    return await queries.seen_plan(work.connection, caller, withdrawal.id)


async def _put_in_force(work: UnitOfWork, plan: Plan, lines: Sequence[PlanLine], *, before: str) -> None:
    """Written and told; the revisions before have the status `before`."""
    await work.flush_session()
    await work.connection.execute(_SUPERSEDE, plan.campaign_id, plan.family, plan.revision, before)
    assert plan.issued_at is not None
    header = PlanHeader(
        id=plan.id,
        campaign_id=plan.campaign_id,
        family=plan.family,
        revision=plan.revision,
        unit_id=plan.unit_id,
        document=Document(plan.document_number, plan.document_date),
        issued_at=plan.issued_at,
        lines_total=len(lines),
    )
    for part in in_events(lines):
        work.record(PlanIssued(header, list(part)))


def _moment_of_issue(work: UnitOfWork, issued_at: datetime | None) -> datetime:
    moment = work.moment if issued_at is None else issued_at.astimezone(UTC)
    if moment > work.moment:
        raise IssuedInFuture(now=work.moment.isoformat(timespec="seconds").replace("+00:00", "Z"))
    return moment


async def _refuse_unlike_previous(connection: asyncpg.Connection, plan: Plan, moment: datetime) -> None:
    """A revision has a document of its own, and is known after the one before it."""
    previous = await queries.revision_before(connection, plan.campaign_id, plan.family, plan.revision)
    if previous is None:
        return
    if (previous["document_number"], previous["document_date"]) == (plan.document_number, plan.document_date):
        raise DocumentUnchanged(number=plan.document_number, date=plan.document_date)
    if moment < previous["issued_at"]:
        raise IssuedBeforePrevious(previous=previous["issued_at"].isoformat().replace("+00:00", "Z"))


async def _refuse_named_twice(connection: asyncpg.Connection, seen: SeenPlan) -> None:
    twice = await queries.lines_named_already(connection, seen.row["id"])
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
    """Whoever hands down has received it, before and enough, on every day from the plan's date on."""
    campaign, issuer_id = seen.campaign, seen.row["unit_id"]
    own = seen.handover
    holder = issuer_id if issuer_id is not None else campaign.unit_id
    received = await queries.received(connection, campaign.id, holder, by=moment)
    given = await queries.handed_down(connection, campaign.id, holder)
    if issuer_id is None:
        # The top unit may have handed down before anybody said what it received.
        received = [*received, own]
    else:
        if issuer_id != campaign.unit_id and not ceiling.names_anything(received):
            raise ParentPlanNotIssued(unit=seen.row["unit"])
        given = [*given, own]
    for day in ceiling.days_of_change(given, since=own.day):
        if any(total > MAX_COUNT for total in ceiling.totals(ceiling.in_force(given, day)).values()):
            error = FieldError("/lines", "sum_too_large", f"with what was handed down before, it exceeds {MAX_COUNT}")
            raise InvalidInput(count=1, errors=[error])
    if campaign.allow_stretch:
        return
    excess = ceiling.first_excess(
        received,
        given,
        since=own.day,
        indicators={indicator_no for indicator_no, _ in own.amounts},
        unbounded=holder == campaign.unit_id,
    )
    if excess is not None:
        raise _exceeds(seen, *excess)


def _exceeds(seen: SeenPlan, day: date, found: list[Excess]) -> QuotaExceedsReceived:
    indicators = {number: code for code, number in seen.campaign.numbers.indicators.items()}
    cohorts = {number: code for code, number in seen.campaign.numbers.cohorts.items()}
    first = found[0]
    return QuotaExceedsReceived(
        unit=seen.row["unit"] or seen.campaign.unit,
        day=day,
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
