"""Routes that take a table in a file where they take JSON, and name the cell in each fault that they find."""

from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from fastapi import Request
from fastapi.datastructures import Headers
from fastapi.responses import Response

from services.chassis.identity import needs
from services.chassis.problems import FieldError, error_places
from services.chassis.strict_json import StrictRequest, StrictRoute
from services.chassis.tabular.reading import media_type, read_sheet
from services.chassis.tabular.sheets import CSV, XLSX, Sheet


class Converted(msgspec.Struct, frozen=True):
    """A sheet as the JSON body that it stands for. `where`: the cell or row of a pointer into the body, if of any."""

    body: dict[str, Any]
    where: Callable[[str], str | None]


Conversion = Callable[[Sheet, Request], Converted]

FILES: dict[str, Any] = {
    "requestBody": {
        "content": {
            CSV: {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}
"""What a route of files adds to its OpenAPI operation."""


def file_route(convert: Conversion, *, scope: str) -> type[StrictRoute]:
    """A route class whose CSV and XLSX bodies are read as `convert` says, for callers with the scope.

    Who calls is asked before the file is read.
    """
    authorise = needs(scope)

    class FileRoute(StrictRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def handle_file(request: Request) -> Response:
                media, _ = media_type(request.headers.get("content-type", ""))
                if media not in (CSV, XLSX):
                    return await handle(request)
                await authorise(request)
                content = await request.body()
                converted = convert(await read_sheet(content, request.headers["content-type"]), request)
                error_places.set(lambda fault: _placed(fault, converted))
                return await self.handle_as_json(_FileRequest(request, content, converted.body))

            return handle_file

    return FileRoute


def _placed(fault: FieldError, converted: Converted) -> FieldError:
    where = converted.where(fault.pointer)
    if where is None or fault.detail.startswith(where):
        return fault
    return FieldError(fault.pointer, fault.code, f"{where}: {fault.detail}")


class _FileRequest(StrictRequest):
    """The request as if its table had come as JSON."""

    def __init__(self, request: Request, content: bytes, value: dict[str, Any]) -> None:
        headers = Headers(scope=request.scope).mutablecopy()
        headers["content-type"] = "application/json"
        super().__init__({**request.scope, "headers": headers.raw}, request.receive)
        self._body = content
        self._value = value

    async def json(self) -> Any:
        return self._value
