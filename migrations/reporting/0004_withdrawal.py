"""Adds a block index over the log, by which the rows of a withdrawn batch are found."""

from migrations.sql import run_file

revision = "reporting_0004"
down_revision = "reporting_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the index."""
    run_file("reporting/0004_withdrawal.sql")
