"""JSON bodies read strictly: UTF-8, finite numbers, no key twice, no lone surrogate, bounded depth."""

import json
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import msgspec
from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from services.chassis.problems import MalformedBody


def parse(body: bytes) -> Any:
    """The value of a JSON text.

    Raises: MalformedBody, with the place as far as it is known.
    """
    try:
        msgspec.json.decode(body)  # refuses what json.loads lets through: surrogates, 1e400, NaN, invalid UTF-8
        value = json.loads(body, object_pairs_hook=_unique)
        # PostgreSQL's text holds no NUL; in JSON it can only come escaped.
        if b"\\u0000" in body and any("\x00" in text for text in _texts(value)):
            raise _RefusedError("a text holds a NUL character")
    except RecursionError as fault:
        raise MalformedBody(reason="it is nested too deeply") from fault
    except msgspec.DecodeError as fault:
        raise MalformedBody(reason=str(fault)) from fault
    except UnicodeDecodeError as fault:
        raise MalformedBody(reason="it is not UTF-8") from fault
    except ValueError as fault:
        raise MalformedBody(reason=str(fault) if isinstance(fault, _RefusedError) else "it is not JSON") from fault
    return value


class _RefusedError(ValueError):
    """JSON that we do not take, though others do."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RefusedError(f"the key {key[:100]!r} stands twice in one object")
            seen.add(key)
    return found


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys too."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            yield from one
            todo += one.values()
        elif isinstance(one, list):
            todo += one


class StrictRequest(Request):
    """A request whose JSON is read by `parse`."""

    async def json(self) -> Any:
        """The value of the body."""
        if not hasattr(self, "_strict"):
            self._strict = parse(await self.body())
        return self._strict


class StrictRoute(APIRoute):
    """A route whose JSON body is read by `parse`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Hands FastAPI a request that parses strictly."""
        self.handle_as_json = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            return await self.handle_as_json(StrictRequest(request.scope, request.receive))

        return handle_strictly
