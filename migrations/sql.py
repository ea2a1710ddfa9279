"""Runs a file of SQL statements in a migration, one statement at a time (asyncpg takes no more)."""

from pathlib import Path

from alembic import op

_HERE = Path(__file__).parent


def statements(sql: str) -> list[str]:
    """The statements of a script; `$$` quotes are kept whole, comments on lines of their own are dropped."""
    found, current, quoted = [], "", False
    for line in sql.splitlines():
        if not quoted and line.strip().startswith("--"):
            continue
        current += line + "\n"
        quoted ^= line.count("$$") % 2 == 1
        if not quoted and line.rstrip().endswith(";"):
            found.append(current.strip().rstrip(";"))
            current = ""
    if current.strip():
        found.append(current.strip())
    return found


def run_file(name: str) -> None:
    """Executes `migrations/<name>`."""
    for statement in statements((_HERE / name).read_text(encoding="utf-8")):
        op.execute(statement)
