"""Settings of the progress service."""

from pydantic import Field

from services.chassis.settings import ProcessSettings


class ProgressSettings(ProcessSettings):
    """What the progress service is told, beside what every process is told."""

    progress_database_url: str = Field(
        "postgresql://bonphu_progress@127.0.0.1:5432/bonphu",
        description="The database as role `bonphu_progress`, whose search path is the schema `progress`.",
    )
