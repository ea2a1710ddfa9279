"""Adds a version of units and successions, and which database this is."""

from migrations.sql import run_file

revision = "reporting_0009"
down_revision = "reporting_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the row and what keeps it."""
    run_file("reporting/0009_versions.sql")
