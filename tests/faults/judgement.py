"""What must hold once everything is up again: in the ledger, in the read model, over REST and over the graph."""

import asyncio
import time
from collections import defaultdict
from datetime import date
from typing import Any

import asyncpg
import httpx2

from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.reporting.projector.rebuild import DERIVED, rebuild_campaign
from tests.faults.campaign import ADDED, CHOSEN, CODE, COMMUNES, LAST_DAY, QUOTA, SOURCES
from tests.faults.installation import Installation
from tests.faults.writers import Load
from tests.support.waiting import until

WITHIN_SECONDS = 10
FILLED_AGAIN_WITHIN_SECONDS = 60
"""A stream that lost its store gets a day's events again, each with an fsync; all but the newest are known already."""
DAYS = ("2024-04-20", "2024-05-31", LAST_DAY)

_LEFT = """
    SELECT (SELECT count(*) FROM progress.waiting_event) + (SELECT count(*) FROM reporting.waiting_event)
            + (SELECT count(*) FROM quota.waiting_event) AS waiting,
        (SELECT count(*) FROM quota.outbox) * 2 + (SELECT count(*) FROM progress.outbox)
            - (SELECT count(*) FROM reporting.inbox)
            - (SELECT count(*) FROM progress.inbox WHERE origin = 'quota') AS not_applied
"""
_UNPUBLISHED = """
    SELECT (SELECT count(*) FROM quota.outbox WHERE published_at IS NULL) AS quota,
        (SELECT count(*) FROM progress.outbox WHERE published_at IS NULL) AS progress,
        (SELECT count(*) FROM reporting.outbox WHERE published_at IS NULL) AS reporting
"""
_BATCHES = """
    SELECT value::text AS name, count(*) AS rows, count(DISTINCT acknowledgement) AS times
    FROM progress.ledger GROUP BY value
"""
_LEDGER = """
    tenant, campaign_id, indicator_no, unit_id, source_id, cohort_no, outcome_no, reason_no, day, received_at,
    acknowledgement, mode_no, value, about
"""
_NOT_THE_SAME = f"""
    SELECT (SELECT count(*) FROM (SELECT {_LEDGER} FROM progress.ledger EXCEPT ALL SELECT {_LEDGER} FROM reporting.fact)
            AS missing) AS missing,
        (SELECT count(*) FROM (SELECT {_LEDGER} FROM reporting.fact EXCEPT ALL SELECT {_LEDGER} FROM progress.ledger)
            AS extra) AS extra
"""
_LIVE = """
    SELECT DISTINCT ON (l.unit_id, l.indicator_no, l.source_id, l.day)
        u.code AS unit, l.indicator_no, s.code AS source, l.day, l.value
    FROM progress.ledger AS l JOIN progress.source AS s ON s.id = l.source_id
    JOIN progress.campaign_unit AS u USING (campaign_id, unit_id)
    ORDER BY l.unit_id, l.indicator_no, l.source_id, l.day, l.acknowledgement DESC
"""
_CAMPAIGNS = """
    SELECT quota.code, (SELECT count(*) FROM progress.campaign_copy AS copy WHERE copy.code = quota.code) AS progress,
        (SELECT count(*) FROM reporting.campaign_copy AS copy WHERE copy.code = quota.code) AS reporting
    FROM quota.campaign AS quota WHERE quota.code LIKE 'extra-%'
"""

Totals = dict[tuple[str, str], int | None]


class _TakenBack(Exception):
    """Ends a transaction whose work was only to be looked at."""


async def judge(installation: Installation, load: Load) -> float:
    """Everything holds; answers after how many seconds the last event had been applied."""
    # Whoever cannot be served now is told so, and when to come back: never that we have a bug.
    assert not [one for one in load.faults if one[0] in "45" and not one.startswith("503 ")], load.faults
    assert not load.without_retry_after, load.faults
    began = time.monotonic()
    connection = await asyncpg.connect(installation.database_url())
    try:

        async def left(query: str) -> dict[str, int]:
            found = await connection.fetchrow(query)
            return {name: count for name, count in found.items() if count}

        await until(lambda: left(_LEFT), lambda nothing: not nothing, within=WITHIN_SECONDS)
        caught_up = time.monotonic() - began
        await _each_write_counts_once(connection, load)
        assert dict(await connection.fetchrow(_NOT_THE_SAME)) == {"missing": 0, "extra": 0}
        await _figures_are_the_sums(installation, await connection.fetch(_LIVE))
        await until(lambda: left(_UNPUBLISHED), lambda nothing: not nothing, within=FILLED_AGAIN_WITHIN_SECONDS)
    finally:
        await connection.close()
    await _rollups_equal_a_rebuild(installation)
    return caught_up


async def _each_write_counts_once(connection: asyncpg.Connection, load: Load) -> None:
    taken = {row["name"]: (row["rows"], row["times"]) for row in await connection.fetch(_BATCHES)}
    known = {one.name: one for one in load.batches}
    assert not [one for one in (*load.batches, *load.campaigns) if one.outcome == "refused"]
    assert taken.keys() <= known.keys()
    for name, sent in known.items():
        if sent.outcome == "acknowledged" or name in taken:
            assert taken.get(name) == (sent.rows, 1), sent
    receipts = {str(row["id"]) for row in await connection.fetch("SELECT id FROM progress.batch")}
    assert {one.answer["batch"] for one in load.batches if one.outcome == "acknowledged"} <= receipts
    assert len(receipts) == len(taken)
    copies = {row["code"]: (row["progress"], row["reporting"]) for row in await connection.fetch(_CAMPAIGNS)}
    assert {one.name for one in load.campaigns if one.outcome == "acknowledged"} <= copies.keys()
    assert set(copies.values()) <= {(1, 1)}


async def _figures_are_the_sums(installation: Installation, live: list[asyncpg.Record]) -> None:
    headers = {"Authorization": f"Bearer {installation.token('reporting:read')}"}
    async with httpx2.AsyncClient(headers=headers, timeout=10) as client:
        for day in DAYS:
            url = f"{installation.urls['reporting']}/v1/campaigns/{CODE}/figures?depth=2&as_of={day}&limit=1000"
            answer = await client.get(url)
            assert answer.status_code == 200, answer.text
            shown = {(one["unit"], one["indicator"]): one["achieved"] for one in answer.json()["items"]}
            assert shown == sums(live, date.fromisoformat(day))
        question = {"query": f'{{ campaign(code: "{CODE}") {{ totals {{ indicator {{ code }} quota achieved }} }} }}'}
        answer = await client.post(f"{installation.urls['gateway']}/graphql", json=question)
        expected = sums(live, date.fromisoformat(LAST_DAY))
        assert answer.json()["data"]["campaign"]["totals"] == [
            {"indicator": {"code": code}, "quota": QUOTA, "achieved": expected["P", code]} for code in (ADDED, CHOSEN)
        ]


def sums(live: list[asyncpg.Record], day: date) -> Totals:
    """Achieved up to a day by unit and indicator, reckoned from the newest row of each key."""
    spoken: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in live:
        if row["day"] <= day:
            by_source = spoken[row["unit"], (ADDED, CHOSEN)[row["indicator_no"] - 1]]
            by_source[row["source"]] = by_source.get(row["source"], 0) + row["value"]
    found: Totals = {}
    for code in (ADDED, CHOSEN):
        of_districts: list[int | None] = []
        for district, communes in COMMUNES.items():
            values: list[int | None] = []
            for commune in communes:
                by_source = spoken.get((commune, code), {})
                speaking = [by_source[one] for one in SOURCES if one in by_source]
                values.append(sum(speaking if code == ADDED else speaking[:1]) if speaking else None)
                found[commune, code] = values[-1]
            found[district, code] = _sum(values)
            of_districts.append(found[district, code])
        found["P", code] = _sum(of_districts)
    return found


def _sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


async def _rollups_equal_a_rebuild(installation: Installation) -> None:
    database = Database(installation.database_url("reporting"), service="reporting", clock=SystemClock(), pool_size=1)
    try:
        async with asyncio.timeout(60), database.unit_of_work(actor="judge") as work:
            campaign_id = await work.connection.fetchval("SELECT id FROM campaign_copy WHERE code = $1", CODE)

            async def tables() -> dict[str, Any]:
                return {
                    name: sorted(
                        map(
                            repr,
                            await work.connection.fetch(f"SELECT * FROM {name} WHERE campaign_id = $1", campaign_id),
                        )
                    )
                    for name in DERIVED
                }

            served = await tables()
            await rebuild_campaign(work.connection, campaign_id)
            assert await tables() == served
            raise _TakenBack
    except _TakenBack:
        pass
    finally:
        await database.close()
