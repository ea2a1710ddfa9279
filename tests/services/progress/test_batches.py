"""Receipts again, and who sees them."""

import uuid

import httpx2

from tests.services.progress.support import Progress, row


async def get(progress: Progress, path: str, token: str) -> httpx2.Response:
    return await progress.stack.call("progress", "GET", path, token=token)


async def listed(progress: Progress, token: str, query: str = "") -> list[str]:
    answer = await get(progress, f"/v1/campaigns/drive/batches{query}", token)
    assert answer.status_code == 200, answer.text
    return [one["batch"] for one in answer.json()["items"]]


async def test_a_receipt_is_the_same_to_the_byte(progress: Progress) -> None:
    taken = await progress.post(row(code="cards", day="2024-05-01"), row("C12"))
    refused = await progress.post(row("nowhere"))
    for answer in (taken, refused):
        again = await get(progress, f"/v1/batches/{answer.json()['batch']}", progress.token())
        assert again.status_code == 200
        assert again.content == answer.content


async def test_a_reporter_sees_its_own_batches_only(progress: Progress) -> None:
    mine, theirs = await progress.post(row()), await progress.post(row("T-1"), source="telco")
    for token, visible, hidden in (
        (progress.token("registry"), mine, theirs),
        (progress.token("telco", "progress:write"), theirs, mine),
    ):
        assert await listed(progress, token) == [visible.json()["batch"]]
        assert (await get(progress, f"/v1/batches/{hidden.json()['batch']}", token)).status_code == 404
    everybody = progress.stack.token("progress:read")
    assert await listed(progress, everybody) == [theirs.json()["batch"], mine.json()["batch"]]
    assert await listed(progress, everybody, "?source=telco") == [theirs.json()["batch"]]
    assert await listed(progress, progress.token("telco"), "?source=registry") == []


async def test_a_subtree_sees_the_batches_that_lie_in_it(progress: Progress) -> None:
    inside = await progress.post(row("C11"), row("C12"))
    across = await progress.post(row("C11"), row("C21"))
    district = progress.stack.token("progress:read", units=["D1"])
    assert await listed(progress, district) == [inside.json()["batch"]]
    assert (await get(progress, f"/v1/batches/{inside.json()['batch']}", district)).status_code == 200
    assert (await get(progress, f"/v1/batches/{across.json()['batch']}", district)).status_code == 404
    outside = progress.stack.token("progress:read", units=["Q"])
    assert (await get(progress, "/v1/campaigns/drive/batches", outside)).status_code == 404
    assert (await get(progress, f"/v1/batches/{inside.json()['batch']}", outside)).status_code == 404


async def test_the_sender_sees_what_it_sent_from_two_subtrees(progress: Progress) -> None:
    token = progress.token(units=["C11", "C21"])
    sent = await progress.post(row("C11"), row("C21"), token=token)
    assert (await get(progress, f"/v1/batches/{sent.json()['batch']}", token)).status_code == 200
    assert await listed(progress, token) == [sent.json()["batch"]]
    other = progress.token(units=["C11", "C12"])
    assert await listed(progress, other) == []


async def test_batches_by_status_and_page(progress: Progress) -> None:
    await progress.post(row("C11"))
    await progress.post(row("C12"), row("nowhere"), query="?atomic=false", labels=["simulated"])
    await progress.post(row("nowhere"))
    token = progress.token()
    page = (await get(progress, "/v1/campaigns/drive/batches?limit=2", token)).json()
    assert [one["status"] for one in page["items"]] == ["rejected", "partially_accepted"]
    assert page["items"][1]["rows"] == {"received": 2, "created": 1, "corrected": 0, "unchanged": 0, "rejected": 1}
    assert page["items"][1]["labels"] == ["simulated"]
    rest = (await get(progress, f"/v1/campaigns/drive/batches?cursor={page['next_cursor']}", token)).json()
    assert [one["status"] for one in rest["items"]] == ["accepted"]
    assert rest["next_cursor"] is None
    assert len(await listed(progress, token, "?status=rejected")) == 1
    assert (await get(progress, "/v1/campaigns/drive/batches?status=lost", token)).status_code == 422


async def test_batches_need_a_scope_and_exist(progress: Progress) -> None:
    assert (await get(progress, f"/v1/batches/{uuid.uuid4()}", progress.token())).status_code == 404
    for token in (progress.stack.token("reporting:read"), progress.stack.token("progress:write")):
        answer = await get(progress, "/v1/campaigns/drive/batches", token)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
