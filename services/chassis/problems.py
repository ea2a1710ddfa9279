"""Refusals as classes, and their answers as RFC 9457 problem documents."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, ClassVar

import msgspec
import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.observability import PROBLEMS
from services.chassis.request_context import request_id

PROBLEM_JSON = "application/problem+json"

log = structlog.get_logger("problems")


class FieldError(msgspec.Struct, frozen=True):
    """One fault of an input: where (an RFC 6901 pointer), a stable code, and a sentence with the remedy."""

    pointer: str
    code: str
    detail: str


error_places: ContextVar[Callable[[FieldError], FieldError] | None] = ContextVar("error_places", default=None)
"""How the request under way words its faults: one whose body was a file names the cell."""


class Refusal(Exception):
    """An expected refusal. Subclasses: the docstring is the message, formatted with the facts passed in."""

    status: ClassVar[int] = 400
    code: ClassVar[str]
    title: ClassVar[str]
    remedy: ClassVar[str] = ""

    def __init__(
        self,
        *,
        errors: Iterable[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        **facts: object,
    ) -> None:
        template = re.sub(r"\s+", " ", type(self).__doc__ or "").strip()
        self.detail = template.format(**facts)
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.facts = facts
        super().__init__(self.detail)


def all_refusals(base: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Every refusal class that has been imported, depth first; the docs page of codes is made from it."""
    for child in base.__subclasses__():
        if "code" in vars(child):
            yield child
        yield from all_refusals(child)


class Unauthenticated(Refusal):
    """{reason}"""

    status = 401
    code = "unauthenticated"
    title = "No valid bearer token"
    remedy = "Send `Authorization: Bearer TOKEN` with a token that is neither expired nor made for another audience."


class ScopeMissing(Refusal):
    """This operation needs the scope {scope}; the token does not carry it."""

    status = 403
    code = "scope_missing"
    title = "The token may not do this"
    remedy = "Ask for a token with the scope that the detail names."


class NotFound(Refusal):
    """There is nothing at {path} that this token may see."""

    status = 404
    code = "not_found"
    title = "Not found"
    remedy = "Check the path; a token never sees what lies outside its units."


class MethodNotAllowed(Refusal):
    """{path} does not take {method}."""

    status = 405
    code = "method_not_allowed"
    title = "Method not allowed"
    remedy = "Use a method that the `Allow` header names."


class MalformedBody(Refusal):
    """The body could not be read: {reason}."""

    status = 400
    code = "malformed_body"
    title = "The body could not be read"
    remedy = "Send well-formed UTF-8 JSON with finite numbers and no key twice in an object."


class MalformedRequest(Refusal):
    """What came is not a request in HTTP/1.1."""

    status = 400
    code = "malformed_request"
    title = "Not a request"
    remedy = "Check the URL, the headers and whether TLS is spoken to a port that does not."


class InvalidInput(Refusal):
    """{count} field(s) of the request are not valid; each is named in `errors`."""

    status = 422
    code = "invalid_input"
    title = "The request is not valid"
    remedy = "Correct each field that `errors` points to and send the request again."


class BodyTooLarge(Refusal):
    """The body is larger than {limit} bytes."""

    status = 413
    code = "body_too_large"
    title = "The body is too large"
    remedy = "Send it in several smaller requests."


class UnsupportedMedia(Refusal):
    """The media type {media} is not taken here; send {accepted}."""

    status = 415
    code = "unsupported_media_type"
    title = "Media type not supported"
    remedy = "Set `Content-Type` to one of the types that the detail names."


class PreconditionRequired(Refusal):
    """{thing} can be edited by several people; send `If-Match` with the ETag that you read."""

    status = 428
    code = "precondition_required"
    title = "If-Match is needed"
    remedy = "GET the resource and send its `ETag` back as `If-Match`."


class PreconditionFailed(Refusal):
    """{thing} has changed since you read it; its ETag is now {etag}."""

    status = 412
    code = "precondition_failed"
    title = "Somebody else changed it"
    remedy = "GET the resource again, merge your change and send it with the new ETag."


class DependencyUnavailable(Refusal):
    """{dependency} cannot be reached at the moment."""

    status = 503
    code = "dependency_unavailable"
    title = "A dependency is unavailable"
    remedy = "Wait as long as `Retry-After` says and send the same request again."


class InternalError(Refusal):
    """Something failed on our side; nothing of this request was kept. Quote the request id when you report it."""

    status = 500
    code = "internal_error"
    title = "Internal error"
    remedy = "Try again; if it persists, report the `request_id`."


def problem_body(refusal: Refusal, *, instance: str) -> bytes:
    """The refusal as an RFC 9457 document in UTF-8."""
    document: dict[str, Any] = {
        "type": f"urn:bonphu:problem:{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "instance": instance,
        "code": refusal.code,
        "request_id": request_id(),
    }
    if refusal.errors:
        placed = error_places.get() or (lambda error: error)
        document["errors"] = [
            {"pointer": error.pointer, "code": error.code, "detail": error.detail}
            for error in map(placed, refusal.errors)
        ]
    return orjson.dumps(document)


def problem_response(refusal: Refusal, *, instance: str) -> Response:
    """The refusal as an HTTP answer."""
    PROBLEMS.labels(refusal.code).inc()
    return Response(
        problem_body(refusal, instance=instance),
        status_code=refusal.status,
        media_type=PROBLEM_JSON,
        headers=refusal.headers,
    )


def pointer(parts: Iterable[object]) -> str:
    """An RFC 6901 JSON pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def field_errors(error: RequestValidationError) -> list[FieldError]:
    """Each fault with its place; what the caller sent is never repeated."""
    found = []
    for fault in error.errors():
        place = [part for part in fault["loc"] if part != "body"]
        if fault["loc"] and fault["loc"][0] in ("query", "path", "header"):
            place = list(fault["loc"])
        found.append(FieldError(pointer(place), str(fault["type"]), str(fault["msg"])))
    return found


class BugBarrierMiddleware:
    """A bug is logged whole and answered as `internal_error`, with the request id and without a word of its text."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        begun = False

        async def send_noting(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except Exception as fault:
            if scope["type"] != "http" or begun:
                raise
            log.error("unhandled", path=scope["path"], exc_info=fault)
            await problem_response(InternalError(), instance=scope["path"])(scope, receive, send)


def _methods(routes: Iterable[Any], scope: Scope) -> set[str]:
    """Every method that the path of a request takes; the router itself names those of one route only."""
    found: set[str] = set()
    for route in routes:
        router = getattr(route, "original_router", None)
        if router is not None:
            found |= _methods(router.routes, scope)
        elif isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return found


def install_problem_handlers(app: FastAPI) -> None:
    """Makes every error of `app` a problem document, and none of them a stack trace."""

    async def on_refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        return problem_response(error, instance=request.url.path)

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors = field_errors(error)
        if any(fault["type"] == "json_invalid" for fault in error.errors()):
            return problem_response(MalformedBody(reason="it is not well-formed JSON"), instance=request.url.path)
        return problem_response(InvalidInput(count=len(errors), errors=errors), instance=request.url.path)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        path, headers = request.url.path, error.headers
        refusal: Refusal
        if isinstance(error.__cause__, Refusal):  # FastAPI wraps whatever reading a body raises
            refusal = error.__cause__
        elif error.status_code == 404:
            refusal = NotFound(path=path)
        elif error.status_code == 405:
            allowed = ", ".join(sorted(_methods(app.routes, request.scope)))
            told = {"Allow": allowed} if allowed else headers
            refusal = MethodNotAllowed(path=path, method=request.method, headers=told)
        elif error.status_code == 413:
            refusal = BodyTooLarge(limit="the allowed number of")
        elif error.status_code == 415:
            refusal = UnsupportedMedia(media=request.headers.get("content-type", "none"), accepted="application/json")
        elif error.status_code >= 500:
            refusal = InternalError()
        else:
            refusal = MalformedBody(reason="the request is not well-formed")
        return problem_response(refusal, instance=path)

    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
