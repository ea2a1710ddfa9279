"""`/v1/campaigns`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.chassis.database import UnitOfWork
from services.chassis.editions import IfMatch, etag
from services.chassis.identity import Caller, needs
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from services.chassis.strict_json import StrictRoute
from services.chassis.writes import Answer, Writing
from services.contracts.definitions import Document
from services.quota.campaigns import commands, queries
from services.quota.campaigns.rules import public
from services.quota.campaigns.shapes import CampaignInput, CampaignPage, CampaignPatch, CampaignShown, ClosingInput
from services.quota.parameters import CodeInPath, json_response

router = APIRouter(route_class=StrictRoute, tags=["campaigns"])

Reader = Annotated[Caller, Depends(needs("quota:read"))]
Admin = Annotated[Caller, Depends(needs("admin"))]
Writer = Annotated[Caller, Depends(needs("quota:write"))]


@router.post("/v1/campaigns", summary="Create a campaign", status_code=201, response_model=CampaignShown)
async def post_campaign(body: CampaignInput, caller: Writer, write: Writing) -> Response:
    """Answers the campaign, complete, with its `ETag`."""

    async def create(work: UnitOfWork) -> Answer:
        campaign = await commands.create_campaign(work, caller, body)
        headers = {"ETag": etag(campaign.revision), "Location": f"/v1/campaigns/{campaign.code}"}
        return Answer(public(campaign), 201, headers)

    return await write(caller, create)


@router.get("/v1/campaigns", summary="Campaigns by code", response_model=CampaignPage)
async def list_campaigns(
    request: Request, caller: Reader, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """Only campaigns that the token sees."""
    after = decode_cursor(cursor, tuple[str])[0] if cursor else ""
    async with request.app.state.chassis.database.reading() as connection:
        seen = await queries.seen_campaigns(connection, caller, after=after, limit=limit + 1)
    page = seen[:limit]
    return json_response(
        {
            "items": [public(campaign) for campaign in page],
            "next_cursor": encode_cursor((page[-1].code,)) if len(seen) > limit else None,
        }
    )


@router.get("/v1/campaigns/{code}", summary="One campaign", response_model=CampaignShown)
async def get_campaign(request: Request, caller: Reader, code: CodeInPath) -> Response:
    """The campaign, complete, with its `ETag`."""
    async with request.app.state.chassis.database.reading() as connection:
        campaign, _ = await queries.seen_campaign(connection, caller, code)
    return json_response(public(campaign), headers={"ETag": etag(campaign.revision)})


@router.patch("/v1/campaigns/{code}", summary="Change a campaign", response_model=CampaignShown)
async def patch_campaign(
    body: CampaignPatch, caller: Writer, write: Writing, code: CodeInPath, if_match: IfMatch = None
) -> Response:
    """A field that is given replaces the whole field; what plans or reports stand on may no longer change."""
    changes = body.model_dump(exclude_unset=True)

    async def change(work: UnitOfWork) -> Answer:
        campaign = await commands.change_campaign(work, caller, code, changes, if_match=if_match)
        return Answer(public(campaign), headers={"ETag": etag(campaign.revision)})

    return await write(caller, change)


@router.post("/v1/campaigns/{code}/close", summary="Close a campaign", response_model=CampaignShown)
async def close_campaign(body: ClosingInput, caller: Writer, write: Writing, code: CodeInPath) -> Response:
    """By a decision. From now on definition and plans stay as they are; only its publication may change."""

    async def close(work: UnitOfWork) -> Answer:
        document = Document(body.decision.number, body.decision.date)
        campaign = await commands.close_campaign(work, caller, code, document)
        return Answer(public(campaign), headers={"ETag": etag(campaign.revision)})

    return await write(caller, close)


@router.post("/v1/campaigns/{code}/reopen", summary="Open a closed campaign again", response_model=CampaignShown)
async def reopen_campaign(caller: Admin, write: Writing, code: CodeInPath) -> Response:
    """With scope `admin`; the audit keeps who did so, and the document that had closed it."""

    async def reopen(work: UnitOfWork) -> Answer:
        campaign = await commands.reopen_campaign(work, caller, code)
        return Answer(public(campaign), headers={"ETag": etag(campaign.revision)})

    return await write(caller, reopen)
