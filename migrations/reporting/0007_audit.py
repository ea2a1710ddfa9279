"""The audit: who changed what, when, from what to what."""

from migrations.sql import run_file

revision = "reporting_0007"
down_revision = "reporting_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the log and whatever writes to it."""
    run_file("shared/0003_audit.sql")
