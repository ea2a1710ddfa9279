"""The audit names campaigns, units, indicators and cohorts by their codes, and an act of succession with its units."""

from migrations.sql import run_file

revision = "quota_0009"
down_revision = "quota_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replaces what writes the audit."""
    run_file("shared/0004_audit_in_words.sql")
    run_file("quota/0009_audit_in_words.sql")
