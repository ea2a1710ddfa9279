"""Closures of a campaign, and how far a batch amends a closed period."""

from migrations.sql import run_file

revision = "progress_0005"
down_revision = "progress_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table and adds the column."""
    run_file("progress/0005_closure.sql")
