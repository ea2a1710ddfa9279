"""A void acts from its own moment as if the batch had never come."""

import asyncio
import itertools
import random
import uuid
from typing import Any

import httpx2
import msgspec
import pytest

from services.chassis import database
from services.contracts.events import BatchVoided
from services.progress.holds import name_of_source
from tests.services.progress.support import Progress, row

DAYS = ("2024-05-03", "2024-05-04")


async def void(
    progress: Progress, batch: str, *, token: str | None = None, reason: str = "sent twice", **more: Any
) -> httpx2.Response:
    return await progress.stack.call(
        "progress",
        "POST",
        f"/v1/batches/{batch}/void",
        token=token or progress.token(),
        json={"reason": reason},
        **more,
    )


async def sent(progress: Progress, *rows: dict[str, Any], **more: Any) -> str:
    answer = await progress.post(*rows, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["batch"]


async def voids(progress: Progress) -> list[BatchVoided]:
    rows = await progress.fetch("SELECT payload FROM outbox WHERE kind = 'batch_voided' ORDER BY seq")
    return [msgspec.json.decode(one["payload"], type=BatchVoided) for one in rows]


async def test_earlier_values_speak_again_and_later_ones_go_on(progress: Progress) -> None:
    await sent(progress, row("C11", value=1))
    batch = await sent(progress, row("C11", value=2), row("C12", value=2), row("C21", value=2))
    await sent(progress, row("C21", value=3))
    answer = await void(progress, batch)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["rows"] == {"taken": 3, "restored": 1, "withdrawn": 1, "superseded": 1}
    assert (told["batch"], told["source"], told["reason"]) == (batch, "registry", "sent twice")
    assert await progress.live() == {(11, 2, "2024-05-03"): 1, (21, 2, "2024-05-03"): 3}
    (event,) = await voids(progress)
    assert (str(event.batch.id), event.batch.source, event.reason) == (batch, "registry", "sent twice")
    assert f"{event.voided_at:%Y-%m-%dT%H:%M:%SZ}" == told["voided_at"]
    assert len(await progress.fetch("SELECT FROM ledger")) == 5


async def test_what_is_withdrawn_is_created_when_it_comes_again(progress: Progress) -> None:
    await void(progress, await sent(progress, row(value=2)))
    again = await progress.post(row(value=2))
    assert again.json()["rows"]["created"] == 1


async def test_a_withdrawn_batch_is_listed_as_such_and_keeps_its_receipt(progress: Progress) -> None:
    answer = await progress.post(row())
    batch = answer.json()["batch"]
    await void(progress, batch, reason="nhầm ngày")
    token = progress.token()
    page = await progress.stack.call("progress", "GET", "/v1/campaigns/drive/batches", token=token)
    (one,) = page.json()["items"]
    assert (one["void_reason"], one["voided_at"]) == ("nhầm ngày", "2024-05-10T03:00:00Z")
    again = await progress.stack.call("progress", "GET", f"/v1/batches/{batch}", token=token)
    assert again.content == answer.content


async def test_a_batch_is_withdrawn_once(progress: Progress) -> None:
    batch = await sent(progress, row())
    first = await void(progress, batch, headers={"Idempotency-Key": "v"})
    replayed = await void(progress, batch, headers={"Idempotency-Key": "v"})
    assert (replayed.status_code, replayed.content) == (200, first.content)
    again = await void(progress, batch)
    assert (again.status_code, again.json()["code"]) == (409, "batch_already_voided")
    assert "sent twice" in again.json()["detail"]
    assert len(await voids(progress)) == 1


async def test_a_rejected_batch_has_nothing_to_withdraw(progress: Progress) -> None:
    refused = await progress.post(row("nowhere"))
    answer = await void(progress, refused.json()["batch"])
    assert (answer.status_code, answer.json()["code"]) == (409, "batch_took_nothing")


async def test_who_may_withdraw(progress: Progress) -> None:
    batch = await sent(progress, row("C11"))
    stranger = progress.token("telco")
    for token, status, code in (
        (progress.stack.token("progress:read progress:write"), 403, "scope_missing"),
        (progress.stack.token("admin"), 403, "scope_missing"),
        (stranger, 404, "not_found"),
        (progress.stack.token("progress:amend", units=["D2"]), 404, "not_found"),
    ):
        answer = await void(progress, batch, token=token)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    missing = await void(progress, str(uuid.uuid4()), token=stranger)
    hidden = await void(progress, batch, token=stranger)
    assert missing.json()["detail"].replace(str(missing.request.url.path), "") == hidden.json()["detail"].replace(
        str(hidden.request.url.path), ""
    )
    assert await progress.live() == {(11, 2, "2024-05-03"): 5}
    official = progress.stack.token("progress:amend", units=["D1"])
    assert (await void(progress, batch, token=official)).status_code == 200
    assert await progress.live() == {}


async def test_a_reason_is_needed(progress: Progress) -> None:
    batch = await sent(progress, row())
    for body in ({}, {"reason": ""}, {"reason": "a\x00b"}, {"reason": "x", "more": 1}):
        answer = await progress.stack.call(
            "progress", "POST", f"/v1/batches/{batch}/void", token=progress.token(), json=body
        )
        assert answer.status_code in (400, 422), body
    assert await voids(progress) == []


async def test_a_source_whose_rows_are_all_withdrawn_may_report_by_cohorts_instead(progress: Progress) -> None:
    batch = await sent(progress, row(code="cards"), row("C12", code="cards"), row(code="sims"))
    young = row(code="cards", cohort="young")
    assert (await progress.post(young)).json()["errors"][0]["code"] == "cohorts_mixed"
    await void(progress, batch)
    assert (await progress.post(young)).status_code == 200
    assert (await progress.post(row("C12", code="cards"))).json()["errors"][0]["code"] == "cohorts_mixed"


async def test_a_form_stays_as_long_as_one_row_does(progress: Progress) -> None:
    await sent(progress, row("C21", code="cards"))
    await void(progress, await sent(progress, row(code="cards")))
    answer = await progress.post(row(code="cards", cohort="young"))
    assert answer.json()["errors"][0]["code"] == "cohorts_mixed"


async def test_live_rows_are_the_naive_rule_3_over_what_is_not_withdrawn(progress: Progress) -> None:
    choose = random.Random(20240703)
    keys = list(itertools.product({"C11": 11, "C12": 12, "C21": 21}.items(), DAYS))
    batches: list[tuple[str, dict[tuple[int, int, str], int]]] = []
    for _ in range(60):
        if batches and choose.random() < 0.45:
            batch, _ = batches.pop(choose.randrange(len(batches)))
            assert (await void(progress, batch)).status_code == 200
        else:
            said = {
                (unit_id, 2, day): (code, choose.randrange(4))
                for (code, unit_id), day in choose.sample(keys, choose.randrange(1, 5))
            }
            rows = [row(code, value=value, day=key[2]) for key, (code, value) in said.items()]
            batches.append((await sent(progress, *rows), {key: value for key, (_, value) in said.items()}))
        naive: dict[tuple[int, int, str], int] = {}
        for _, values in batches:
            naive |= values
        assert await progress.live() == naive


async def test_voids_and_reports_at_once_end_in_one_order(progress: Progress) -> None:
    keys = list(itertools.product(("C11", "C12", "C21"), DAYS))
    batches = [await sent(progress, *(row(code, value=turn, day=day) for code, day in keys)) for turn in range(6)]

    async def write(turn: int) -> str:
        return await sent(progress, *(row(code, value=turn, day=day) for code, day in keys))

    answers = await asyncio.gather(*(void(progress, one) for one in batches), *(write(turn) for turn in range(10, 16)))
    assert {one.status_code for one in answers if not isinstance(one, str)} == {200}
    written = [one for one in answers if isinstance(one, str)]
    assert len(set((await progress.live()).values())) == 1
    for one in written:
        assert (await void(progress, one)).status_code == 200
    assert await progress.live() == {}


async def test_a_void_behind_a_long_load_gives_up_and_holds_nobody_up(
    progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "HOLD_WAITS_SECONDS", 0.2)
    batch = await sent(progress, row(value=1))
    loading = progress.chassis.database.unit_of_work(actor="a load of a minute", shares=(name_of_source("registry"),))
    async with loading:
        voiding = asyncio.create_task(void(progress, batch))
        posts = [progress.post(row(value=number, day="2024-05-04")) for number in range(20)]
        answers = await asyncio.gather(*posts, progress.post(row("C11"), source="telco"))
        assert {one.status_code for one in answers} == {200}
        refused = await voiding
        assert (refused.status_code, refused.json()["code"]) == (503, "in_the_way")
        assert refused.headers["Retry-After"] == "10"
    assert (await void(progress, batch)).status_code == 200


async def test_posts_behind_a_long_void_wait_without_a_connection(
    progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SHARE_WAITS_SECONDS", 0.5)
    async with progress.chassis.database.unit_of_work(actor="a void of a minute") as work:
        await work.hold(name_of_source("registry"))
        waiting = [asyncio.create_task(progress.post(row())) for _ in range(30)]
        other = await progress.post(row("C11"), source="telco")
        assert other.status_code == 200
        answers = await asyncio.gather(*waiting)
        assert {(one.status_code, one.json()["code"]) for one in answers} == {(503, "in_the_way")}
        assert {one.headers["Retry-After"] for one in answers} == {"5"}
    assert (await progress.post(row())).status_code == 200


async def test_the_index_by_acknowledgement_is_brought_up_to_date(progress: Progress) -> None:
    assert progress.chassis.chores, "the service has a chore"
    for chore in progress.chassis.chores:
        await progress.fetch(chore)
