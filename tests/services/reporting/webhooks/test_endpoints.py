"""Who makes, sees and changes webhooks."""

from typing import Any

import asyncpg
import pytest

from tests.services.reporting.webhooks.conftest import Hooks

BODY = {"code": "dash", "url": "https://example.com/hook", "events": ["snapshot_published", "discrepancy"]}


@pytest.fixture
def hooks(reading: Any) -> Hooks:
    return Hooks(reading)


async def test_the_secret_is_shown_once(hooks: Hooks) -> None:
    made = await hooks.call("PUT", json=BODY)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert made.json()["secret"].startswith("whsec_")
    (listed,) = (await hooks.call("GET")).json()["items"]
    assert "secret" not in listed
    assert listed == {name: value for name, value in made.json().items() if name != "secret"}
    assert listed["events"] == ["discrepancy", "snapshot_published"]

    changed = await hooks.call("PUT", json={**BODY, "active": False}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["active"], changed.headers["etag"]) == (200, False, '"2"')
    assert "secret" not in changed.json()
    rotated = await hooks.call("PUT", json={**BODY, "rotate_secret": True}, headers={"If-Match": '"2"'})
    assert rotated.json()["secret"] not in (made.json()["secret"], None)


async def test_a_change_needs_what_was_seen(hooks: Hooks) -> None:
    await hooks.call("PUT", json=BODY)
    assert (await hooks.call("PUT", json=BODY)).status_code == 428
    assert (await hooks.call("PUT", json=BODY, headers={"If-Match": '"7"'})).status_code == 412
    assert (await hooks.call("DELETE", "/dash")).status_code == 428
    assert (await hooks.call("DELETE", "/dash", headers={"If-Match": '"1"'})).status_code == 204
    assert (await hooks.call("GET")).json()["items"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://example.com/"},
        {"url": "https://127.0.0.1/"},
        {"url": "https://localhost/"},
        {"events": []},
        {"events": ["everything"]},
        {"other": 1},
    ],
)
async def test_what_makes_no_webhook_is_refused(hooks: Hooks, wrong: dict[str, Any]) -> None:
    answer = await hooks.call("PUT", json={**BODY, **wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert answer.json()["errors"][0]["pointer"].split("/")[1] == next(iter(wrong))


async def test_others_do_not_see_it(hooks: Hooks) -> None:
    await hooks.call("PUT", json=BODY)
    others: list[dict[str, Any]] = [{"subject": "somebody"}, {"units": ("688",)}]
    for more in others:
        assert (await hooks.call("GET", **more)).json()["items"] == []
        for method, path in (("GET", "/dash/deliveries"), ("DELETE", "/dash")):
            answer = await hooks.call(method, path, headers={"If-Match": "*"}, **more)
            assert (answer.status_code, answer.json()["code"]) == (404, "webhook_not_found")
    assert (await hooks.call("PUT", json=BODY, units=("688",))).json()["code"] == "webhook_code_taken"
    seen = await hooks.call("GET", subject="root", scopes="reporting:publish admin")
    assert [one["code"] for one in seen.json()["items"]] == ["dash"]
    assert (await hooks.call("GET", scopes="reporting:read")).status_code == 403


async def test_who_reads_figures_never_sees_secrets(reading: Any, hooks: Hooks) -> None:
    await hooks.call("PUT", json=BODY)
    async with reading.connection("reporting") as connection:
        for table in ("webhook", "webhook_delivery", "webhook_evaluation"):
            async with connection.transaction():
                await connection.execute("SET LOCAL ROLE bonphu_reporting_reader")
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with connection.transaction():
                        await connection.fetch(f"SELECT * FROM {table}")
    audit = await reading.call("reporting", "GET", "/v1/audit", token=reading.token("admin"))
    (entry,) = audit.json()["items"]
    assert entry["subject"] == "webhook"
    assert "secret" not in entry["after"]
