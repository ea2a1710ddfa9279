"""Leaves room on the pages of `rollup_total`, whose rows change with every batch."""

from migrations.sql import run_file

revision = "reporting_0014"
down_revision = "reporting_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leaves room."""
    run_file("reporting/0014_room.sql")
