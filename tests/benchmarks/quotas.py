"""quota: the country loaded, a plan of 10,000 lines issued, a split over 100,000 children, and search."""

import io
import random
import statistics
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import aiohttp
import asyncpg
import orjson

from deploy.simulation.national import LAST_DAY, national_successions, national_units
from services.quota.apportionment.rules import Claim, split
from tests.benchmarks.client import Load, NotTaken
from tests.benchmarks.installation import Installation
from tests.benchmarks.ratios import Line, Table, in_turns, paired_ratio, percentile

ROUNDS = 3
PLAN_LINES = 10_000
CHILDREN = 100_000
SEARCHES = 300
_FLOOR = """
    CREATE SCHEMA IF NOT EXISTS bench;
    CREATE TABLE bench.unit (
        code text, level text, kind text, parent_code text, name text, valid_from date, valid_to date,
        UNIQUE (code, valid_from));
    CREATE TABLE bench.succession (
        predecessor text, successor text, day date, relation text, UNIQUE (predecessor, successor, day));
    CREATE TABLE bench.plan_line (
        plan text, unit text, indicator text, cohort text, amount bigint, baseline bigint, held boolean,
        UNIQUE (plan, unit, indicator, cohort));
"""

Call = tuple[str, str, bytes]
"""Method, URL, body."""


async def measure(place: Installation, load: Load) -> Table:
    """The table."""
    url, token = place.urls["quota"], place.token("quota:read", "quota:write")
    async with place.admin() as connection:
        await connection.execute("DROP TABLE IF EXISTS bench.unit, bench.succession, bench.plan_line")
        await connection.execute(_FLOOR)
    await load.run(call_all, token, _country(url, "s-"))
    searches = await load.run(search_all, url, token)
    parts: list[float] = []

    async def country(number: int) -> float:
        seconds = await load.run(call_all, token, _country(url, f"n{number + 1}-"))
        await place.drained()
        return sum(seconds)

    async def country_by_copy(number: int) -> float:
        prefix = f"n{number + 1}-"
        units = [
            (*(unit[name] for name in ("code", "level", "kind", "parent_code", "name", "valid_from", "valid_to")),)
            for unit in _units(prefix)
        ]
        edges = [
            (before, after, act["day"], act["relation"])
            for act in _acts(prefix)
            for before in act["predecessors"]
            for after in act["successors"] or [None]
        ]
        return await load.run(copy_tables, place.admin_url, {"unit": units, "succession": edges})

    async def plan(number: int) -> float:
        drafting, issuing = await load.run(issue_a_plan, url, token, number)
        if number >= 0:
            parts.append(drafting)
        await place.drained()
        return issuing

    async def plan_by_copy(number: int) -> float:
        lines = [(f"p{number}", code, "cards", None, 7, 0, False) for code in _communes("s-")]
        return await load.run(copy_tables, place.admin_url, {"plan_line": lines})

    loads = await in_turns({"ours": country, "copy": country_by_copy}, rounds=ROUNDS)
    plans = await in_turns({"ours": plan, "copy": plan_by_copy}, rounds=ROUNDS)
    splitting = _split_seconds()
    p99 = percentile(searches, 0.99)
    return Table(
        "quota",
        "Hierarchy, plans, splits and search",
        [
            _at_most("the country before and after 1 July 2025, with successions", loads, 10),
            _at_most(f"a plan of {PLAN_LINES:,} lines issued", plans, 20),
            Line(
                f"a split over {CHILDREN:,} children with bounds, CPU",
                f"{splitting * 1000:.0f} ms",
                "–",
                None,
                "≤ 1 s",
                splitting <= 1,
            ),
            Line("search over the country, p50", f"{statistics.median(searches) * 1000:.1f} ms", "–", None, "–", None),
            Line("search over the country, p99", f"{p99 * 1000:.1f} ms", "–", None, "≤ 10 ms", p99 <= 0.01),
        ],
        [
            f"{len(_units('')):,} units and {len(_acts('')):,} acts in two requests; COPY of the same rows into"
            " ordinary tables with a unique key, a commit a table.",
            "What holds the load of the country back (CPU, alone on the machine, 0.9 s; COPY has 0.04 s): in PostgreSQL"
            " units with their keys and the index of search 0.2 s, the audit's entry of every unit and act 0.1 s, three"
            " foreign keys of each edge 0.1 s, reading the named units 0.05 s, statistics and pending lists 0.05 s; in"
            " Python 0.35 s for strict JSON, the rules of place and day, keys of names, events. Done, from 64×: names'"
            " keys syllable by syllable, structs instead of models, rows copied in, an exclusion by GiST (0.45 s)"
            " replaced by a key and one look a statement, the collector of garbage kept from what was there at the"
            " start. Tried without foreign keys: 18× instead of 20×, which is not worth what they guard.",
            f"The draft of the plan was posted before: {statistics.median(parts) * 1000:.0f} ms.",
            f"{SEARCHES} searches for one or two syllables of names, with and without accents, one after another.",
        ],
    )


def _at_most(what: str, found: dict[str, list[float]], times: int) -> Line:
    ratio = paired_ratio(found["ours"], found["copy"])
    ours, floor = (f"{statistics.median(found[name]) * 1000:,.0f} ms" for name in ("ours", "copy"))
    return Line(what, ours, floor, ratio, f"≤ {times}×", ratio <= times)


def _split_seconds() -> float:
    claims = [
        Claim(f"{place:06}", place * 7919 % 10_007 + 1, place % 50, 20_000 if place % 3 else None)
        for place in range(CHILDREN)
    ]
    begun = time.process_time()
    split(claims, 60_000_000)
    return time.process_time() - begun


def _units(prefix: str) -> list[dict[str, Any]]:
    def named(code: str | None) -> str | None:
        return None if code is None else prefix + code

    return [
        {**unit, "code": named(unit["code"]), "parent_code": named(unit["parent_code"])} for unit in national_units()
    ]


def _acts(prefix: str) -> list[dict[str, Any]]:
    return [
        {
            **act,
            "predecessors": [prefix + code for code in act["predecessors"]],
            "successors": [prefix + code for code in act["successors"]],
            **({"main": prefix + act["main"]} if act.get("main") else {}),
        }
        for act in national_successions()
    ]


def _communes(prefix: str) -> list[str]:
    old = [unit for unit in _units(prefix) if unit["level"] == "commune" and unit["valid_to"] == LAST_DAY]
    return [unit["code"] for unit in old[:PLAN_LINES]]


def _country(url: str, prefix: str) -> list[Call]:
    return [
        ("PUT", f"{url}/v1/units", orjson.dumps({"units": _units(prefix)})),
        ("POST", f"{url}/v1/successions", orjson.dumps({"successions": _acts(prefix)})),
    ]


async def call_all(token: str, calls: Sequence[Call]) -> list[float]:
    """Seconds of each call, one after another."""
    async with _session(token) as session:
        return [(await _call(session, *one))[0] for one in calls]


async def issue_a_plan(url: str, token: str, number: int) -> tuple[float, float]:
    """Seconds of drafting and of issuing a plan of the country for its communes."""
    code = f"bench-{number + 1}"
    campaign = {
        "code": code,
        "name": {"vi": code},
        "unit": "s-VN",
        "first_day": "2024-04-04",
        "last_day": "2024-07-03",
        "indicators": [{"code": "cards", "kind": "quota", "name": {"vi": "Căn cước"}}],
    }
    lines = [{"unit": one, "indicator": "cards", "amount": 7} for one in _communes("s-")]
    plan = {"unit": "s-VN", "document": {"number": "1/KH", "date": "2024-04-04"}, "lines": lines}
    async with _session(token) as session:
        await _call(session, "POST", f"{url}/v1/campaigns", orjson.dumps(campaign))
        drafting, drafted = await _call(session, "POST", f"{url}/v1/campaigns/{code}/plans", orjson.dumps(plan))
        plan_id = orjson.loads(drafted)["id"]
        issuing, _ = await _call(session, "POST", f"{url}/v1/plans/{plan_id}/issue", b"{}")
    return drafting, issuing


async def search_all(url: str, token: str) -> list[float]:
    """Seconds of each search."""
    chance = random.Random(4)
    words = [word for unit in national_units() for word in unit["name"].split()[1:]]
    seconds = []
    async with _session(token) as session:
        for number in range(SEARCHES + 20):
            wanted = " ".join(chance.sample(words, 1 + number % 2)) if number % 3 else chance.choice(words)
            path = f"{url}/v1/units?on=2024-04-04&limit=20&q={quote(wanted)}"
            taken, _ = await _call(session, "GET", path, b"")
            if number >= 20:
                seconds.append(taken)
    return seconds


async def copy_tables(url: str, tables: dict[str, Sequence[tuple[Any, ...]]]) -> float:
    """Seconds in which the rows are in the tables `bench.…`, as text, a commit a table."""
    connection = await asyncpg.connect(url)
    try:
        texts = {
            name: "".join(
                "\t".join("\\N" if cell is None else str(cell) for cell in row) + "\n" for row in rows
            ).encode()
            for name, rows in tables.items()
        }
        began = time.perf_counter()
        for name, text in texts.items():
            await connection.copy_to_table(name, schema_name="bench", source=io.BytesIO(text))
        return time.perf_counter() - began
    finally:
        await connection.close()


def _session(token: str) -> aiohttp.ClientSession:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=300))


async def _call(session: aiohttp.ClientSession, method: str, url: str, body: bytes) -> tuple[float, bytes]:
    began = time.perf_counter()
    async with session.request(method, url, data=body or None) as answer:
        raw = await answer.read()
    if answer.status >= 300:
        raise NotTaken(f"{method} {url}: {answer.status}: {raw[:500].decode()}")
    return time.perf_counter() - began, raw
