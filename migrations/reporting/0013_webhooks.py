"""Adds webhooks and their deliveries, which requests that read figures never see."""

from migrations.sql import run_file

revision = "reporting_0013"
down_revision = "reporting_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the tables."""
    run_file("reporting/0013_webhooks.sql")
