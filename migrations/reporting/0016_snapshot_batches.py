"""Keeps beside each snapshot which batches counted, so that two of them can be compared."""

from migrations.sql import run_file

revision = "reporting_0016"
down_revision = "reporting_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column."""
    run_file("reporting/0016_snapshot_batches.sql")
