"""Adds a faster guard of "one unit a code and day", and writes the audit of new units faster."""

from migrations.sql import run_file

revision = "quota_0007"
down_revision = "quota_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds key, guard and trigger."""
    run_file("quota/0007_loading.sql")
