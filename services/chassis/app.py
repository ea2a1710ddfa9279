"""A service's FastAPI application: middleware, problems, health, metrics, background work, graceful stop."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from fastapi_offline import FastAPIOffline

from services.chassis import audit
from services.chassis.bus import NatsBus
from services.chassis.clock import Clock, SystemClock
from services.chassis.consistency import Consistency
from services.chassis.database import TRANSIENT_DATABASE_FAULTS, Database
from services.chassis.even_answers import EvenAnswersMiddleware
from services.chassis.gauges import measure
from services.chassis.health import health_routes
from services.chassis.housekeeping import Housekeeping
from services.chassis.identity import KeySource, Verifier
from services.chassis.inbox import Apply, Consumer, Load
from services.chassis.limits import LoadLimitsMiddleware, RateLimiter, Stream
from services.chassis.observability import MeasureMiddleware, configure_logging
from services.chassis.openapi import tell_what_all_have_in_common
from services.chassis.pressure import Pressure
from services.chassis.problems import (
    BugBarrierMiddleware,
    Refusal,
    install_problem_handlers,
    problem_response,
)
from services.chassis.relay import Relay
from services.chassis.request_context import RequestContextMiddleware
from services.chassis.service_client import ServiceClient, ServiceCredentials
from services.chassis.settings import ProcessSettings
from services.chassis.tracing import Tracing

log = structlog.get_logger("app")

DOCS_FILES = "/docs/files"
"""Where what `/docs` loads comes from: ministries' networks are closed, nothing may come from a CDN."""

Background = Callable[[], Awaitable[None]]


class Unavailable(Refusal):
    """{what} does not answer at the moment."""

    status = 503
    code = "database_unavailable"
    title = "The database is unavailable"
    remedy = (
        "Send the same request again after `Retry-After` seconds, with the same Idempotency-Key: should the first one"
        " have taken effect after all, it does not take effect twice."
    )


class Chassis:
    """What the endpoints of one service stand on. Reached as `request.app.state.chassis`."""

    def __init__(
        self,
        *,
        service: str,
        settings: ProcessSettings,
        database_url: str,
        consumes: frozenset[str],
        scopes: list[str],
        clock: Clock | None = None,
    ) -> None:
        self.service = service
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.database = Database(database_url, service=service, clock=self.clock, pool_size=settings.pool_size)
        self.tracing = Tracing(service=service, collector=settings.otlp_url)
        self.bus = NatsBus(settings.nats_url, prefix=settings.stream_prefix, name=f"bonphu-{service}")
        self.consistency = Consistency(
            service=service, consumes=consumes, wait_seconds=settings.consistency_wait_seconds
        )
        self.verifier = Verifier(
            KeySource(file=settings.jwks_file, url=settings.jwks_url),
            issuer=settings.issuer,
            audience=settings.audience,
            clock=self.clock,
        )
        self.limiter = RateLimiter(per_minute=settings.requests_per_minute)
        self.relay = Relay(self.database, self.bus)
        self.pressure = Pressure(self.database, self.bus, limit=settings.backlog_events)
        self.consumers: list[Consumer] = []
        self.chores: list[str] = []
        housekeeping = Housekeeping(self.database, self.bus, self.chores)
        self.background: list[Background] = [housekeeping.run, self.pressure.run]
        self.clients: list[ServiceClient] = []
        self.streams: list[Stream] = []
        self.credentials = ServiceCredentials(settings, service=service, scopes=scopes, clock=self.clock)

    def client(self, base_url: str, *, name: str) -> ServiceClient:
        """A client of another service, opened and closed with this process."""
        client = ServiceClient(base_url, name=name, tracing=self.tracing)
        self.clients.append(client)
        return client

    def consume(
        self,
        origin: str,
        apply: Apply,
        *,
        kinds: frozenset[str] | None = None,
        leave_out_others: bool = False,
        load: Load | None = None,
    ) -> None:
        """While the process runs, the events of `origin` are applied here; see `Consumer`."""
        self.consumers.append(
            Consumer(
                database=self.database,
                bus=self.bus,
                origin=origin,
                apply=apply,
                consistency=self.consistency,
                kinds=kinds,
                leave_out_others=leave_out_others,
                load=load,
                lease_seconds=self.settings.lease_seconds,
                tracing=self.tracing,
            )
        )

    def takes_stream(self, path_ends: str, media: str) -> None:
        """Bodies of that media type, at paths that end so, are bounded as streams."""
        settings = self.settings
        self.streams.append(
            Stream(path_ends, media, body_bytes=settings.max_stream_bytes, body_seconds=settings.stream_seconds)
        )

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Connections are open and background work runs inside the block; both end with it."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.tracing.close)
            stack.push_async_callback(self.database.close)
            await self.bus.connect()
            stack.push_async_callback(self.bus.close)
            for client in self.clients:
                await client.open()
                stack.push_async_callback(client.close)
            work: list[Background] = [self.relay.run, *(c.run for c in self.consumers), *self.background]
            tasks = [asyncio.create_task(self._kept_running(run)) for run in work]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _kept_running(self, run: Background) -> None:
        while True:
            try:
                await run()
                return
            except asyncio.CancelledError:
                raise
            except Exception as fault:
                task = asyncio.current_task()
                if task is not None and task.cancelling():  # its clean-up failed: it ends all the same
                    return
                log.error("background_fails", work=getattr(run, "__qualname__", str(run)), exc_info=fault)
                await asyncio.sleep(1)

    async def readiness(self) -> dict[str, str]:
        """Each dependency and `ok`, or what is wrong with it."""
        found = {}
        try:
            async with asyncio.timeout(2), self.database.reading() as connection:
                await connection.fetchval("SELECT 1 FROM outbox LIMIT 1")
            found["database"] = "ok"
        except Exception as fault:
            found["database"] = f"unreachable ({type(fault).__name__})"
        found["bus"] = "ok" if self.bus.is_connected else "unreachable"
        if self.bus.is_connected and self.relay.fault is not None:
            found["bus"] = f"takes no events ({self.relay.fault})"
        return found


def build_app(
    chassis: Chassis,
    *,
    title: str,
    description: str,
    routers: Sequence[APIRouter],
    state: dict[str, Any] | None = None,
) -> FastAPI:
    """The application of one service, ready for uvicorn."""
    configure_logging(level=chassis.settings.log_level, style=chassis.settings.log_format)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with chassis.running():
            log.info("started", service=chassis.service)
            yield
        log.info("stopped", service=chassis.service)

    app = FastAPIOffline(
        title=title,
        description=description,
        version="1",
        lifespan=lifespan,
        redirect_slashes=False,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,  # what generated clients call the operation
        static_url=DOCS_FILES,
        telemetry=chassis.tracing.telemetry,
    )
    app.state.chassis = chassis
    for name, value in (state or {}).items():
        setattr(app.state, name, value)
    install_problem_handlers(app)

    async def on_database_fault(request: Request, fault: Exception) -> Response:
        log.error("database_fault", reason=f"{type(fault).__name__}: {fault}")
        refusal = Unavailable(what="The database", headers={"Retry-After": "2"})
        return problem_response(refusal, instance=request.url.path)

    for kind in TRANSIENT_DATABASE_FAULTS:
        app.add_exception_handler(kind, on_database_fault)
    # The last added is the outermost.
    app.add_middleware(
        LoadLimitsMiddleware,
        at_once=chassis.settings.requests_at_once,
        body_seconds=chassis.settings.body_seconds,
        body_bytes=chassis.settings.max_body_bytes,
        streams=chassis.streams,
    )
    app.add_middleware(BugBarrierMiddleware)
    app.add_middleware(EvenAnswersMiddleware, step_seconds=chassis.settings.denial_step_seconds)
    app.add_middleware(MeasureMiddleware, service=chassis.service)
    app.add_middleware(RequestContextMiddleware)

    async def before_metrics() -> None:
        await measure(chassis)

    app.include_router(health_routes(chassis.readiness, before_metrics))
    for router in (*routers, audit.router):
        app.include_router(router)
    tell_what_all_have_in_common(app)
    return app
