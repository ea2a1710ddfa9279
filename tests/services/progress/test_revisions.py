"""The ledger as it is read: every revision, who, when, which batch; as of now and as known at a past moment."""

from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from services.contracts.definitions import ComplianceDefinition, Numbers
from services.contracts.words import Level
from tests.services.progress.support import Progress, indicator, reason, row
from tests.support.clock import MovableClock


async def ask(progress: Progress, query: str = "", token: str | None = None) -> httpx2.Response:
    token = token or progress.stack.token("progress:read")
    return await progress.stack.call("progress", "GET", f"/v1/campaigns/drive/ledger{query}", token=token)


async def said(progress: Progress, query: str = "", token: str | None = None) -> list[tuple[Any, ...]]:
    answer = await ask(progress, query, token)
    assert answer.status_code == 200, answer.text
    return [(one["unit"], one["value"], one["live"]) for one in answer.json()["items"]]


async def test_every_revision_newest_first_with_who_when_and_which_batch(progress: Progress) -> None:
    first = (await progress.post(row("C11", "cards", 5, outcome="exempt", reason="abroad"))).json()
    second = (await progress.post(row("C11", "cards", 6, outcome="exempt", reason="abroad", mode="cumulative"))).json()
    items = (await ask(progress)).json()["items"]
    assert [(one["value"], one["live"], one["batch"]) for one in items] == [
        (6, True, second["batch"]),
        (5, False, first["batch"]),
    ]
    assert items[0] == {
        "unit": "C11",
        "indicator": "cards",
        "cohort": None,
        "day": "2024-05-03",
        "outcome": "exempt",
        "reason": "abroad",
        "mode": "cumulative",
        "value": 6,
        "hedge": None,
        "source": "registry",
        "batch": second["batch"],
        "sender": items[0]["sender"],
        "received_at": "2024-05-10T03:00:00Z",
        "late": None,
        "live": True,
        "amends": False,
        "voided_at": None,
        "void_reason": None,
    }
    assert items[0]["sender"]


async def test_the_filters(progress: Progress) -> None:
    await progress.post(row("C11", value=1), row("C12", value=2), row("C21", "cards", 3, "2024-05-04"))
    await progress.post(row("T-1", value=4), source="telco")
    assert await said(progress, "?source=telco") == [("C11", 4, True)]
    assert await said(progress, "?source=nobody") == []
    assert await said(progress, "?indicator=cards") == [("C21", 3, True)]
    assert await said(progress, "?day=2024-05-04") == [("C21", 3, True)]
    assert await said(progress, "?unit=C12") == [("C12", 2, True)]
    assert sorted(await said(progress, "?unit=D1")) == [("C11", 1, True), ("C11", 4, True), ("C12", 2, True)]
    assert len(await said(progress, "?unit=P")) == 4
    assert (await ask(progress, "?indicator=none")).json()["errors"][0]["code"] == "unknown_indicator"
    for wrong in (
        "?day=1.5.2024",
        "?known_at=yesterday",
        "?known_at=2024-05-01T00:00:00",
        "?known_at=0.5",
        "?known_at=0001-01-01T00:00:00%2B14:00",
    ):
        assert (await ask(progress, wrong)).status_code == 422
    assert (await ask(progress, "?unit=nowhere")).status_code == 404


async def test_as_known_at_a_past_moment(progress: Progress, clock: MovableClock) -> None:
    await progress.post(row(value=1))
    clock.move(hours=1)
    batch = (await progress.post(row(value=2))).json()["batch"]
    clock.move(hours=1)
    path = f"/v1/batches/{batch}/void"
    await progress.stack.call("progress", "POST", path, token=progress.token(), json={"reason": "x"})
    assert await said(progress) == [("C11", 2, False), ("C11", 1, True)]
    assert await said(progress, "?known_at=2024-05-10T03:59:59Z") == [("C11", 1, True)]
    assert await said(progress, "?known_at=2024-05-10T04:00:00Z") == [("C11", 2, True), ("C11", 1, False)]
    then = (await ask(progress, "?known_at=2024-05-10T04:30:00Z")).json()["items"][0]
    assert (then["voided_at"], then["void_reason"], then["live"]) == (None, None, True)
    now = (await ask(progress, "?known_at=2024-05-10T12:00:00%2B07:00")).json()["items"][0]
    assert (now["voided_at"], now["void_reason"], now["live"]) == ("2024-05-10T05:00:00Z", "x", False)


async def test_a_page_stays_what_it_was_under_writes(progress: Progress) -> None:
    for value in range(3):
        await progress.post(row("C11", value=value), row("C12", value=value), row("C21", value=value))
    whole = [one[:2] for one in await said(progress)]
    assert len(whole) == 9
    for query in ("", "&unit=P", "&unit=D1"):
        expected = [one for one in whole if "D1" not in query or one[0] != "C21"]
        pages: list[tuple[Any, ...]] = []
        cursor = ""
        while True:
            answer = (await ask(progress, f"?limit=2{query}{cursor}")).json()
            pages += [(one["unit"], one["value"]) for one in answer["items"]]
            if answer["next_cursor"] is None:
                break
            cursor = f"&cursor={answer['next_cursor']}"
            await progress.post(row("C11", value=99))
        assert [one for one in pages if one[1] != 99] == expected


async def test_a_selective_filter_looks_through_many_batches(progress: Progress) -> None:
    await progress.post(row("C21", "cards", 7))
    for value in range(30):
        await progress.post(row(value=value))
    assert await said(progress, "?indicator=cards") == [("C21", 7, True)]


async def test_who_sees_which_rows(progress: Progress) -> None:
    await progress.post(row("C11", value=1), row("C21", value=2))
    await progress.post(row("T-1", value=3), source="telco")
    district = progress.stack.token("progress:read", units=["D2"])
    assert await said(progress, "", district) == [("C21", 2, True)]
    assert (await ask(progress, "?unit=C11", district)).status_code == 404
    assert await said(progress, "", progress.token("telco", "progress:write")) == [("C11", 3, True)]
    assert await said(progress, "?source=registry", progress.token("telco")) == []
    assert (await ask(progress, "", progress.stack.token("progress:read", units=["Q"]))).status_code == 404
    assert (await ask(progress, "", progress.stack.token("reporting:read"))).status_code == 403


async def test_late_is_what_comes_after_the_campaign_s_hour(bare: Progress, clock: MovableClock) -> None:
    await bare.tell_campaign(compliance=ComplianceDefinition(Level.COMMUNE, due_hour=17, due_days_after=1))
    await bare.put_sources()
    clock.set(datetime(2024, 5, 10, 10, 0, tzinfo=UTC))
    await bare.post(row(day="2024-05-09"))
    clock.move(seconds=1)
    await bare.post(row(day="2024-05-09"))
    items = (await ask(bare)).json()["items"]
    assert [one["late"] for one in items] == [True, False]


@pytest.mark.parametrize("cursor", ["eA", "WzEsWzFdXQ", "WzEsWzEsMSw5OTk5OSwxLDEsMSwxLDFdXQ", "WzFd"])
async def test_a_made_up_cursor_is_refused(progress: Progress, cursor: str) -> None:
    answer = await ask(progress, f"?cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_malformed")


async def with_a_sensitive_reason(progress: Progress) -> None:
    cards = indicator("cards", reasons=(reason("abroad"), reason("ill", sensitive=True), reason("deceased")))
    numbers = Numbers(indicators={"cards": 1, "sims": 2}, cohorts={}, reasons={"abroad": 1, "ill": 2, "deceased": 3})
    facts: dict[str, Any] = {"indicators": (cards, indicator("sims")), "numbers": numbers, "revision": 2}
    await progress.tell_campaign(**facts)


async def test_rows_of_reasons_that_are_told_of_together_need_the_right_or_are_the_reporters_own(
    progress: Progress,
) -> None:
    await with_a_sensitive_reason(progress)
    for value, why in ((1, "abroad"), (2, "ill"), (3, "deceased")):
        answer = await progress.post(row("C11", "cards", value, outcome="exempt", reason=why))
        assert answer.status_code == 200, answer.text
    await progress.post(row("C11", "cards", 9), row("C11", "sims", 8))

    async def values(scopes: str, source: str | None = None, query: str = "") -> set[int]:
        token = progress.stack.token(scopes, source=source)
        return {value for _, value, _ in await said(progress, query, token)}

    for query in ("", "?unit=C11", "?indicator=cards", "?known_at=2024-05-11T00:00:00Z"):
        whole = {1, 2, 3, 9} | (set() if "cards" in query else {8})
        assert await values("progress:read", query=query) == whole - {2, 3}
        assert await values("progress:read admin", query=query) == whole - {2, 3}
        assert await values("progress:read reporting:sensitive", query=query) == whole
        assert await values("progress:read", source="registry", query=query) == whole


async def test_nor_does_a_receipt_tell_strangers_what_such_a_row_says(progress: Progress) -> None:
    await with_a_sensitive_reason(progress)
    rows = [
        row("C11", "cards", value, day, outcome="exempt", reason="ill", mode="cumulative")
        for value, day in ((7, "2024-05-01"), (4, "2024-05-02"))
    ]
    sent = await progress.post(*rows)
    assert [one["code"] for one in sent.json()["warnings"]] == ["paused_day", "paused_day", "total_falls"]
    path = f"/v1/batches/{sent.json()['batch']}"

    async def receipt(scopes: str, source: str | None = None) -> httpx2.Response:
        token = progress.stack.token(scopes, source=source)
        return await progress.stack.call("progress", "GET", path, token=token)

    assert (await receipt("progress:read", source="registry")).content == sent.content
    assert (await receipt("progress:read reporting:sensitive")).content == sent.content
    strangers = (await receipt("progress:read")).json()
    assert [one["code"] for one in strangers["warnings"]] == ["paused_day", "paused_day"]
    assert strangers == {**sent.json(), "warnings": strangers["warnings"]}
