"""Webhooks are put, removed, and made to send again: one transaction each."""

import secrets
import uuid

from services.chassis.database import UnitOfWork, uuid7
from services.chassis.editions import check_if_match, etag
from services.chassis.identity import Caller
from services.chassis.problems import FieldError, InvalidInput, Refusal
from services.reporting.webhooks import queries
from services.reporting.webhooks.queries import DeliveryRow, Hook
from services.reporting.webhooks.rules import fault_of_url, new_secret
from services.reporting.webhooks.shapes import WebhookInput

MAX_HOOKS = 50
"""Of one owner."""


class WebhookNotFound(Refusal):
    """There is no webhook {webhook!r} that this token may see."""

    status = 404
    code = "webhook_not_found"
    title = "Webhook not found"
    remedy = "Check the code; a token sees webhooks of its own subject that tell of its own units."


class WebhookCodeTaken(Refusal):
    """Another token of this subject has a webhook {webhook!r} that tells of other units."""

    status = 409
    code = "webhook_code_taken"
    title = "The code is taken"
    remedy = "Use another code, or a token that holds the units of that webhook."


class TooManyWebhooks(Refusal):
    """One subject has at most {most} webhooks."""

    status = 409
    code = "too_many_webhooks"
    title = "Too many webhooks"
    remedy = "Remove one that is no longer needed."


class DeliveryNotFound(Refusal):
    """There is no settled delivery {delivery} of this webhook."""

    status = 404
    code = "delivery_not_found"
    title = "Delivery not found"
    remedy = "Use the id of a delivery that is `delivered` or `dead`; one that is `pending` is sent anyway."


def is_seen_by(hook: Hook, caller: Caller) -> bool:
    """Its owner, with a token that covers its units; an administrator of everything sees all."""
    if caller.sees_everything and (caller.may("admin") or hook.owner == caller.subject):
        return True
    return hook.owner == caller.subject and set(hook.units) <= set(caller.units)


async def seen_hook(work: UnitOfWork, caller: Caller, code: str) -> Hook:
    """The caller's hook of that code. Raises: WebhookNotFound."""
    hook = None if "\x00" in code else await queries.fetch_hook(work.connection, caller.subject, code)
    if hook is None or not is_seen_by(hook, caller):
        raise WebhookNotFound(webhook=code[:64])
    return hook


async def put_webhook(
    work: UnitOfWork, caller: Caller, given: WebhookInput, *, if_match: str | None, private_allowed: bool
) -> tuple[Hook, str | None]:
    """The hook is as given; answers it, and its secret where that is new.

    Raises: InvalidInput, WebhookCodeTaken, TooManyWebhooks, PreconditionRequired, PreconditionFailed.
    """
    fault = fault_of_url(given.url, private_allowed=private_allowed)
    if fault is not None:
        detail = f"The address is refused: {fault}."
        raise InvalidInput(count=1, errors=[FieldError("/url", "webhook_url_refused", detail)])
    await work.hold(f"webhooks:{caller.subject}")
    before = await queries.fetch_hook(work.connection, caller.subject, given.code)
    if before is None:
        if len(await queries.fetch_hooks(work.connection, caller.subject)) >= MAX_HOOKS:
            raise TooManyWebhooks(most=MAX_HOOKS)
    elif not is_seen_by(before, caller):
        raise WebhookCodeTaken(webhook=given.code)
    else:
        check_if_match(if_match, etag(before.revision), thing="A webhook")
    secret = new_secret(secrets.token_bytes(32)) if before is None or given.rotate_secret else None
    hook = Hook(
        id=uuid7() if before is None else before.id,
        owner=caller.subject,
        code=given.code,
        url=given.url,
        events=sorted(set(given.events)),
        campaigns=None if given.campaigns is None else sorted(set(given.campaigns)),
        units=sorted(caller.units),
        secret=secret or (before.secret if before else ""),
        active=given.active,
        revision=1 if before is None else before.revision + 1,
        created_at=work.moment if before is None else before.created_at,
    )
    await queries.put_hook(work.connection, hook)
    return hook, secret


async def remove_webhook(work: UnitOfWork, caller: Caller, code: str, *, if_match: str | None) -> None:
    """The hook and its deliveries are gone. Raises: WebhookNotFound, PreconditionRequired, PreconditionFailed."""
    hook = await seen_hook(work, caller, code)
    check_if_match(if_match, etag(hook.revision), thing="A webhook")
    await queries.remove_hook(work.connection, hook.id)


async def send_again(work: UnitOfWork, caller: Caller, code: str, delivery_id: str) -> DeliveryRow:
    """The delivery is due now. Raises: WebhookNotFound, DeliveryNotFound."""
    hook = await seen_hook(work, caller, code)
    try:
        asked = uuid.UUID(delivery_id)
    except ValueError as fault:
        raise DeliveryNotFound(delivery=delivery_id[:64]) from fault
    found = await queries.send_again(work.connection, hook.id, asked, work.moment)
    if found is None:
        raise DeliveryNotFound(delivery=delivery_id[:64])
    return found
