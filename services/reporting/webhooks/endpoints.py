"""`/v1/webhooks`."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from services.chassis.app import Chassis
from services.chassis.database import UnitOfWork
from services.chassis.editions import IfMatch, etag
from services.chassis.identity import Caller
from services.chassis.pagination import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from services.chassis.strict_json import StrictRoute
from services.chassis.writes import Answer, Writing
from services.reporting.reading import answer, caller_with, described
from services.reporting.webhooks import commands, queries
from services.reporting.webhooks.shapes import (
    Delivery,
    DeliveryPage,
    State,
    WebhookInput,
    WebhookList,
    WebhookShown,
    delivery,
    shown,
)

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=StrictRoute)

Publisher = Annotated[Caller, Depends(caller_with("reporting:publish"))]
"""Figures leave the system through a webhook: whoever makes one publishes."""


@router.put(
    "",
    summary="Make or change a webhook",
    responses=described(WebhookShown) | {201: described(WebhookShown)[200]},
)
async def put_webhook(
    request: Request, caller: Publisher, write: Writing, body: WebhookInput, if_match: IfMatch = None
) -> Response:
    """Signed as Standard Webhooks says; the secret is shown once. A change of one that is there needs `If-Match`."""
    private_allowed = request.app.state.settings.webhook_private_networks

    async def put(work: UnitOfWork) -> Answer:
        hook, secret = await commands.put_webhook(
            work, caller, body, if_match=if_match, private_allowed=private_allowed
        )
        tag = etag(hook.revision)
        return Answer(shown(hook, tag, secret=secret), 201 if hook.revision == 1 else 200, {"ETag": tag})

    return await write(caller, put)


@router.get("", summary="Webhooks", responses=described(WebhookList))
async def list_webhooks(request: Request, caller: Publisher) -> Response:
    """The token's own that tell of its own units; an administrator of everything sees all."""
    chassis: Chassis = request.app.state.chassis
    owner = None if caller.may("admin") and caller.sees_everything else caller.subject
    async with chassis.database.reading() as connection:
        hooks = await queries.fetch_hooks(connection, owner)
    return answer(WebhookList([shown(one, etag(one.revision)) for one in hooks if commands.is_seen_by(one, caller)]))


@router.delete("/{code}", summary="Remove a webhook", status_code=204)
async def delete_webhook(caller: Publisher, write: Writing, code: str, if_match: IfMatch = None) -> Response:
    """What was not delivered yet is not delivered any more."""

    async def remove(work: UnitOfWork) -> Answer:
        await commands.remove_webhook(work, caller, code, if_match=if_match)
        return Answer(b"", 204)

    return await write(caller, remove)


@router.get("/{code}/deliveries", summary="What was sent, and what became of it", responses=described(DeliveryPage))
async def list_deliveries(
    request: Request,
    caller: Publisher,
    code: str,
    state: Annotated[State | None, Query(description="Only those; `dead`: given up.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Newest first; those that were settled 30 days ago are gone."""
    chassis: Chassis = request.app.state.chassis
    before = decode_cursor(cursor, tuple[uuid.UUID])[0] if cursor else None
    async with chassis.database.unit_of_work(actor=caller.subject) as work:
        hook = await commands.seen_hook(work, caller, code)
        found = await queries.fetch_deliveries(work.connection, hook.id, state=state, before=before, limit=limit + 1)
    items = [delivery(one) for one in found[:limit]]
    return answer(DeliveryPage(items, encode_cursor([items[-1].id]) if len(found) > limit else None))


@router.post("/{code}/deliveries/{id}/resend", summary="Send a delivery again", responses=described(Delivery))
async def resend_delivery(caller: Publisher, write: Writing, code: str, id: str) -> Response:  # noqa: A002
    """The same id and body as before, all attempts before it once more."""

    async def again(work: UnitOfWork) -> Answer:
        return Answer(delivery(await commands.send_again(work, caller, code, id)))

    return await write(caller, again)
