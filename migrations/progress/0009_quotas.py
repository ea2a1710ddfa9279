"""Adds copies of plans, so that a receipt can warn of outcomes above the quota."""

from migrations.sql import run_file

revision = "progress_0009"
down_revision = "progress_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables."""
    run_file("progress/0009_quotas.sql")
