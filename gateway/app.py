"""The gateway's application: `python -m services.chassis.server gateway.app:create_app`."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from gateway.clients.breaking import BreakingClient
from gateway.endpoint import Endpoint
from gateway.execution.documents import Documents
from gateway.execution.keeping import Kept
from gateway.execution.operations import Operations
from gateway.execution.plans import Plans
from gateway.graph.schema import core_schema
from gateway.http import graph_routes
from gateway.live.watching import Live
from gateway.pages import Pages
from gateway.settings import GatewaySettings
from gateway.trusted import TrustedDocuments
from gateway.versions import KnownVersions
from services.chassis.app import DOCS_FILES
from services.chassis.bus import NatsBus
from services.chassis.clock import Clock, SystemClock
from services.chassis.health import health_routes
from services.chassis.identity import KeySource, Verifier
from services.chassis.limits import LoadLimitsMiddleware
from services.chassis.observability import MeasureMiddleware, configure_logging
from services.chassis.openapi import tell_what_all_have_in_common
from services.chassis.problems import BugBarrierMiddleware, DependencyUnavailable, install_problem_handlers
from services.chassis.request_context import RequestContextMiddleware
from services.chassis.tracing import Tracing
from services.contracts.versions import TOPIC

SERVICE = "gateway"
log = structlog.get_logger("app")


def create_app(settings: GatewaySettings | None = None, *, clock: Clock | None = None) -> FastAPI:
    """The gateway, ready for uvicorn; settings come from the environment unless given."""
    chosen = settings or GatewaySettings()
    configure_logging(level=chosen.log_level, style=chosen.log_format)
    tracing = Tracing(service=SERVICE, collector=chosen.otlp_url)
    reporting = BreakingClient(chosen.reporting_url, name="reporting", tracing=tracing, timeout_seconds=5.0)
    verifier = Verifier(
        KeySource(file=chosen.jwks_file, url=chosen.jwks_url),
        issuer=chosen.issuer,
        audience=chosen.audience,
        clock=clock or SystemClock(),
    )
    bus = NatsBus(chosen.nats_url, prefix=chosen.stream_prefix, name=f"bonphu-{SERVICE}")
    versions = KnownVersions()
    bus.listen(TOPIC, versions.hear)
    schema = core_schema()
    trusted = TrustedDocuments.from_path(
        chosen.graph_trusted_documents,
        only_for=frozenset(filter(None, map(str.strip, chosen.graph_trusted_only.split(",")))),
    )
    endpoint = Endpoint(
        verifier=verifier,
        reporting=reporting,
        schema=schema,
        operations=Operations(
            schema,
            Documents(schema, chosen),
            Plans(schema, most=chosen.graph_documents_kept) if chosen.graph_compiled else None,
            max_cost=chosen.graph_max_cost,
        ),
        trusted=trusted,
        kept=Kept(
            versions,
            verifier.clock,
            most_bytes=chosen.graph_kept_bytes,
            lag_seconds=chosen.graph_lag_seconds,
        ),
        live=Live(reporting, versions, verifier.clock),
        limits=chosen,
    )
    pages = Pages()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await reporting.open()
        await bus.connect()
        try:
            log.info("started", service=SERVICE)
            yield
        finally:
            await bus.close()
            await reporting.close()
            await tracing.close()
            log.info("stopped", service=SERVICE)

    async def readiness() -> dict[str, str]:
        try:
            answer = await reporting.get("/livez", token="-")  # noqa: S106  # `/livez` asks for none
        except DependencyUnavailable:
            return {"reporting": "unreachable"}
        return {"reporting": "ok" if answer.status == 200 else f"answers {answer.status}"}

    app = FastAPIOffline(
        title="bonphu gateway",
        description="The graph: campaigns, units, figures and rankings, read only.",
        version="1",
        lifespan=lifespan,
        redirect_slashes=False,
        telemetry=tracing.telemetry,
        redoc_url=None,
        static_url=DOCS_FILES,
    )
    app.state.endpoint = endpoint
    install_problem_handlers(app)
    # The last added is the outermost.
    app.add_middleware(LoadLimitsMiddleware, at_once=chosen.requests_at_once, body_seconds=chosen.body_seconds)
    app.add_middleware(BugBarrierMiddleware)
    app.add_middleware(MeasureMiddleware, service=SERVICE)
    app.add_middleware(RequestContextMiddleware)
    origins = [one.strip() for one in chosen.graph_cors_origins.split(",") if one.strip()]
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=[
                "Authorization",
                "Consistency-Token",
                "Content-Type",
                "If-None-Match",
                "Last-Event-ID",
                "X-Request-ID",
            ],
            expose_headers=["ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"],
            max_age=3600,
        )
    app.include_router(health_routes(readiness))
    app.include_router(graph_routes(endpoint, pages, max_body_bytes=chosen.graph_max_body_bytes, ide=chosen.graph_ide))
    app.mount("/", pages, name="pages")
    tell_what_all_have_in_common(app)
    return app
