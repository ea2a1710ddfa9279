"""GraphQL over HTTP: what a request asks for and in which form it wants the answer."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from gateway.execution.operations import GraphRequest
from gateway.trusted import TrustedDocuments
from services.chassis.problems import BodyTooLarge, Refusal, UnsupportedMedia
from services.chassis.strict_json import parse

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
HTML = "text/html"
EVENTS = "text/event-stream"

_FIELDS = {"query", "documentId", "operationName", "variables", "extensions"}
_EXACT, _PART, _ANY = 2, 1, 0


class GraphRequestMalformed(Refusal):
    """This is not a GraphQL request: {reason}."""

    code = "graphql_request_malformed"
    title = "Not a GraphQL request"
    remedy = "Send a JSON object with `query` (a text) and, where needed, `variables` (an object) and `operationName`."


class SubscriptionNeedsStream(Refusal):
    """A subscription is answered as server-sent events or by WebSocket, not as one document."""

    status = 406
    code = "subscription_needs_stream"
    title = "A subscription needs a stream"
    remedy = "Send `Accept: text/event-stream`, or connect by WebSocket with the subprotocol `graphql-transport-ws`."


class NotAcceptable(Refusal):
    """The answer can be {offered}; `Accept` asks for none of these."""

    status = 406
    code = "not_acceptable"
    title = "No acceptable form of the answer"
    remedy = "Send `Accept: application/graphql-response+json`."


def answer_form(accept: str | None, *, html: bool) -> str:
    """The media type to answer in; `html` where a page may be answered too.

    JSON for whoever does not say, or says `*/*`; server-sent events only for whoever names them.
    Raises: NotAcceptable.
    """
    if not accept or not accept.strip():
        return JSON
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    offered = [JSON, GRAPHQL_RESPONSE, *([HTML] if html else []), EVENTS]
    best = max(offered, key=lambda media: _rank(media, ranges))
    if _rank(best, ranges)[0] <= 0:
        raise NotAcceptable(offered=" or ".join(offered))
    return best


def takes_events(accept: str | None) -> bool:
    """Whether server-sent events are among what the caller names."""
    return _rank(EVENTS, [_range(part) for part in (accept or "").split(",") if part.strip()])[0] > 0


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return media, float(value)
            except ValueError:
                return media, 0.0
    return media, 1.0


def _rank(media: str, ranges: list[tuple[str, float]]) -> tuple[float, int, int]:
    found = (0.0, _ANY)
    for wanted, quality in ranges:
        general = {} if media == EVENTS else {media.split("/")[0] + "/*": _PART, "*/*": _ANY}
        precision = {media: _EXACT, **general}.get(wanted)
        if precision is not None and (precision, quality) > (found[1], found[0]):
            found = (quality, precision)
    quality, precision = found
    order = [EVENTS, HTML, *([JSON, GRAPHQL_RESPONSE] if precision == _EXACT else [GRAPHQL_RESPONSE, JSON])]
    return quality, precision, order.index(media)


async def read_request(request: Request, *, max_bytes: int, trusted: TrustedDocuments) -> GraphRequest:
    """What the caller sends, by POST as JSON or by GET in the query string.

    Raises: MalformedBody, GraphRequestMalformed, DocumentUnknown, UnsupportedMedia, BodyTooLarge (before it is read
    whole).
    """
    if request.method == "GET":
        given = {name: _parameter(name, text) for name, text in request.query_params.items() if text}
        return graph_request(given, trusted)
    media, _, parameters = request.headers.get("content-type", "none").partition(";")
    charset = parameters.replace(" ", "").lower()
    if media.strip().lower() != JSON or ("charset=" in charset and "utf-8" not in charset):
        raise UnsupportedMedia(media=media[:100], accepted="application/json in UTF-8")
    value = parse(await _body(request, max_bytes))
    if not isinstance(value, dict):
        raise GraphRequestMalformed(reason="the body has to be a JSON object")
    return graph_request(value, trusted)


async def _body(request: Request, max_bytes: int) -> bytes:
    # FastAPI's own limit answers outside of all handlers: plain text, without a request id.
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and (len(declared) > 15 or int(declared) > max_bytes):
        raise BodyTooLarge(limit=max_bytes)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise BodyTooLarge(limit=max_bytes)
    return bytes(body)


def _parameter(name: str, text: str) -> Any:
    return parse(text.encode()) if name in ("variables", "extensions") else text


def graph_request(fields: Mapping[str, Any], trusted: TrustedDocuments) -> GraphRequest:
    """The request of these fields, a document that is named by its hash put in.

    The hash stands in `documentId` or, as Apollo's clients send it, in `extensions.persistedQuery.sha256Hash`.
    Raises: GraphRequestMalformed, DocumentUnknown.
    """
    unknown = next((name for name in fields if name not in _FIELDS), None)
    if unknown is not None:
        raise GraphRequestMalformed(reason=f"there is no field {unknown[:40]!r} in it")
    query, name = fields.get("query"), fields.get("operationName")
    variables, extensions = fields.get("variables"), fields.get("extensions")
    if not (name is None or isinstance(name, str)):
        raise GraphRequestMalformed(reason="`operationName` is not a text")
    if not (variables is None or isinstance(variables, dict)):
        raise GraphRequestMalformed(reason="`variables` is not an object")
    if not (extensions is None or isinstance(extensions, dict)):
        raise GraphRequestMalformed(reason="`extensions` is not an object")
    document_id = fields.get("documentId")
    if document_id is None and query is None:
        persisted = (extensions or {}).get("persistedQuery")
        document_id = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if document_id is not None and query is not None:
        raise GraphRequestMalformed(reason="`query` and `documentId` exclude each other")
    text = query if document_id is None else document_id
    if not isinstance(text, str):
        raise GraphRequestMalformed(reason="`query` is missing or not a text")
    if document_id is None:
        return GraphRequest(query=text, operation_name=name, variables=variables)
    return GraphRequest(query=trusted.find(text), operation_name=name, variables=variables, by_hash=True)
