"""Withdrawal of batches: why and by whom, and the rows of a batch found by its number."""

from migrations.sql import run_file

revision = "progress_0004"
down_revision = "progress_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds what a void says, and a block index over the ledger."""
    run_file("progress/0004_withdrawal.sql")
