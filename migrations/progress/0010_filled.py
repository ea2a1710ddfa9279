"""Adds which copies were filled from their owner's history: what was told before this service listened."""

from migrations.sql import run_file

revision = "progress_0010"
down_revision = "progress_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table."""
    run_file("progress/0010_filled.sql")
