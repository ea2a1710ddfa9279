"""The audit: who changed what, when, from what to what."""

from migrations.sql import run_file

revision = "quota_0006"
down_revision = "quota_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the log and whatever writes to it."""
    run_file("shared/0003_audit.sql")
    run_file("quota/0006_audit.sql")
