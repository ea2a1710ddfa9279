"""Adds when the first row for a day was received (`rollup_received.first_received_at`)."""

from migrations.sql import run_file

revision = "reporting_0015"
down_revision = "reporting_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column and fills it."""
    run_file("reporting/0015_first_received.sql")
