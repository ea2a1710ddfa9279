"""Copies, the log of facts, and the roll-ups."""

from migrations.sql import run_file

revision = "reporting_0002"
down_revision = "reporting_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the read model."""
    run_file("reporting/0002_read_model.sql")
