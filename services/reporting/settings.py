"""Settings of the reporting service."""

from pydantic import Field

from services.chassis.settings import ProcessSettings


class ReportingSettings(ProcessSettings):
    """What the reporting service is told, beside what every process is told."""

    reporting_database_url: str = Field(
        "postgresql://bonphu_reporting@127.0.0.1:5432/bonphu",
        description="The database as role `bonphu_reporting`, whose search path is the schema `reporting`.",
    )
    document_seconds: int = Field(
        60, ge=1, le=600, description="Seconds in which a notice or an export must be made; else it is answered 503."
    )
    export_figures: int = Field(
        500_000, ge=1, description="Figures that one export holds, at most; a larger one is refused."
    )
    kept_answers_bytes: int = Field(
        32 * 1024 * 1024,
        ge=0,
        description="Bytes of answered figures and league tables that are kept until what they follow from changes.",
    )
    webhook_private_networks: bool = Field(
        False,
        description="Webhooks may call plain HTTP, loopback and private networks; for a closed network or a test.",
    )
