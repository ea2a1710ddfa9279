"""Runs one history (`alembic -n quota …`) as the role of its service, in the schema of its service.

The URL comes from `BONPHU_<SERVICE>_DATABASE_URL`; `--sql` prints the statements instead.
"""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

service = context.config.config_ini_section
if service not in ("quota", "progress", "reporting"):
    raise SystemExit("Say which history: alembic -n quota|progress|reporting …")


def _run(connection: Connection | None) -> None:
    context.configure(
        connection=connection,
        dialect_name=None if connection else "postgresql",
        version_table="alembic_version",
        version_table_schema=service,
        literal_binds=connection is None,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _online(url: str) -> None:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    async with engine.begin() as connection:
        # One migration at a time, whoever else starts.
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext('bonphu-migrate'), hashtext(:s))"), {"s": service}
        )
        await connection.run_sync(_run)
    await engine.dispose()


if context.is_offline_mode():
    _run(None)
else:
    variable = f"BONPHU_{service.upper()}_DATABASE_URL"
    url = os.environ.get(variable)
    if not url:
        raise SystemExit(f"{variable} is not set: the URL of the database as role bonphu_{service}.")
    asyncio.run(_online(url))
