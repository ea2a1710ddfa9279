"""Logs as one JSON object a line, and the metrics that every process shows."""

import logging
import time

import orjson
import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS = Counter("bonphu_requests_total", "Requests answered.", ["service", "method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "bonphu_request_seconds",
    "Seconds from a request to its answer's first byte.",
    ["service", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
OUTBOX_PUBLISHED = Counter("bonphu_outbox_published_total", "Events published to the bus.")
PROBLEMS = Counter("bonphu_problems_total", "Refusals and faults answered, by the code of the problem.", ["code"])
EVENTS_APPLIED = Counter("bonphu_events_applied_total", "Events received and applied, or found applied.", ["origin"])
EVENT_AGE = Histogram(
    "bonphu_event_age_seconds",
    "Seconds from the write that recorded an event to its having been applied here: the lag of this process.",
    ["origin"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600),
)
REFUSED_UNDER_LOAD = Counter("bonphu_refused_under_load_total", "Requests refused to bound the load.", ["code"])
EVENTS_WAITING = Counter(
    "bonphu_events_let_wait_total", "Events that had to wait for a thing not yet known.", ["origin"]
)


def configure_logging(*, level: str, style: str) -> None:
    """Everything, uvicorn's own lines too, goes to standard output in one style (`json` or `console`)."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor
    if style == "json":
        renderer = structlog.processors.JSONRenderer(
            serializer=lambda line, **_: orjson.dumps(line, default=str).decode()
        )
    else:
        renderer = structlog.dev.ConsoleRenderer()
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "nats.aio.client"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"  # requests are counted, not logged one by one
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


class MeasureMiddleware:
    """Counts each request by route and status and observes how long it took."""

    def __init__(self, app: ASGIApp, *, service: str) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def send_measured(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_measured)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            REQUESTS.labels(self.service, scope["method"], route, str(status)).inc()
            REQUEST_SECONDS.labels(self.service, route).observe(time.perf_counter() - started)
