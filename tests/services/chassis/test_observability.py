import logging
import re

import pytest

from tests.support.stack import Stack


async def metrics(things: Stack) -> str:
    return (await things.call("things", "GET", "/metrics")).text


def value(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (.+)$", text, re.MULTILINE)
    assert found, f"{name} is not shown"
    return float(found.group(1))


async def test_refusals_are_counted_by_their_code(things: Stack) -> None:
    name = 'bonphu_problems_total{code="scope_missing"}'
    await things.call("things", "GET", "/v1/things", token=things.token("quota:write"))
    before = value(await metrics(things), name)
    await things.call("things", "GET", "/v1/things", token=things.token("quota:write"))
    assert value(await metrics(things), name) == before + 1


async def test_what_waits_is_shown(things: Stack) -> None:
    async with things.connection("quota") as connection:
        await connection.execute(
            "INSERT INTO waiting_event (origin, write_id, part, kind, payload, needs, since) VALUES"
            " ('progress', gen_random_uuid(), 0, 'seen', '', 'unit:1', now()),"
            " ('progress', gen_random_uuid(), 0, 'seen', '', 'unit:2', now()),"
            " ('progress', gen_random_uuid(), 0, 'seen', '', 'fault', now())"
        )
    shown = await metrics(things)
    assert value(shown, 'bonphu_events_held{reason="unknown_thing",service="quota"}') == 2
    assert value(shown, 'bonphu_events_held{reason="fault",service="quota"}') == 1
    assert value(shown, 'bonphu_pool_size{service="quota"}') == 8


async def test_the_backlog_and_its_age_grow_while_nothing_can_be_published(things: Stack) -> None:
    await things.apps["things"].state.chassis.bus.close()
    answer = await things.call("things", "POST", "/v1/things", token=things.token("quota:write"), json={"name": "a"})
    assert answer.status_code == 201
    async with things.connection("quota") as connection:
        await connection.execute("UPDATE outbox SET recorded_at = now() - interval '1 minute'")
    shown = await metrics(things)
    assert value(shown, 'bonphu_outbox_backlog{service="quota"}') == 1
    assert 60 <= value(shown, 'bonphu_outbox_oldest_seconds{service="quota"}') < 600


async def test_no_secret_is_logged(things: Stack, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token, key = things.token("quota:write quota:read"), "an-idempotency-key"
    for path in ("/v1/broken", "/v1/nothing"):
        await things.call("things", "GET", path, token=token)
    await things.call("things", "GET", "/v1/things", token=token + "x")
    body = {"name": "a private word", "size": 5_000}
    await things.call("things", "POST", "/v1/things", token=token, json=body, headers={"Idempotency-Key": key})
    async with things.connection("quota") as connection:
        await connection.execute("ALTER TABLE thing RENAME TO gone")
    await things.call("things", "POST", "/v1/things", token=token, json={"name": "a private word"})
    logged = caplog.text
    assert "secret detail" in logged, "the bug was logged, for us"
    password = things.databases["quota"].split(":")[2].split("@")[0]
    for secret in (token, token.rsplit(".", 1)[1], key, "a private word", password):
        assert secret not in logged
