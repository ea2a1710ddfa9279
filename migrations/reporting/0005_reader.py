"""Readers become a role of their own, which sees the rows of opened campaigns only and writes nothing."""

from migrations.sql import run_file

revision = "reporting_0005"
down_revision = "reporting_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Grants reading and creates the policies."""
    run_file("reporting/0005_reader.sql")
