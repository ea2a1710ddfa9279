"""What every operation has in common, told in its OpenAPI document: who may call it, headers, and what it refuses."""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from services.chassis.identity import scope_of
from services.chassis.problems import PROBLEM_JSON

_SCHEME = "token"
_NEEDS_TOKEN = ("/v1/", "/graphql")
_PROBLEM = {"$ref": "#/components/responses/Problem"}
_SCHEMAS_OF_FASTAPI = ("HTTPValidationError", "ValidationError")
_COMPONENTS: dict[str, dict[str, Any]] = {
    "schemas": {
        "Problem": {
            "type": "object",
            "description": "RFC 9457. docs/errors.md lists every `code` with its meaning and its remedy.",
            "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
            "properties": {
                "type": {"type": "string"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string", "description": "What is wrong, for a person."},
                "instance": {"type": "string", "description": "The path that was called."},
                "code": {"type": "string", "description": "A stable slug, for programs."},
                "request_id": {"type": "string"},
                "errors": {
                    "type": "array",
                    "description": "Faults of the input, each at its place.",
                    "items": {
                        "type": "object",
                        "required": ["pointer", "code", "detail"],
                        "properties": {
                            "pointer": {"type": "string", "description": "RFC 6901."},
                            "code": {"type": "string"},
                            "detail": {"type": "string"},
                        },
                    },
                },
            },
        }
    },
    "responses": {
        "Problem": {
            "description": "It was refused, or could not be done.",
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    },
    "parameters": {
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Same key and same payload: the first answer again. Kept for 72 h.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        },
        "ConsistencyToken": {
            "name": "Consistency-Token",
            "in": "header",
            "description": "Of earlier answers, by commas: this call waits until all that they name is visible.",
            "schema": {"type": "string"},
        },
    },
    "securitySchemes": {
        _SCHEME: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "With the scopes that the operation names; `units` are the subtrees that it sees or writes.",
        }
    },
}


def tell_what_all_have_in_common(app: FastAPI) -> None:
    """`/openapi.json` says of each operation who may call it, which headers it takes and what it refuses with."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            needed = {
                (route.path_format, method.lower()): list(_scopes(route.dependant))
                for route in api_routes(app.routes)
                for method in route.methods or ()
            }
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    _complete(operation, method, path, needed[path, method])
            parts = document.setdefault("components", {})
            for name in _SCHEMAS_OF_FASTAPI:
                parts.get("schemas", {}).pop(name, None)
            for kind, members in _COMPONENTS.items():
                parts.setdefault(kind, {}).update(members)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi


def _complete(operation: dict[str, Any], method: str, path: str, scopes: list[str]) -> None:
    parameters: list[dict[str, Any]] = operation.setdefault("parameters", [])
    named = {one["name"].lower() for one in parameters}
    statuses = {"default"}
    if path.startswith(_NEEDS_TOKEN):
        operation["security"] = [{_SCHEME: scopes}]
        statuses |= {"400", "401", "403", "422", "429", "503"}
        if method == "post":
            parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
            statuses |= {"409"}
        parameters.append({"$ref": "#/components/parameters/ConsistencyToken"})
    if "{" in path:
        statuses |= {"404"}
    if "requestBody" in operation:
        statuses |= {"408", "413", "415"}
    if "if-match" in named:
        statuses |= {"412", "428"}
    responses: dict[str, Any] = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    for status in sorted(statuses):
        if status in responses:
            responses[status].setdefault("content", {}).update(_COMPONENTS["responses"]["Problem"]["content"])
        else:
            responses[status] = _PROBLEM
    if not parameters:
        del operation["parameters"]


def api_routes(routes: Iterable[Any]) -> Iterator[APIRoute]:
    """The operations among `routes`, those of included routers too."""
    for route in routes:
        router = getattr(route, "original_router", None)
        if router is not None:
            yield from api_routes(router.routes)
        elif isinstance(route, APIRoute):
            yield route


def _scopes(dependant: Dependant) -> Iterator[str]:
    """The scopes that an operation needs; none where it judges the caller by itself."""
    for inner in dependant.dependencies:
        scope = scope_of(inner.call)
        if scope is not None:
            yield scope
        yield from _scopes(inner)
