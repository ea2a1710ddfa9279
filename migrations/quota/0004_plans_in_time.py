"""Plans in time: notes and splits of a plan; what was issued stays."""

from migrations.sql import run_file

revision = "quota_0004"
down_revision = "quota_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds what revising, withdrawing and splitting need."""
    run_file("quota/0004_plans_in_time.sql")
