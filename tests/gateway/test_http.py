"""The endpoint alone: no service behind it answers, and most of this needs none."""

import hashlib
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Starting
from tests.gateway.conftest import Alone, settings_of
from tests.support.clock import MovableClock
from tests.support.stack import Stack

GRAPHQL_RESPONSE = "application/graphql-response+json"
TYPENAME = "{ __typename }"


async def post(stack: Stack, body: Any = None, *, accept: str = GRAPHQL_RESPONSE, **more: Any):
    headers = {"Accept": accept, **more.pop("headers", {})}
    sent: dict[str, Any] = {"json": body} if body is not None else {}
    return await stack.call(
        "gateway", "POST", "/graphql", token=stack.token("reporting:read"), headers=headers, **sent, **more
    )


async def test_a_query_is_answered_in_the_form_asked_for(alone: Stack) -> None:
    answer = await post(alone, {"query": TYPENAME})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert answer.json() == {
        "data": {"__typename": "Query"},
        "extensions": {"cost": {"points": 0, "limit": 500_000, "left": 10_000_000, "resetSeconds": 0}},
    }
    assert answer.headers["x-request-id"]
    plain = await post(alone, {"query": TYPENAME}, accept="*/*")
    assert plain.headers["content-type"] == "application/json; charset=utf-8"


async def test_a_query_may_come_in_the_query_string(alone: Stack) -> None:
    answer = await alone.call(
        "gateway",
        "GET",
        "/graphql",
        token=alone.token("reporting:read"),
        params={"query": "query Q($x: Boolean!) { __typename @include(if: $x) }", "variables": '{"x": false}'},
    )
    assert (answer.status_code, answer.json()["data"]) == (200, {})


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_a_token_nothing_is_answered_not_even_the_schema(alone: Stack, method: str) -> None:
    answer = await alone.call("gateway", method, "/graphql", json={"query": "{ __schema { queryType { name } } }"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "unauthenticated"


async def test_a_token_without_the_scope_or_out_of_date_is_refused(alone: Stack) -> None:
    lacking = await alone.call("gateway", "POST", "/graphql", token=alone.token("quota:read"), json={"query": TYPENAME})
    assert (lacking.status_code, lacking.json()["code"]) == (403, "scope_missing")
    expired = alone.token("reporting:read", ttl=timedelta(hours=-1))
    answer = await alone.call("gateway", "POST", "/graphql", token=expired, json={"query": TYPENAME})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_introspection_passes_the_limits(alone: Stack) -> None:
    from graphql import build_client_schema, get_introspection_query

    answer = await post(alone, {"query": get_introspection_query(descriptions=True)})
    assert answer.status_code == 200
    assert build_client_schema(answer.json()["data"]).query_type is not None


DEEP = b'{"query": "{ __typename }", "variables": {"x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}}"
HUGE = b'{"query": "{ __typename }", "variables": {"x": ' + b"9" * 5_000 + b"}}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'[{"query": "{ __typename }"}]',
        b"3",
        b'"{ __typename }"',
        b"{",
        b"{}",
        b'{"query": null}',
        b'{"query": {"x": 1}}',
        b'{"query": "{ __typename }", "variables": "{}"}',
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "operationName": 1}',
        b'{"query": "{ __typename }", "extensions": 1}',
        b'{"query": "{ __typename }", "doc": 1}',
        b'{"query": "{ __typename }", "query": "{ __typename }"}',
        b'{"query": "{ \xff }"}',
        b'{"query": "\\ud800"}',
        b'{"query": "{ __typename }\\u0000"}',
        b'{"query": "{ __typename }", "variables": {"x": NaN}}',
        b'{"query": "{ __typename }", "variables": {"x": 1e400}}',
        DEEP,
        HUGE,
    ],
    ids=lambda body: body[:60].decode("latin-1"),
)
async def test_what_is_no_graphql_request_is_400_and_never_500(alone: Stack, body: bytes) -> None:
    answer = await post(alone, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] in ("malformed_body", "graphql_request_malformed")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"]
)
async def test_another_media_type_is_415(alone: Stack, kind: str) -> None:
    answer = await post(alone, content=b'{"query": "{ __typename }"}', headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_null_stands_for_absent(alone: Stack) -> None:
    answer = await post(alone, {"query": TYPENAME, "variables": None, "operationName": None, "extensions": None})
    assert answer.json()["data"] == {"__typename": "Query"}


async def test_other_methods_and_forms_are_refused(alone: Stack) -> None:
    put = await alone.call("gateway", "PUT", "/graphql", token=alone.token("reporting:read"), json={})
    assert (put.status_code, put.json()["code"]) == (405, "method_not_allowed")
    png = await post(alone, {"query": TYPENAME}, accept="image/png")
    assert (png.status_code, png.json()["code"]) == (406, "not_acceptable")


async def test_a_body_over_the_limit_is_413(alone: Stack) -> None:
    answer = await post(alone, {"query": TYPENAME, "variables": {"x": "y" * 200_000}})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "syntax_error"),
        ("", "syntax_error"),
        ("{ campain }", "validation_failed"),
        ('{ campaign(code: "x") }', "validation_failed"),
        ("mutation { x }", "validation_failed"),
        ("subscription { x }", "validation_failed"),
        ("{ ...F } fragment F on Query { ...F }", "validation_failed"),
        ("query($x: Int!) { campaigns(first: $x) { totalCount } }", "variables_invalid"),
        ("query A { __typename } query B { __typename }", "operation_unknown"),
        ("{ " + "__typename " * 6000 + "}", "query_too_long"),
        ("{ " + "a " * 6000 + "}", "syntax_error"),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(201)) + " }", "too_many_aliases"),
        ("{ campaign(code: " + "[" * 5000 + "]" * 5000 + ") }", "syntax_error"),
        ("{ campaign(code: " + "9" * 5000 + ") { code } }", "validation_failed"),
        ("{ campaigns(first: " + "9" * 5000 + ") { totalCount } }", "validation_failed"),
    ],
    ids=lambda value: value[:50],
)
async def test_a_query_that_cannot_be_carried_out_is_refused_with_a_code(alone: Stack, query: str, code: str) -> None:
    answer = await post(alone, {"query": query})
    assert answer.status_code == 400, answer.text
    document = answer.json()
    assert "data" not in document
    assert {error["extensions"]["code"] for error in document["errors"]} == {code}
    assert "Did you mean" not in answer.text
    as_json = await post(alone, {"query": query}, accept="application/json")
    assert (as_json.status_code, as_json.json()) == (200, document)


async def test_get_changes_nothing_by_definition(alone: Stack) -> None:
    answer = await alone.call(
        "gateway", "GET", "/graphql", token=alone.token("reporting:read"), params={"query": "mutation { __typename }"}
    )
    assert 400 <= answer.status_code < 500 or "data" not in answer.json()


async def test_when_reporting_is_down_the_field_says_so_and_the_rest_stands(start: Starting) -> None:
    async with start("gateway") as stack:
        answer = await post(stack, {"query": '{ __typename campaign(code: "x") { code } }'})
    assert answer.status_code == 200
    document = answer.json()
    assert document["data"] == {"__typename": "Query", "campaign": None}
    assert [(error["path"], error["extensions"]["code"]) for error in document["errors"]] == [
        (["campaign"], "dependency_unavailable")
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ campaigns(first: -1) { totalCount } }", "page_size_out_of_range"),
        ("{ campaigns(first: 1001) { totalCount } }", "page_size_out_of_range"),
        ('{ campaigns(after: "???") { totalCount } }', "id_malformed"),
        ('{ node(id: "???") { id } }', "id_malformed"),
        ('{ campaign(code: "\\u0000") { code } }', "nul_in_text"),
    ],
)
async def test_an_argument_out_of_bounds_is_an_error_of_its_field(alone: Stack, query: str, code: str) -> None:
    document = (await post(alone, {"query": query})).json()
    assert [error["extensions"]["code"] for error in document["errors"]] == [code]


async def test_a_broken_consistency_token_is_400(alone: Stack) -> None:
    answer = await post(alone, {"query": TYPENAME}, headers={"Consistency-Token": "what"})
    assert (answer.status_code, answer.json()["code"]) == (400, "consistency_token_malformed")


async def test_the_process_says_how_it_is(start: Starting) -> None:
    async with start("gateway") as stack:
        assert (await stack.call("gateway", "GET", "/livez")).json() == {"status": "ok"}
        ready = await stack.call("gateway", "GET", "/readyz")
        assert (ready.status_code, ready.json()["errors"][0]["pointer"]) == (503, "/dependencies/reporting")
        assert "bonphu_requests_total" in (await stack.call("gateway", "GET", "/metrics")).text


async def test_a_caller_has_so_many_requests_a_minute(alone: Stack) -> None:
    first = await post(alone, {"query": TYPENAME})
    assert first.headers["ratelimit-policy"] == '"caller";q=100;w=60'
    answer = first
    for _ in range(1_000):  # the bucket fills meanwhile
        answer = await post(alone, {"query": TYPENAME})
        if answer.status_code != 200:
            break
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert answer.headers["retry-after"]


async def test_for_browsers_there_is_a_page_at_the_same_address(alone: Stack) -> None:
    page = await alone.call("gateway", "GET", "/graphql", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_a_query_that_costs_too_much_is_refused_before_it_is_begun(alone: Stack) -> None:
    pages = """{ campaign(code: "x") { units(first: 1000) { edges { node {
        children(first: 1000) { edges { cursor } } } } } } }"""
    answer = await post(alone, {"query": pages})
    assert answer.status_code == 400
    assert "data" not in answer.json()
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "query_too_costly"
    assert "1002002 things; 500000 are" in error["message"]


async def test_points_are_counted_by_the_minute(issuer_files: Path, clock: MovableClock) -> None:
    stack = Alone(issuer_files, clock, settings_of(issuer_files, graph_points_per_minute=1_000))
    page = '{ campaign(code: "x") { units(first: 800) { edges { cursor } } } }'
    try:
        first = await post(stack, {"query": page})
        assert first.json()["extensions"]["cost"] == {"points": 802, "limit": 500_000, "left": 198, "resetSeconds": 49}
        answer = await post(stack, {"query": page})
    finally:
        await stack.close()
    assert (answer.status_code, answer.json()["code"]) == (429, "points_spent")
    assert int(answer.headers["retry-after"]) > 30


async def test_a_deadline_ends_what_takes_too_long(start: Starting) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        async with start("gateway", BONPHU_REPORTING_URL=url, BONPHU_GRAPH_DEADLINE_SECONDS="0.2") as stack:
            answer = await post(stack, {"query": '{ campaign(code: "x") { code } }'})
    assert (answer.status_code, answer.json()["code"]) == (504, "deadline_exceeded")


async def test_trusted_documents_are_asked_for_by_hash(issuer_files: Path, clock: MovableClock, tmp_path: Path) -> None:
    (tmp_path / "who.graphql").write_text(TYPENAME)
    name = hashlib.sha256(TYPENAME.encode()).hexdigest()
    settings = settings_of(issuer_files, graph_trusted_documents=tmp_path, graph_trusted_only="wall, screen")
    stack = Alone(issuer_files, clock, settings)
    wall = stack.token("reporting:read", subject="wall")
    try:
        by_post = await post(stack, {"documentId": f"sha256:{name}"})
        by_get = await stack.call("gateway", "GET", "/graphql", token=wall, params={"documentId": f"sha256:{name}"})
        apollo = await post(stack, {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": name}}})
        assert [one.json()["data"] for one in (by_post, by_get, apollo)] == [{"__typename": "Query"}] * 3
        unknown = await post(stack, {"documentId": "sha256:" + "0" * 64})
        assert (unknown.status_code, unknown.json()["code"]) == (400, "document_unknown")
        both = await post(stack, {"documentId": f"sha256:{name}", "query": TYPENAME})
        assert (both.status_code, both.json()["code"]) == (400, "graphql_request_malformed")
        own = await stack.call("gateway", "POST", "/graphql", token=wall, json={"query": TYPENAME})
        assert (own.status_code, own.json()["code"]) == (403, "document_not_trusted")
        assert (await post(stack, {"query": TYPENAME})).status_code == 200
    finally:
        await stack.close()


async def test_introspection_and_the_page_may_be_switched_off(issuer_files: Path, clock: MovableClock) -> None:
    stack = Alone(issuer_files, clock, settings_of(issuer_files, graph_introspection=False, graph_ide=False))
    try:
        asked = await post(stack, {"query": "{ __schema { queryType { name } } }"})
        assert {error["extensions"]["code"] for error in asked.json()["errors"]} == {"validation_failed"}
        assert (await post(stack, {"query": TYPENAME})).status_code == 200
        page = await stack.call("gateway", "GET", "/graphql", headers={"Accept": "text/html"})
        assert (page.status_code, page.json()["code"]) == (406, "not_acceptable")
    finally:
        await stack.close()
