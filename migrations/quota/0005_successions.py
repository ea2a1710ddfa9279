"""Successions: units that become others."""

from migrations.sql import run_file

revision = "quota_0005"
down_revision = "quota_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds acts and what became of whom."""
    run_file("quota/0005_successions.sql")
