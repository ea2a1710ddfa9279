"""`/graphql`, by the GraphQL-over-HTTP specification."""

import asyncio

import orjson
import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response
from graphql import OperationType

from gateway.execution.asking import Asking
from gateway.execution.operations import GraphAnswer, Operations
from gateway.pages import Pages
from gateway.requests import GRAPHQL_RESPONSE, HTML, answer_form, read_request
from gateway.settings import GatewaySettings
from gateway.trusted import TrustedDocuments
from services.chassis.consistency_tokens import HEADER as CONSISTENCY
from services.chassis.consistency_tokens import decode_tokens
from services.chassis.identity import Verifier, bearer_token
from services.chassis.limits import RateLimiter, TooManyRequests
from services.chassis.problems import MethodNotAllowed, Refusal, ScopeMissing
from services.chassis.service_client import ServiceClient

SCOPE = "reporting:read"
log = structlog.get_logger("graph")


class DeadlineExceeded(Refusal):
    """The answer was not ready after {seconds:g} s."""

    status = 504
    code = "deadline_exceeded"
    title = "The answer took too long"
    remedy = "Ask for less at once: smaller pages, fewer indicators, fewer units."


class PointsSpent(TooManyRequests):
    """This token may spend {limit} points of cost a minute here; enough are free in {seconds} s."""

    code = "points_spent"
    title = "Too much was asked in a minute"
    remedy = "Wait as long as `Retry-After` says; ask for smaller pages, and for what has changed only."


def graph_routes(
    *,
    verifier: Verifier,
    limiter: RateLimiter,
    points: RateLimiter,
    reporting: ServiceClient,
    operations: Operations,
    trusted: TrustedDocuments,
    pages: Pages,
    limits: GatewaySettings,
) -> APIRouter:
    """The endpoint. Everything but the page for people needs a token, introspection too."""
    router = APIRouter(tags=["graph"])

    async def answer(request: Request) -> Response:
        form = answer_form(request.headers.get("accept"), html=request.method == "GET" and limits.graph_ide)
        if form == HTML:
            return pages.graphiql()
        caller = await verifier.verify(bearer_token(request.headers.get("authorization")))
        request.state.allowance = limiter.spend(caller.subject)
        if not caller.may(SCOPE):
            raise ScopeMissing(scope=SCOPE)
        consistency = request.headers.get(CONSISTENCY)
        decode_tokens(consistency or "")  # a broken one is refused even where nothing of reporting is asked
        asked = await read_request(request, max_bytes=limits.graph_max_body_bytes, trusted=trusted)
        trusted.check(caller.subject, by_hash=asked.by_hash)
        prepared = operations.prepare(asked)
        if isinstance(prepared, GraphAnswer):
            return _response(prepared, form)
        if request.method == "GET" and prepared.type is not OperationType.QUERY:
            raise MethodNotAllowed(path=request.url.path, method="GET", headers={"Allow": "POST"})
        left = points.spend(caller.subject, prepared.cost)
        asking = Asking(reporting, token=caller.token, consistency=consistency)
        try:
            async with asyncio.timeout(limits.graph_deadline_seconds):
                found = await operations.carry_out(prepared, asking)
        except TimeoutError as fault:
            raise DeadlineExceeded(seconds=limits.graph_deadline_seconds) from fault
        log.debug("answered", operation=asked.operation_name, internal_calls=asking.reporting.calls)
        found.document.setdefault("extensions", {})["cost"] = {
            "points": prepared.cost,
            "limit": limits.graph_max_cost,
            "left": left.remaining,
            "resetSeconds": left.reset_seconds,
        }
        return _response(found, form)

    @router.get("/graphql", summary="A query in the query string; for browsers, the page on which to try queries")
    async def get_graphql(request: Request) -> Response:
        return await answer(request)

    @router.post("/graphql", summary="A GraphQL query")
    async def post_graphql(request: Request) -> Response:
        return await answer(request)

    return router


def _response(answer: GraphAnswer, form: str) -> Response:
    """400 only in the form that is made for it: what answers plain JSON is 200 once it was a GraphQL request."""
    status = 200 if answer.carried_out or form != GRAPHQL_RESPONSE else 400
    return Response(
        orjson.dumps(answer.document),
        status_code=status,
        headers={
            "Content-Type": f"{form}; charset=utf-8",
            "Cache-Control": "private, no-store",
            "Vary": "Accept, Authorization",
        },
    )
