"""A period closed by decision."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx2
import msgspec
import pytest

from services.contracts.events import PeriodClosed
from services.contracts.history import ClosuresPage
from services.progress.history import endpoints
from tests.services.progress.support import Progress, row
from tests.support.clock import MovableClock

DECISION = {"number": "15/TB-UBND", "date": "2024-05-09"}


async def close(
    progress: Progress, through: str | None, *, token: str | None = None, etag: str | None = None, **more: Any
) -> httpx2.Response:
    return await progress.stack.call(
        "progress",
        "PUT",
        "/v1/campaigns/drive/closure",
        token=token or progress.stack.token("progress:amend"),
        json={"through": through, "decision": DECISION, **more},
        headers={} if etag is None else {"If-Match": etag},
    )


def codes(answer: httpx2.Response, kind: str = "errors") -> list[tuple[int, str]]:
    return [(one["row"], one["code"]) for one in answer.json()[kind]]


async def test_rows_of_closed_days_are_refused_with_the_day_and_the_remedy(progress: Progress) -> None:
    answer = await close(progress, "2024-05-03")
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "campaign": "drive",
        "through": "2024-05-03",
        "decision": DECISION,
        "closed_at": "2024-05-10T03:00:00Z",
    }
    refused = await progress.post(row(day="2024-05-03"), row(day="2024-05-04"))
    assert (refused.status_code, codes(refused)) == (422, [(0, "period_closed")])
    assert "2024-05-03" in refused.json()["errors"][0]["detail"]
    assert "progress:amend" in refused.json()["errors"][0]["detail"]
    assert (await progress.post(row(day="2024-05-04"))).status_code == 200


async def test_an_amendment_shows_for_ever(progress: Progress) -> None:
    await close(progress, "2024-05-03")
    amender = progress.token(scope="progress:write progress:amend progress:read")
    answer = await progress.post(row(day="2024-05-03"), row("C12", day="2024-05-04"), token=amender)
    assert (answer.status_code, codes(answer, "warnings")) == (200, [(0, "amendment")])
    plain = await progress.post(row("C21", day="2024-05-04"), token=amender)
    assert codes(plain, "warnings") == []
    page = await progress.stack.call("progress", "GET", "/v1/campaigns/drive/batches", token=amender)
    assert [one["amends"] for one in page.json()["items"]] == [False, True]
    assert [event.batch.amends for event in await progress.events()] == [True, False]


async def test_a_historical_load_does_not_slip_under_a_closure(progress: Progress) -> None:
    await close(progress, "2024-05-03")
    admin = progress.stack.token("progress:write admin")
    answer = await progress.post(row(), token=admin, received_at="2024-05-04T00:00:00Z")
    assert codes(answer) == [(0, "period_closed")]


async def test_withdrawing_closed_rows_is_an_amendment_too(progress: Progress) -> None:
    batch = (await progress.post(row(day="2024-05-03"))).json()["batch"]
    await close(progress, "2024-05-03")

    async def void(token: str) -> httpx2.Response:
        path = f"/v1/batches/{batch}/void"
        return await progress.stack.call("progress", "POST", path, token=token, json={"reason": "x"})

    refused = await void(progress.token())
    assert (refused.status_code, refused.json()["code"]) == (409, "period_closed")
    assert "15/TB-UBND" in refused.json()["detail"]
    assert (await void(progress.stack.token("progress:amend"))).status_code == 200
    page = await progress.stack.call("progress", "GET", "/v1/campaigns/drive/batches", token=progress.token())
    assert [one["amends"] for one in page.json()["items"]] == [True]


async def test_a_closure_is_edited_with_its_etag_and_can_be_opened_again(progress: Progress) -> None:
    first = await close(progress, "2024-05-03")
    assert (await close(progress, "2024-05-04")).status_code == 428
    assert (await close(progress, "2024-05-04", etag='"7"')).status_code == 412
    second = await close(progress, "2024-05-04", etag=first.headers["ETag"])
    assert second.status_code == 200
    opened = await close(progress, None, etag=second.headers["ETag"])
    assert opened.json()["through"] is None
    assert (await progress.post(row(day="2024-05-03"))).status_code == 200
    got = await progress.stack.call("progress", "GET", "/v1/campaigns/drive/closure", token=progress.token())
    assert (got.json(), got.headers["ETag"]) == (opened.json(), opened.headers["ETag"])
    rows = await progress.fetch("SELECT payload FROM outbox WHERE kind = 'period_closed' ORDER BY seq")
    told = [msgspec.json.decode(one["payload"], type=PeriodClosed) for one in rows]
    assert [(one.revision, str(one.through)) for one in told] == [(1, "2024-05-03"), (2, "2024-05-04"), (3, "None")]


async def test_a_campaign_that_was_never_closed_has_no_closure(progress: Progress) -> None:
    got = await progress.stack.call("progress", "GET", "/v1/campaigns/drive/closure", token=progress.token())
    assert (got.status_code, got.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("through", "code"),
    [("2024-04-03", "day_outside_campaign"), ("2024-07-04", "day_outside_campaign"), ("2024-05-11", "day_in_future")],
)
async def test_a_closed_day_is_one_that_has_come(progress: Progress, through: str, code: str) -> None:
    answer = await close(progress, through)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == "/through"


async def test_only_whoever_holds_the_whole_campaign_closes_it(progress: Progress) -> None:
    for token, status, code in (
        (progress.token(), 403, "scope_missing"),
        (progress.stack.token("progress:amend", units=["D1"]), 403, "top_unit_needed"),
        (progress.stack.token("progress:amend", units=["Q"]), 404, "not_found"),
    ):
        answer = await close(progress, "2024-05-03", token=token)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (
        await close(progress, "2024-05-03", token=progress.stack.token("progress:amend", units=["P"]))
    ).status_code == 201


async def test_closing_and_reporting_at_once_leaves_no_row_behind(progress: Progress) -> None:
    answers = await asyncio.gather(
        *(progress.post(row(value=turn)) for turn in range(8)), close(progress, "2024-05-03")
    )
    taken = [one.json() for one in answers[:-1] if one.status_code == 200]
    assert {one.status_code for one in answers} <= {200, 201, 422}
    assert (await progress.taken())[0] == len(taken)


async def test_the_last_second_of_a_day_and_the_first_of_the_next(progress: Progress, clock: MovableClock) -> None:
    clock.set(datetime(2024, 5, 11, 16, 59, 59, tzinfo=UTC))
    early = await progress.post(row(day="2024-05-12"))
    assert codes(early) == [(0, "day_in_future")]
    clock.set(datetime(2024, 5, 11, 17, 0, 0, tzinfo=UTC))
    assert (await progress.post(row(day="2024-05-12"))).status_code == 200


async def test_every_closure_is_streamed_to_who_fills_its_copies_anew(
    progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "CLOSURES_A_PAGE", 1)
    first = await close(progress, "2024-05-03")
    await close(progress, None, etag=first.headers["ETag"])
    found, after = [], None
    for _ in range(3):
        page = await progress.stack.call(
            "progress",
            "GET",
            "/internal/history/closures",
            token=progress.stack.token("progress:read"),
            params={} if after is None else {"after": after},
        )
        read = msgspec.json.decode(page.content, type=ClosuresPage)
        found += read.closures
        after = read.next
    assert after is None
    rows = await progress.fetch("SELECT payload FROM outbox WHERE kind = 'period_closed' ORDER BY seq")
    assert found == [msgspec.json.decode(one["payload"], type=PeriodClosed) for one in rows]
    assert len(found) == 2
