"""Adds when the first row for a day was received (`rollup_received.first_received_at`)."""

from migrations.sql import run_file

revision = "reporting_0017"
down_revision = "reporting_0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column and fills it."""
    run_file("reporting/0017_first_received.sql")
