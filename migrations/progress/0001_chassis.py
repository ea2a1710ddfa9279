"""What the chassis needs: outbox, inbox, leases, idempotency keys."""

from migrations.sql import run_file

revision = "progress_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the chassis tables in the schema of the service."""
    run_file("shared/0001_chassis.sql")
