"""`/graphql`, by the GraphQL-over-HTTP specification; subscriptions as server-sent events and by WebSocket."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from graphql import OperationType
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from gateway.endpoint import Endpoint
from gateway.execution.operations import GraphAnswer, Prepared
from gateway.live.events import EVENT_HEADERS, as_events
from gateway.live.websocket import Connection
from gateway.pages import Pages
from gateway.requests import (
    EVENTS,
    GRAPHQL_RESPONSE,
    HTML,
    SubscriptionNeedsStream,
    answer_form,
    read_request,
    takes_events,
)
from services.chassis.consistency_tokens import HEADER as CONSISTENCY
from services.chassis.consistency_tokens import decode_tokens
from services.chassis.identity import Caller
from services.chassis.problems import MethodNotAllowed


def graph_routes(endpoint: Endpoint, pages: Pages, *, max_body_bytes: int, ide: bool) -> APIRouter:
    """The endpoint. Everything but the page for people needs a token, introspection too."""
    router = APIRouter(tags=["graph"])

    async def answer(request: Request) -> Response:
        accept = request.headers.get("accept")
        form = answer_form(accept, html=request.method == "GET" and ide)
        if form == HTML:
            return pages.graphiql()
        caller, request.state.allowance = await endpoint.authenticate(request.headers.get("authorization"))
        consistency = request.headers.get(CONSISTENCY)
        decode_tokens(consistency or "")  # a broken one is refused even where nothing of reporting is asked
        asked = await read_request(request, max_bytes=max_body_bytes, trusted=endpoint.trusted)
        prepared = endpoint.prepare(asked, caller)
        if isinstance(prepared, GraphAnswer):
            return _response(prepared, form)
        if request.method == "GET" and prepared.type is OperationType.MUTATION:
            raise MethodNotAllowed(path=request.url.path, method="GET", headers={"Allow": "POST"})
        is_subscription = prepared.type is OperationType.SUBSCRIPTION
        if form == EVENTS or (is_subscription and takes_events(accept)):
            resume = request.headers.get("last-event-id")
            return EventStream(endpoint, prepared, caller, consistency=consistency, resume=resume)
        if is_subscription:
            raise SubscriptionNeedsStream
        return _response(await endpoint.carry_out(prepared, caller, consistency=consistency), form, request)

    @router.get("/graphql", summary="A query in the query string; for browsers, the page on which to try queries")
    async def get_graphql(request: Request) -> Response:
        return await answer(request)

    @router.post("/graphql", summary="A GraphQL query, or a subscription as server-sent events")
    async def post_graphql(request: Request) -> Response:
        return await answer(request)

    @router.websocket("/graphql")
    async def talk_graphql(socket: WebSocket) -> None:
        await Connection(socket, endpoint).run()

    return router


class EventStream(StreamingResponse):
    """The answers of one operation as server-sent events; it holds one of the caller's places while it lasts."""

    def __init__(self, endpoint: Endpoint, prepared: Prepared, caller: Caller, **more: Any) -> None:
        answers = endpoint.answers(prepared, caller, **more)
        super().__init__(as_events(answers, seconds=endpoint.seconds_left(caller)), headers=EVENT_HEADERS)
        self._place = endpoint.places.taken_by(caller.subject)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises: TooManySubscribers, before anything is sent."""
        with self._place:
            await super().__call__(scope, receive, send)


def _response(answer: GraphAnswer, form: str, request: Request | None = None) -> Response:
    """400 only in the form that is made for it: what answers plain JSON is 200 once it was a GraphQL request.

    To a GET that names the answer's tag, 304. The tag is weak: what the request cost, and what is left, is told anew.
    """
    headers = {
        "Content-Type": f"{form}; charset=utf-8",
        "Cache-Control": "private, no-cache",
        "Vary": "Accept, Authorization",
    }
    if not answer.carried_out:
        headers["Cache-Control"] = "private, no-store"
        return Response(answer.body(), status_code=400 if form == GRAPHQL_RESPONSE else 200, headers=headers)
    if request is not None and request.method == "GET" and not answer.errors:
        headers["ETag"] = f'W/"{answer.tag}"'
        if _names(request.headers.get("if-none-match"), answer.tag):
            del headers["Content-Type"]
            return Response(status_code=304, headers=headers)
    return Response(answer.body(), headers=headers)


def _names(if_none_match: str | None, tag: str) -> bool:
    """Whether the header names the tag, or any."""
    named = [one.strip().removeprefix("W/").strip('"') for one in (if_none_match or "").split(",")]
    return tag in named or "*" in named
