"""The whole service: events over the bus, figures over HTTP."""

import msgspec

from services.chassis.bus import open_bus
from services.chassis.consistency import Recorded, encode_token
from services.chassis.database import uuid7
from services.contracts.words import Level
from tests.conftest import Starting
from tests.services.reporting.projector.feed import (
    campaign,
    event_of,
    indicator,
    plan,
    report,
    row,
    source,
    unit,
    units,
)
from tests.support.servers import Servers


async def test_events_in_any_order_are_visible_to_who_sends_their_token(start: Starting, servers: Servers) -> None:
    messages = [
        report(1, 1, row(2, 0, 30), row(3, 0, 5)),
        plan((2, 100), (3, 20)),
        source(1),
        campaign(indicator(1, [["s1"]])),
        units(unit(2, Level.DISTRICT, 1), unit(3, Level.DISTRICT, 1)),
        units(unit(1, Level.PROVINCE)),
    ]
    events = [event_of(uuid7(), message) for message in messages]
    async with start("reporting") as stack:
        bus = await open_bus(servers.nats_url, prefix=stack.prefix, name="test")
        try:
            for event in events:
                await bus.publish(event.origin, event.kind, f"{event.write_id}/0", event.payload)
        finally:
            await bus.close()
        answer = await stack.call(
            "reporting",
            "GET",
            "/v1/campaigns/c1/figures?unit=u1&depth=1",
            token=stack.token("reporting:read"),
            after=encode_token(Recorded(event.origin, event.write_id, 1) for event in events),
        )
        assert answer.status_code == 200, answer.text
        found = {one["unit"]: (one["quota"], one["achieved"]) for one in msgspec.json.decode(answer.content)["items"]}
        assert found == {"u1": (120, 35), "u2": (100, 30), "u3": (20, 5)}
        described = await stack.call("reporting", "GET", "/openapi.json")
        assert "/v1/campaigns/{code}/figures" in described.json()["paths"]
