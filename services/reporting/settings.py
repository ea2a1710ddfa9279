"""Settings of the reporting service."""

from pydantic import Field

from services.chassis.settings import ProcessSettings


class ReportingSettings(ProcessSettings):
    """What the reporting service is told, beside what every process is told."""

    reporting_database_url: str = Field(
        "postgresql://bonphu_reporting@127.0.0.1:5432/bonphu",
        description="The database as role `bonphu_reporting`, whose search path is the schema `reporting`.",
    )
