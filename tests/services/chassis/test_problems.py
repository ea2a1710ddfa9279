import httpx2
import pytest

from tests.support.stack import Stack


async def test_an_error_is_a_problem_document_with_the_callers_request_id(things: Stack) -> None:
    answer = await things.call("things", "GET", "/v1/nothing", headers={"X-Request-ID": "mine-1"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.json() == {
        "type": "urn:bonphu:problem:not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is nothing at /v1/nothing that this token may see.",
        "instance": "/v1/nothing",
        "code": "not_found",
        "request_id": "mine-1",
    }


async def test_a_bug_tells_the_caller_nothing_but_the_request_id(things: Stack) -> None:
    answer = await things.call("things", "GET", "/v1/broken", token=things.token("quota:read"))
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


async def test_each_invalid_field_is_named(things: Stack) -> None:
    answer = await things.call(
        "things",
        "POST",
        "/v1/things",
        token=things.token("quota:write"),
        json={"name": "a", "size": 1.5, "colour": "red"},
    )
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/size", "/colour"]
    assert "red" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"name": "a", "size": NaN}',
        b'{"name": "a", "size": Infinity}',
        b'{"name": "a", "size": 1e400}',
        b'{"name": "\\ud800"}',
        b'{"name": "a\\u0000b"}',
        b'{"name": ["a", {"b": ["\\u0000"]}]}',
        b'{"name": "a", "name": "b"}',
        '{"name": "a"}'.encode("utf-16"),
        b'{"name": "\xff"}',
        b"[" * 50_000 + b"]" * 50_000,
        b'{"name": "a", "size": ' + b"9" * 5_000 + b"}",
        b"null",
        b'{"size": true, "name": "a"}',
    ],
)
async def test_a_hostile_body_is_refused_and_nothing_is_made(things: Stack, body: bytes) -> None:
    answer = await things.call(
        "things",
        "POST",
        "/v1/things",
        token=things.token("quota:write"),
        content=body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    async with things.connection("quota") as connection:
        assert await connection.fetchval("SELECT count(*) FROM thing") == 0


async def test_what_is_wrong_with_a_body_is_said(things: Stack) -> None:
    answer = await things.call(
        "things",
        "POST",
        "/v1/things",
        token=things.token("quota:write"),
        content=b'{"name": "a", "name": "b"}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed_body"
    assert answer.json()["detail"] == "The body could not be read: the key 'name' stands twice in one object."


async def test_health_tells_what_is_missing(things: Stack, client: httpx2.AsyncClient) -> None:
    assert (await client.get("/livez")).json() == {"status": "ok"}
    ready = await client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ok", "dependencies": {"database": "ok", "bus": "ok"}}
    await things.apps["things"].state.chassis.bus.close()
    unready = await client.get("/readyz")
    assert unready.status_code == 503
    assert unready.json()["detail"] == "The process lacks bus."
    assert [error["pointer"] for error in unready.json()["errors"]] == ["/dependencies/bus"]


async def test_metrics_count_requests_by_route(client: httpx2.AsyncClient) -> None:
    await client.get("/livez")
    assert (
        'bonphu_requests_total{method="GET",route="/livez",service="quota",status="200"}'
        in (await client.get("/metrics")).text
    )


async def test_a_method_that_a_path_does_not_take_is_answered_with_all_that_it_does(client: httpx2.AsyncClient) -> None:
    answer = await client.delete("/v1/things")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST"
