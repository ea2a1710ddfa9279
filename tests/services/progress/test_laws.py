"""Laws of the ledger: whatever comes in whichever order, the live row is rule 3's; fast and slow reading agree."""

import asyncio
import itertools
import random
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.problems import Refusal
from services.progress.ingestion.ndjson import read_strictly
from services.progress.ingestion.reading import Batch, Row, read
from tests.services.progress.support import Progress, row

UNITS = {"C11": 11, "C12": 12, "C21": 21}
DAYS = ("2024-05-01", "2024-05-02", "2024-05-03")


async def test_latest_is_the_naive_rule_3_in_any_order(progress: Progress) -> None:
    choose = random.Random(20240704)
    admin = progress.stack.token("progress:write admin")
    naive: dict[tuple[int, int, str], tuple[datetime, int, str, int]] = {}
    said: set[tuple[int, int, str]] = set()
    statements = 0
    for turn in range(40):
        received = datetime(2024, 5, 4, tzinfo=UTC) + timedelta(hours=choose.randrange(12))
        keys = choose.sample(list(itertools.product(UNITS, ("sims", "cards"), DAYS)), choose.randrange(1, 12))
        rows = [
            row(code, what, choose.randrange(3), day, mode=choose.choice(["daily", "cumulative"]))
            for code, what, day in keys
        ]
        answer = await progress.post(*rows, token=admin, received_at=received.isoformat())
        assert answer.status_code == 200, answer.text
        counts = {"created": 0, "corrected": 0, "unchanged": 0}
        for one in rows:
            key = (UNITS[one["unit"]], {"cards": 1, "sims": 2}[one["indicator"]], one["day"])
            before = naive.get(key)
            if before is None:
                counts["created"] += 1
            elif (received, turn) > before[:2] and (one["mode"], one["value"]) != before[2:]:
                counts["corrected"] += 1
            else:
                counts["unchanged"] += 1
            if before is None or (received, turn) > before[:2]:
                naive[key] = (received, turn, one["mode"], one["value"])
            said.add(key)
        statements += len(rows)
        assert answer.json()["rows"] == {"received": len(rows), **counts, "rejected": 0}
    assert await progress.live() == {key: one[3] for key, one in naive.items()}
    ledger = await progress.fetch("SELECT count(*) FROM ledger")
    assert ledger[0][0] == statements == sum(len(event.rows.value) for event in await progress.events())


async def test_32_writers_of_the_same_rows_never_deadlock(progress: Progress) -> None:
    keys = list(itertools.product(UNITS, DAYS))

    async def write(seed: int) -> list[int]:
        choose = random.Random(seed)
        answers = []
        for _ in range(2):
            choose.shuffle(keys)
            answer = await progress.post(*(row(code, value=seed, day=day) for code, day in keys))
            answers.append(answer.status_code)
        return answers

    answers = await asyncio.gather(*(write(seed) for seed in range(1, 33)))
    assert {status for one in answers for status in one} == {200}
    assert len(set((await progress.live()).values())) == 1
    assert (await progress.taken())[:2] == (32 * 2 * 9, 9)


async def test_first_rows_of_many_writers_fix_one_form(progress: Progress) -> None:
    answers = await asyncio.gather(
        *(progress.post(row(code="cards", cohort="young" if turn % 2 else None)) for turn in range(8))
    )
    assert sorted(one.status_code for one in answers) == [200] * 4 + [422] * 4
    kinds = await progress.fetch("SELECT FROM outbox WHERE kind = 'indicator_first_reported'")
    assert len(kinds) == 1
    assert len(await progress.fetch("SELECT DISTINCT cohort_no FROM ledger")) == 1


TEXTS = st.one_of(st.none(), st.sampled_from(["C11", "sims", "daily", "2024-05-01", "a:b", 'q"', "\\", "é", "\x00"]))
FIELDS = ["unit", "indicator", "day", "value", "cohort", "mode", "valeu"]
PAIRS = st.lists(st.tuples(st.sampled_from(FIELDS), TEXTS | st.integers(-1, 3)), max_size=6)
GOOD = [("unit", "C11"), ("indicator", "sims"), ("day", "2024-05-01"), ("value", 1)]


def text_of(pairs: list[tuple[str, object]], gap: str) -> str:
    inside = ",".join(f'"{name}"{gap}:{gap}{msgspec.json.encode(value).decode()}' for name, value in pairs)
    return "{" + inside + "}"


@given(st.lists(PAIRS.map(lambda more: [*GOOD, *more]), min_size=1, max_size=3), st.sampled_from(["", " "]))
def test_a_key_twice_is_always_found(rows: list[list[tuple[str, object]]], gap: str) -> None:
    body = ('{"source":"a","rows":[' + ",".join(text_of(pairs, gap) for pairs in rows) + "]}").encode()
    twice = any(len({name for name, _ in pairs}) < len(pairs) for pairs in rows)
    try:
        batch = read(body)
        if batch.may_have_keys_twice(sum(keys_of(one) for one in batch.rows)):
            read_strictly(batch)
        refused = False
    except Refusal as fault:
        refused = fault.code == "malformed_body"
    if twice:
        assert refused
    elif b"\\u0000" not in body:
        assert not refused


def keys_of(one: Row) -> int:
    return sum(getattr(one, name) is not msgspec.UNSET for name in one.__struct_fields__)


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), TEXTS | st.integers(-1, 3)), min_size=1, max_size=4))
def test_the_rows_that_can_be_read_are_read_alike_beside_bad_ones(rows: list[dict[str, object]]) -> None:
    def good(batch: Batch) -> list[Row]:
        return [one for place, one in enumerate(batch.rows) if place not in batch.misshapen]

    def body(some: list[dict[str, object]]) -> bytes:
        return msgspec.json.encode({"source": "a", "rows": some})

    if b"\\u0000" in body(rows):
        return
    together = read(body(rows))
    alone = []
    for one in rows:
        alone += good(read(body([one])))
    assert good(together) == alone
