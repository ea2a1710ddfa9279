"""Events remember the trace of the write that recorded them."""

from migrations.sql import run_file

revision = "quota_0003"
down_revision = "quota_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column to the outbox."""
    run_file("shared/0002_trace.sql")
