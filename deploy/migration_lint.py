"""Lints the SQL of all three histories with squawk: `python -m deploy.migration_lint`.

The first migration of a table cannot block anybody; what squawk has to say matters from the second on.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy import CHECKOUT

EXCLUDED = (
    # Counts are integers of the size that the rules give them; identity and names are ours to choose.
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",
    # The runner sets them for the role, not each script.
    "require-timeout-settings",
    "require-lock-timeout",
    "require-statement-timeout",
)


def main() -> int:
    """0 where nothing is found."""
    binaries = Path(sys.executable).parent
    environment = os.environ | {
        f"BONPHU_{name}_DATABASE_URL": "postgresql://" for name in ("QUOTA", "PROGRESS", "REPORTING")
    }
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for service in ("quota", "progress", "reporting"):
            rendered = subprocess.run(
                [sys.executable, "-m", "alembic", "-n", service, "upgrade", "head", "--sql"],
                cwd=CHECKOUT,
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            file = Path(folder) / f"{service}.sql"
            # alembic's own version table is not ours to lint.
            ours = re.sub(r"CREATE TABLE \S*alembic_version \(.*?\);", "", rendered.stdout, flags=re.DOTALL)
            file.write_text(ours, encoding="utf-8")
            files.append(str(file))
        excluded = [f"--exclude={','.join(EXCLUDED)}"]
        return subprocess.run([binaries / "squawk", *excluded, *files], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
