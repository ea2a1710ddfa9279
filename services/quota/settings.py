"""Settings of the quota service."""

from pydantic import Field

from services.chassis.settings import ProcessSettings


class QuotaSettings(ProcessSettings):
    """What the quota service is told, beside what every process is told."""

    quota_database_url: str = Field(
        "postgresql://bonphu_quota@127.0.0.1:5432/bonphu",
        description="The database as role `bonphu_quota`, whose search path is the schema `quota`.",
    )
