"""`/livez`, `/readyz` and `/metrics`, as every process has them."""

from collections.abc import Awaitable, Callable

import msgspec
from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.chassis.problems import FieldError, Refusal


class NotReady(Refusal):
    """The process lacks {missing}."""

    status = 503
    code = "not_ready"
    title = "Not ready"
    remedy = "Wait, or start what the detail names; `errors` says what is wrong with each."


def health_routes(
    readiness: Callable[[], Awaitable[dict[str, str]]], before_metrics: Callable[[], Awaitable[None]] | None = None
) -> APIRouter:
    """`/livez`, `/readyz` and `/metrics`."""
    router = APIRouter(tags=["health"])

    @router.get("/livez", summary="The process runs")
    async def livez() -> dict[str, str]:
        return {"status": "ok"}

    @router.get(
        "/readyz",
        summary="The process can do its work; says which dependency is missing",
        responses={503: {"description": "What is missing is named."}},
    )
    async def readyz() -> Response:
        found = await readiness()
        missing = [name for name, state in found.items() if state != "ok"]
        if missing:
            raise NotReady(
                missing=" and ".join(missing),
                errors=[
                    FieldError(f"/dependencies/{name}", "unreachable", f"{name}: {found[name]}") for name in missing
                ],
                headers={"Retry-After": "1"},
            )
        return Response(msgspec.json.encode({"status": "ok", "dependencies": found}), media_type="application/json")

    @router.get("/metrics", summary="Metrics in Prometheus' text form", response_class=PlainTextResponse)
    async def metrics() -> Response:
        if before_metrics is not None:
            await before_metrics()
        return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})

    return router
