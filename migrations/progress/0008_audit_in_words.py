"""The audit names campaigns and sources by their codes."""

from migrations.sql import run_file

revision = "progress_0008"
down_revision = "progress_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replaces what writes the audit."""
    run_file("shared/0004_audit_in_words.sql")
    run_file("progress/0008_audit_in_words.sql")
