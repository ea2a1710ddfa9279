"""Traces in OpenTelemetry's form: from request to request, and over the bus to whoever applies an event.

Without a collector (`BONPHU_OTLP_URL`) nothing is recorded, and the SDK is not even imported.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Generator, Iterable, Mapping, MutableMapping

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.trace import NoOpTracerProvider, SpanKind, StatusCode, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_HEALTH = frozenset({"/livez", "/readyz", "/metrics"})
_PROPAGATOR = TraceContextTextMapPropagator()
PARENT = "traceparent"


class Tracing:
    """Where the spans of one process go."""

    def __init__(self, *, service: str, collector: str | None) -> None:
        self.is_on = collector is not None
        self._provider: TracerProvider = (
            NoOpTracerProvider() if collector is None else _exporting(service, f"{collector.rstrip('/')}/v1/traces")
        )
        self.tracer: Tracer = self._provider.get_tracer("bonphu")

    @property
    def telemetry(self) -> TelemetryConfig:
        """What FastAPI is told: a span for each request but those after health; no bodies, no exception texts."""
        return {
            "tracer_provider": self._provider,
            "tracing": self.is_on,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
            "exclude": lambda scope: scope.get("path") in _HEALTH,
        }

    async def close(self) -> None:
        """What was recorded has been sent, or given up."""
        shut_down = getattr(self._provider, "shutdown", None)
        if shut_down is not None:
            await asyncio.to_thread(shut_down)

    @contextlib.contextmanager
    def calling(self, method: str, name: str, headers: MutableMapping[str, str]) -> Generator[None]:
        """A span of one call to the service `name`, which goes on with it by the header that is added."""
        with self.tracer.start_as_current_span(
            f"{method} {name}", kind=SpanKind.CLIENT, record_exception=False, attributes={"peer.service": name}
        ):
            _PROPAGATOR.inject(headers)
            yield

    @contextlib.contextmanager
    def applying(self, origin: str, parents: Iterable[str]) -> Generator[None]:
        """In each of the traces that the events of a batch come from, a span as long as the block."""
        if not self.is_on:
            yield
            return
        spans = [
            self.tracer.start_span(
                f"apply {origin}",
                context=_PROPAGATOR.extract({PARENT: parent}),
                kind=SpanKind.CONSUMER,
                attributes={"messaging.destination.name": origin, "messaging.batch.message_count": events},
            )
            for parent, events in Counter(filter(None, parents)).items()
        ]
        try:
            yield
        except BaseException as fault:
            for span in spans:
                span.set_status(StatusCode.ERROR, type(fault).__name__)
            raise
        finally:
            for span in spans:
                span.end()


def current_parent() -> str | None:
    """The `traceparent` of the span under way; None where nothing is traced."""
    if not trace.get_current_span().get_span_context().is_valid:
        return None
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get(PARENT)


def current_trace_id() -> str | None:
    """The id of the trace under way in hexadecimal; None where nothing is traced."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


def name_request(request_id: str) -> None:
    """The span under way bears the id of its request."""
    trace.get_current_span().set_attribute("bonphu.request_id", request_id)


def parent_of(headers: Mapping[str, str] | None) -> str:
    """The `traceparent` of a message; empty where it has none."""
    return (headers or {}).get(PARENT, "")


def _exporting(service: str, endpoint: str) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider as RecordingProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = RecordingProvider(
        resource=Resource.create({"service.name": f"bonphu-{service}"}), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider
