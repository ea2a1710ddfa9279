"""`/v1/campaigns/{code}/plans` and `/v1/plans/{id}`."""

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator, WithJsonSchema

from services.chassis.database import UnitOfWork
from services.chassis.editions import IfMatch, etag
from services.chassis.identity import Caller, needs
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from services.chassis.problems import NotFound, ScopeMissing
from services.chassis.strict_json import StrictRoute
from services.chassis.tabular.routes import FILES, file_route
from services.chassis.writes import Answer, Writing
from services.quota.campaigns.queries import seen_campaign
from services.quota.hierarchy.queries import places
from services.quota.parameters import CodeInPath, TableFormat, file_response, json_response
from services.quota.plans import commands, issuing, queries
from services.quota.plans.files import plan_from_sheet, revision_from_sheet, table_of_plan
from services.quota.plans.queries import SeenPlan
from services.quota.plans.shapes import IssueInput, PlanInput, PlanPage, PlanShown, ReviseInput, WithdrawInput

router = APIRouter(route_class=StrictRoute, tags=["plans"])
drafts = APIRouter(route_class=file_route(plan_from_sheet, scope="quota:write"), tags=["plans"])
revisions = APIRouter(route_class=file_route(revision_from_sheet, scope="quota:write"), tags=["plans"])

Reader = Annotated[Caller, Depends(needs("quota:read"))]
Writer = Annotated[Caller, Depends(needs("quota:write"))]


def _plan_id(value: object) -> uuid.UUID:
    try:
        return uuid.UUID(str(value))
    except ValueError as fault:
        raise NotFound(path="this path") from fault


PlanId = Annotated[uuid.UUID, BeforeValidator(_plan_id), WithJsonSchema({"type": "string", "format": "uuid"})]


def _answer(plan: SeenPlan, status: int = 200) -> Answer:
    headers = {"ETag": etag(plan.row["edition"])}
    if status == 201:
        headers["Location"] = f"/v1/plans/{plan.row['id']}"
    return Answer(plan.public(), status, headers)


@drafts.post(
    "/v1/campaigns/{code}/plans",
    summary="Draft a plan",
    status_code=201,
    response_model=PlanShown,
    openapi_extra=FILES,
)
async def post_plan(body: PlanInput, caller: Writer, write: Writing, code: CodeInPath) -> Response:
    """Lines name units below the issuing unit; without one they name the campaign's top unit.

    In CSV and XLSX the rows `issuing_unit`, `number` and `date` stand above a table of units down and indicators
    across, with the sum line: as a plan is downloaded.
    """

    async def draft(work: UnitOfWork) -> Answer:
        return _answer(await commands.draft_plan(work, caller, code, body), 201)

    return await write(caller, draft)


@router.get("/v1/campaigns/{code}/plans", summary="Plans of a campaign", response_model=PlanPage)
async def list_plans(
    request: Request, caller: Reader, code: CodeInPath, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """In the order in which they were drafted, without lines; only plans that the token sees."""
    after = decode_cursor(cursor, tuple[uuid.UUID])[0] if cursor else None
    async with request.app.state.chassis.database.reading() as connection:
        campaign, sight = await seen_campaign(connection, caller, code)
        seen = await queries.seen_plans(connection, campaign, sight, after=after, limit=limit + 1)
    page = seen[:limit]
    more = len(seen) > limit
    return json_response({"items": page, "next_cursor": encode_cursor((page[-1]["id"],)) if more else None})


@router.get("/v1/plans/{id}", summary="One plan", response_model=PlanShown)
async def get_plan(
    request: Request,
    caller: Reader,
    id: PlanId,  # noqa: A002
    format: TableFormat = "json",  # noqa: A002
) -> Response:
    """The plan with the lines that the token sees, and its `ETag`."""
    async with request.app.state.chassis.database.reading() as connection:
        plan = await queries.seen_plan(connection, caller, id)
        if format != "json":
            codes = {line.unit for line in plan.lines}
            found = await places(connection, codes, day=plan.campaign.hierarchy_day)
    if format != "json":
        table, head = table_of_plan(plan, {code: place.name for code, place in found.items()})
        return await file_response(
            table,
            format,
            name=f"plan-{str(id)[-12:]}",
            widths=(14, 36, *([14] * 200)),
            frozen_rows=head,
            headers={"ETag": etag(plan.row["edition"])},
        )
    return json_response(plan.public(), headers={"ETag": etag(plan.row["edition"])})


@drafts.put("/v1/plans/{id}", summary="Edit a draft", response_model=PlanShown, openapi_extra=FILES)
async def put_plan(
    body: PlanInput,
    caller: Writer,
    write: Writing,
    id: PlanId,  # noqa: A002
    if_match: IfMatch = None,
) -> Response:
    """Replaces the whole draft."""

    async def edit(work: UnitOfWork) -> Answer:
        return _answer(await commands.edit_plan(work, caller, id, body, if_match=if_match))

    return await write(caller, edit)


@router.delete("/v1/plans/{id}", summary="Discard a draft", status_code=204)
async def delete_plan(
    caller: Writer,
    write: Writing,
    id: PlanId,  # noqa: A002
    if_match: IfMatch = None,
) -> Response:
    """Only a draft can be discarded; what is issued is withdrawn."""

    async def discard(work: UnitOfWork) -> Answer:
        await commands.discard_plan(work, caller, id, if_match=if_match)
        return Answer(b"", 204)

    return await write(caller, discard)


@router.post("/v1/plans/{id}/issue", summary="Issue a plan", response_model=PlanShown)
async def issue_plan(
    caller: Writer,
    write: Writing,
    id: PlanId,  # noqa: A002
    body: IssueInput | None = None,
    dry_run: Annotated[bool, Query(description="Changes nothing and refuses what would be refused.")] = False,
) -> Response:
    """From now on it is known, and from its document's date in force; a revision supersedes those before it."""
    issued_at = _past_moment(body.issued_at if body else None, caller)

    async def issue(work: UnitOfWork) -> Answer:
        return _answer(await issuing.issue_plan(work, caller, id, issued_at=issued_at, dry_run=dry_run))

    return await write(caller, issue)


@revisions.post(
    "/v1/plans/{id}/revise",
    summary="Draft a revision",
    status_code=201,
    response_model=PlanShown,
    openapi_extra=FILES,
)
async def revise_plan(
    caller: Writer,
    write: Writing,
    id: PlanId,  # noqa: A002
    body: ReviseInput | None = None,
) -> Response:
    """The draft replaces the whole plan once it is issued, from its own document's date.

    As CSV or XLSX it is laid out like a plan: its lines replace those of the plan, and `number` and `date` name the
    document that orders the revision.
    """

    async def revise(work: UnitOfWork) -> Answer:
        return _answer(await commands.revise_plan(work, caller, id, body or ReviseInput()), 201)

    return await write(caller, revise)


@router.post("/v1/plans/{id}/withdraw", summary="Withdraw a plan", status_code=201, response_model=PlanShown)
async def withdraw_plan(
    body: WithdrawInput,
    caller: Writer,
    write: Writing,
    id: PlanId,  # noqa: A002
) -> Response:
    """Answers the revision without lines that replaces the plan from the document's date."""
    _past_moment(body.issued_at, caller)

    async def withdraw(work: UnitOfWork) -> Answer:
        return _answer(await issuing.withdraw_plan(work, caller, id, body), 201)

    return await write(caller, withdraw)


def _past_moment(moment: datetime | None, caller: Caller) -> datetime | None:
    if moment is not None and not caller.may("admin"):
        raise ScopeMissing(scope="admin")
    return moment
