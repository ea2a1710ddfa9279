"""Adds a version of what coverage follows from, by which it is remembered."""

from migrations.sql import run_file

revision = "reporting_0008"
down_revision = "reporting_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column."""
    run_file("reporting/0008_coverage.sql")
