"""Removes the exclusion of overlapping validities and the index of codes, which 0007 replaced."""

from migrations.sql import run_file

revision = "quota_0008"
down_revision = "quota_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Removes both."""
    run_file("quota/0008_exclusion_removed.sql")
