"""The audit names campaigns by their codes."""

from migrations.sql import run_file

revision = "reporting_0011"
down_revision = "reporting_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replaces what writes the audit."""
    run_file("shared/0004_audit_in_words.sql")
    run_file("reporting/0011_audit_in_words.sql")
