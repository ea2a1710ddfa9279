"""Settings that every process reads from the environment (`BONPHU_…`)."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ProcessSettings(BaseSettings):
    """What each of the four processes is told; every field is `BONPHU_` + its name."""

    model_config = SettingsConfigDict(env_prefix="BONPHU_", extra="ignore", frozen=True)

    nats_url: str = Field("nats://127.0.0.1:4222", description="Where NATS with JetStream listens.")
    stream_prefix: str = Field(
        "bonphu",
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="First part of every stream, subject and durable name; keeps deployments on one NATS apart.",
    )
    jwks_file: Path | None = Field(None, description="File with the public keys (JWKS) that tokens are verified with.")
    jwks_url: str | None = Field(
        None, description="URL of an OpenID Connect provider's JWKS; wins over the file. Fetched again every 5 minutes."
    )
    issuer: str = Field("https://bonphu.local", description="`iss` that a token must carry.")
    audience: str = Field("bonphu", description="`aud` that a token must carry.")
    signing_key_file: Path | None = Field(
        None, description="Private key of the local issuer; lets a service mint its own short service token."
    )
    service_token: str | None = Field(
        None, description="Token that a service shows to another, where there is no local issuer."
    )
    quota_url: str = Field("http://127.0.0.1:8001", description="Base URL of the quota service.")
    progress_url: str = Field("http://127.0.0.1:8002", description="Base URL of the progress service.")
    reporting_url: str = Field("http://127.0.0.1:8003", description="Base URL of the reporting service.")
    otlp_url: str | None = Field(
        None,
        description="Base URL of an OpenTelemetry collector (OTLP over HTTP) that traces are sent to; without it there"
        " are none.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["json", "console"] = Field("json", description="One JSON object a line, or lines for people.")
    pool_size: int = Field(10, ge=1, le=200, description="Connections to PostgreSQL that a process keeps, at most.")
    consistency_wait_seconds: float = Field(
        5.0, gt=0, le=30, description="How long a request that brings a Consistency-Token waits for it, at most."
    )
    lease_seconds: float = Field(
        5.0,
        gt=0.2,
        le=60,
        description="After how many seconds without a sign of life another replica takes a lease over.",
    )
    requests_per_minute: int = Field(
        12_000, ge=1, description="Requests that one caller may make of one process a minute; more are answered 429."
    )
    requests_at_once: int = Field(
        200, ge=1, description="Requests that a process has under way, at most; more are answered 503."
    )
    denial_step_seconds: float = Field(
        0.025,
        gt=0,
        le=1,
        description="404 and 422 answers leave at a multiple of this after their request came: their time does not tell"
        " what is hidden from what does not exist.",
    )
    backlog_events: int = Field(
        100_000,
        ge=1,
        description="Events of a service that may wait to be published or applied; above it writes are answered 503.",
    )
    body_seconds: float = Field(
        60.0, gt=0, description="Seconds in which a request's body must have come; a slower one is answered 408."
    )
    stream_seconds: float = Field(
        900.0, gt=0, description="Seconds in which the body of a streamed request must have come."
    )
    max_stream_bytes: int = Field(
        1024 * 1024 * 1024, ge=1024, description="Largest body of a streamed request; a larger one is answered 413."
    )
    max_body_bytes: int = Field(
        64 * 1024 * 1024, ge=1024, description="Largest request body that is read; a larger one is answered 413."
    )
