"""Adds an index of hedged rows (`live_about`)."""

from migrations.sql import run_file

revision = "reporting_0012"
down_revision = "reporting_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the index."""
    run_file("reporting/0012_about.sql")
