"""Copies of successions."""

from migrations.sql import run_file

revision = "reporting_0006"
down_revision = "reporting_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the table that a figure by the units of another day needs."""
    run_file("reporting/0006_successions.sql")
