"""Units, campaigns, plans."""

from migrations.sql import run_file

revision = "quota_0002"
down_revision = "quota_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what the quota service owns."""
    run_file("quota/0002_quota.sql")
