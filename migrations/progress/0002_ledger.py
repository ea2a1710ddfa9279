"""Copies of what quota owns, sources, and the ledger with its live values."""

from migrations.sql import run_file

revision = "progress_0002"
down_revision = "progress_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates copies, sources and ledger."""
    run_file("progress/0002_ledger.sql")
