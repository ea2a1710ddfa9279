"""Requests read as a role that sees opened campaigns only: a query that forgets to ask shows nothing (ADR 0009)."""

from typing import Any

import asyncpg
import pytest

from services.reporting.visibility import queries
from tests.services.reporting.support import ReadModel, indicator

STRUCTURE = {"campaign_unit", "campaign_closure"}
"""Which units there are, and nothing of what they did."""


@pytest.fixture
async def figures(written: Any) -> None:
    model = ReadModel(indicator("cccd"))
    for code in ("70", "688", "25001"):
        model.quota(code, "cccd", 10)
    model.report("25001", "cccd", 5)
    await written(model)


async def as_reader(connection: asyncpg.Connection, statement: str, *, opened: str | None) -> Any:
    async with connection.transaction():
        await connection.execute("SET LOCAL ROLE bonphu_reporting_reader")
        if opened is not None:
            await connection.execute("SELECT set_config('bonphu.campaigns', $1, true)", opened)
        return await connection.fetchval(statement)


async def test_a_reader_sees_what_was_opened_and_nothing_else(reading: Any, figures: None) -> None:
    counted = "SELECT count(*) FROM rollup_day"
    async with reading.connection("reporting") as connection:
        rows = await connection.fetchval(counted)
        assert rows > 0
        assert await as_reader(connection, counted, opened=None) == 0
        assert await as_reader(connection, counted, opened="") == 0
        assert await as_reader(connection, counted, opened="2,3") == 0
        assert await as_reader(connection, counted, opened="2,1") == rows
        assert await as_reader(connection, counted, opened="*") == rows


async def test_a_reader_writes_nothing(reading: Any, figures: None) -> None:
    async with reading.connection("reporting") as connection:
        for statement in ("UPDATE rollup_day SET delta = 0", "DELETE FROM campaign_copy", "DELETE FROM outbox"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await as_reader(connection, statement, opened="*")


async def test_every_table_of_a_campaign_stands_behind_the_wall(reading: Any) -> None:
    async with reading.connection("reporting") as connection:
        unbound = await connection.fetch(
            """
            SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'campaign_id'
            WHERE c.relnamespace = 'reporting'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
            """
        )
    assert {row["relname"] for row in unbound} == STRUCTURE, "a new table needs the policy of migration 0005"


async def test_requests_stand_before_the_wall(
    get: Any, refused: Any, figures: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (seen,) = (await get("figures", unit="25001", units=("688",)))["items"]
    assert (seen["quota"], seen["achieved"]) == (10, 5)
    monkeypatch.setattr(queries, "_OPEN", "SELECT set_config('bonphu.campaigns', '', true) WHERE $1 = $1")
    # At another address: what was answered at that one before is kept.
    (unopened,) = (await get("figures", unit="25001", depth=1, level="commune", units=("688",)))["items"]
    assert (unopened["quota"], unopened["achieved"]) == (None, None)
