"""Something has happened: who wants to know, and may, gets a delivery, in the transaction that it happened in."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from services.chassis.database import uuid7
from services.chassis.identity import Caller
from services.contracts.definitions import CampaignDefinition
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.queries import fetch_sights
from services.reporting.webhooks.queries import Hook, NewDelivery, add_deliveries, hooks_told_of
from services.reporting.webhooks.rules import Event

MAX_ITEMS = 500
"""Items of one delivery; more come as several."""


def as_reader(hook: Hook) -> Caller:
    """Who the hook's maker was, without the right to see what is sensitive."""
    return Caller(hook.owner, frozenset({"reporting:read"}), None, tuple(hook.units), "")


async def hooks_in_sight(
    connection: asyncpg.Connection, event: Event, campaign: CampaignDefinition
) -> list[tuple[Hook, CampaignInSight]]:
    """Hooks that want to be told, each with what it may see of the campaign; those that see nothing are left out."""
    found = []
    for hook in await hooks_told_of(connection, event, campaign.code):
        (sight,) = await fetch_sights(connection, [campaign], as_reader(hook))
        if not sight.is_blind:
            found.append((hook, CampaignInSight(campaign, sight)))
    return found


def body_of(event: Event, moment: datetime, data: dict[str, Any]) -> str:
    """What is sent: type, moment and data."""
    return msgspec.json.encode({"type": event, "timestamp": moment, "data": data}).decode()


async def tell(
    connection: asyncpg.Connection,
    event: Event,
    campaign: CampaignDefinition,
    *,
    key: str,
    moment: datetime,
    data_for: Callable[[CampaignInSight], dict[str, Any] | None],
) -> None:
    """Each hook that may see what `data_for` gives it is told once under the key."""
    deliveries = []
    for hook, seen in await hooks_in_sight(connection, event, campaign):
        data = data_for(seen)
        if data is not None:
            deliveries.append((uuid7(), hook.id, str(event), key, body_of(event, moment, data)))
    await add_deliveries(connection, deliveries, moment)


def deliveries_of(
    event: Event,
    hook: Hook,
    campaign: CampaignDefinition,
    *,
    key: str,
    moment: datetime,
    about: dict[str, Any],
    items: Sequence[Any],
) -> list[NewDelivery]:
    """The items for that hook, at most `MAX_ITEMS` at a time; none where there are none."""
    parts = -(-len(items) // MAX_ITEMS)
    made = []
    for part in range(parts):
        some = items[part * MAX_ITEMS : (part + 1) * MAX_ITEMS]
        data = {"campaign": campaign.code, **about, "items": some, "part": part + 1, "parts": parts}
        made.append((uuid7(), hook.id, str(event), f"{event}/{key}/{part}", body_of(event, moment, data)))
    return made
