"""Adds snapshots: issues frozen with their figures, rules and documents, which the database never changes."""

from migrations.sql import run_file

revision = "reporting_0010"
down_revision = "reporting_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the tables, their wall, and the rule that they are appended to only."""
    run_file("reporting/0010_snapshots.sql")
