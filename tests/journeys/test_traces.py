"""One trace from a write, over the bus, to whoever applied it; one from a query to the service behind."""

import uuid
from pathlib import Path

import pytest

from services.chassis.local_issuer import LocalIssuer
from tests.support.clock import MovableClock
from tests.support.collector import Span, collector
from tests.support.servers import Servers
from tests.support.stack import running_stack

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
UNITS = {"units": [{"code": "N", "level": "country", "kind": "nuoc", "parent_code": None, "name": "Việt Nam"}]}


async def test_a_trace_goes_through_services_and_bus(
    servers: Servers,
    databases: dict[str, str],
    issuer_files: Path,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    async with collector() as collected:
        async with running_stack(
            ("quota", "progress", "reporting", "gateway"),
            databases=databases,
            nats_url=servers.nats_url,
            prefix=f"t{uuid.uuid4().hex[:12]}",
            issuer=LocalIssuer.from_file(issuer_files / "key.json"),
            jwks_file=issuer_files / "jwks.json",
            key_file=issuer_files / "key.json",
            clock=clock,
            extra={"BONPHU_OTLP_URL": collected.url},
        ) as stack:
            headers = {"traceparent": f"00-{TRACE}-{CALLER}-01", "X-Request-ID": "asked-by-a-test"}
            token = stack.token("quota:write progress:read reporting:read")
            made = await stack.call("quota", "PUT", "/v1/units", token=token, headers=headers, json=UNITS)
            assert made.status_code == 200, made.text
            # Whoever answers after the write's token has applied its event.
            after = made.headers["consistency-token"]
            assert (await stack.call("progress", "GET", "/v1/sources", token=token, after=after)).status_code == 200
            query = {"query": "{ units { totalCount } }"}
            asked = await stack.call("gateway", "POST", "/graphql", token=token, after=after, json=query)
            assert asked.json()["data"]["units"]["totalCount"] == 1
            await stack.call("quota", "GET", "/readyz")
        # Whatever was recorded has been sent by the time the services have stopped.
        spans = collected.of(TRACE)
        (write,) = [one for one in spans if one.service == "bonphu-quota"]
        assert (write.name, write.parent) == ("PUT /v1/units", CALLER)
        assert write.attributes["bonphu.request_id"] == "asked-by-a-test"
        applied = [one for one in spans if one.name == "apply quota"]
        assert {one.service for one in applied} == {"bonphu-progress", "bonphu-reporting"}
        assert {one.parent for one in applied} == {write.id}

        (query_span,) = [one for one in collected.spans if one.name == "POST /graphql"]
        (call,) = [one for one in collected.of(query_span.trace) if one.name == "POST reporting"]
        (answer,) = [one for one in collected.of(query_span.trace) if one.service == "bonphu-reporting"]
        assert (call.parent, answer.parent) == (query_span.id, call.id)
        assert not [one for one in collected.spans if "readyz" in one.name]
        assert not [one for one in collected.spans if _tells(one, token)], "no token, no body"


def _tells(span: Span, secret: str) -> bool:
    return any(secret in value or "Việt Nam" in value for value in span.attributes.values())
