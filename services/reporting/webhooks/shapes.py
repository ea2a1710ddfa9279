"""Webhooks as the public API takes and shows them."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from pydantic import Field, StrictBool

from services.contracts.fields import Code, Input
from services.reporting.webhooks.queries import DeliveryRow, Hook
from services.reporting.webhooks.rules import Event

State = Literal["pending", "delivered", "dead"]


class WebhookInput(Input):
    """Where what is told. It tells of the units of the token that put it last, and of nothing else."""

    code: Code
    url: Annotated[str, Field(min_length=1, max_length=2_000, description="An https address of the open internet.")]
    events: Annotated[list[Event], Field(min_length=1, max_length=10)]
    campaigns: Annotated[
        list[Code] | None,
        Field(min_length=1, max_length=100, description="Only these; all that are seen unless given."),
    ] = None
    active: Annotated[StrictBool, Field(description="While it is not, deliveries wait.")] = True
    rotate_secret: Annotated[StrictBool, Field(description="Sign with a new secret, which the answer shows.")] = False


class WebhookShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """`secret` is shown where it is new, and never again. `etag`: what `If-Match` takes to change it."""

    code: str
    owner: str
    url: str
    events: list[Event]
    campaigns: list[str] | None
    units: list[str]
    active: bool
    created_at: datetime
    etag: str
    secret: str | None = None


class WebhookList(msgspec.Struct, frozen=True):
    """By code."""

    items: list[WebhookShown]
    next_cursor: None = None


class Delivery(msgspec.Struct, frozen=True):
    """`id`: the receiver's `webhook-id`. `dead`: it failed too often; `due_at`: when it is sent next."""

    id: uuid.UUID
    event: Event
    state: State
    attempts: int
    due_at: datetime | None
    status: int | None
    fault: str | None
    created_at: datetime
    settled_at: datetime | None


class DeliveryPage(msgspec.Struct, frozen=True):
    """Newest first."""

    items: list[Delivery]
    next_cursor: str | None


def shown(hook: Hook, etag: str, *, secret: str | None = None) -> WebhookShown:
    """The hook as it is shown."""
    return WebhookShown(
        code=hook.code,
        owner=hook.owner,
        url=hook.url,
        events=[Event(one) for one in hook.events],
        campaigns=hook.campaigns,
        units=hook.units,
        active=hook.active,
        created_at=hook.created_at,
        etag=etag,
        secret=secret,
    )


def delivery(row: DeliveryRow) -> Delivery:
    """The delivery as it is shown."""
    due_at = row.due_at if row.state == "pending" else None
    return msgspec.convert({**row._asdict(), "due_at": due_at}, Delivery, builtin_types=(datetime, uuid.UUID))
