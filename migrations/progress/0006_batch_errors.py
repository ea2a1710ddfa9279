"""Adds the errors of batches that have more of them than a receipt shows."""

from migrations.sql import run_file

revision = "progress_0006"
down_revision = "progress_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table."""
    run_file("progress/0006_batch_errors.sql")
