"""Adds copies of the closures of campaigns."""

from migrations.sql import run_file

revision = "reporting_0015"
down_revision = "reporting_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table and its wall."""
    run_file("reporting/0015_closures.sql")
