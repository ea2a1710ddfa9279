"""The audit: who changed what, when, from what to what."""

from migrations.sql import run_file

revision = "progress_0007"
down_revision = "progress_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the log and whatever writes to it."""
    run_file("shared/0003_audit.sql")
    run_file("progress/0007_audit.sql")
