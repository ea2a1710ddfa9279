"""League tables that have been made, kept for as long as nothing of their campaign changes."""

import uuid
from collections import OrderedDict
from datetime import date
from typing import Generic, NamedTuple, TypeVar

import asyncpg

MOST_LINES = 50_000
"""Lines that a process keeps, at most: some 50 MB."""


# `coverage_version` is random: a database that was put back to an earlier state has others.
_STATE = """
    SELECT read_model.epoch, read_model.units_version, version, coalesce(coverage_version, gen_random_uuid())
    FROM read_model, campaign_copy WHERE campaign_copy.id = $1
"""


class State(NamedTuple):
    """What changes with every commit that changes what is read of a campaign."""

    epoch: uuid.UUID
    units_version: int
    version: int
    coverage_version: uuid.UUID


class Asked(NamedTuple):
    """What a table follows from, where the whole of it is seen."""

    state: State
    campaign_id: int
    indicator: str
    level: str
    within_id: int
    order: str
    as_of: date
    tells_sensitive: bool


Table = TypeVar("Table")


async def state_of(connection: asyncpg.Connection, campaign_id: int) -> State:
    """The state in this snapshot."""
    row = await connection.fetchrow(_STATE, campaign_id)
    assert row is not None
    return State(*row)


class Kept(Generic[Table]):
    """The tables asked for last, as many as have so many lines together."""

    def __init__(self, *, most_lines: int) -> None:
        self._most_lines = most_lines
        self._tables: OrderedDict[Asked, tuple[Table, int]] = OrderedDict()
        self._lines = 0

    def get(self, asked: Asked) -> Table | None:
        """The table, where it is kept."""
        found = self._tables.get(asked)
        if found is None:
            return None
        self._tables.move_to_end(asked)
        return found[0]

    def put(self, asked: Asked, table: Table, *, lines: int) -> None:
        """It is kept; the ones not asked for the longest give way."""
        if asked in self._tables:
            return
        self._tables[asked] = table, lines + 1
        self._lines += lines + 1
        while self._lines > self._most_lines and self._tables:
            self._lines -= self._tables.popitem(last=False)[1][1]
