"""The page of all settings and metrics, made from the source."""

from collections.abc import Iterator

from prometheus_client import REGISTRY
from pydantic_settings import BaseSettings

from gateway.settings import GatewaySettings
from services.chassis.connections import ConnectionSettings
from services.chassis.settings import ProcessSettings
from services.progress.settings import ProgressSettings
from services.quota.settings import QuotaSettings
from services.reporting.settings import ReportingSettings

_SETTINGS: tuple[tuple[str, type[BaseSettings]], ...] = (
    ("Every process", ProcessSettings),
    ("Connections of every process", ConnectionSettings),
    ("quota", QuotaSettings),
    ("progress", ProgressSettings),
    ("reporting", ReportingSettings),
    ("gateway", GatewaySettings),
)


def page() -> str:
    """The page, in Markdown."""
    lines = [
        "# Settings and metrics",
        "",
        "Made from the source by `python -m deploy.schemas`. Settings are read from the environment of each process.",
    ]
    told: set[str] = set()
    for title, settings in _SETTINGS:
        own = [row for name, row in _rows(settings) if name not in told]
        told |= {name for name, _ in _rows(settings)}
        if own:
            lines += ["", f"## {title}", "", "| setting | unless given | what it does |", "| --- | --- | --- |", *own]
    lines += ["", "## Metrics", "", "At `/metrics` of each process, in Prometheus' text form."]
    lines += ["", "| metric | kind | labels | what it says |", "| --- | --- | --- | --- |", *_metrics()]
    return "\n".join(lines) + "\n"


def _rows(settings: type[BaseSettings]) -> Iterator[tuple[str, str]]:
    prefix = settings.model_config.get("env_prefix", "")
    for name, field in settings.model_fields.items():
        given = "it must be given" if field.is_required() else "–" if field.default is None else f"`{field.default}`"
        variable = f"{prefix}{name}".upper()
        if not field.description:
            raise SystemExit(f"{settings.__name__}.{name} says nothing of what it does")
        yield variable, f"| `{variable}` | {given} | {field.description} |"


def _metrics() -> Iterator[str]:
    for metric in sorted(set(REGISTRY._collector_to_names), key=lambda one: str(getattr(one, "_name", ""))):
        name = getattr(metric, "_name", "")
        if name.startswith("bonphu_"):
            kind = str(getattr(metric, "_type", ""))
            shown = f"{name}_total" if kind == "counter" else name
            labels = ", ".join(getattr(metric, "_labelnames", ())) or "–"
            yield f"| `{shown}` | {kind} | {labels} | {getattr(metric, '_documentation', '')} |"
