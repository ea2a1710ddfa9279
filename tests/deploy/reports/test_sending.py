"""`bonphu report` against a server that breaks, refuses and answers."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from deploy import CHECKOUT
from deploy.local.failures import CannotStart
from deploy.reports.files import outgoing
from deploy.reports.pending import Pending
from deploy.reports.sending import Answered, address, send

RECEIPT = {
    "batch": "b-1", "source": "viettel", "received_at": "2024-05-10T03:00:00Z", "status": "accepted",
    "rows": {"received": 1, "created": 1, "corrected": 0, "unchanged": 0, "rejected": 0},
    "errors": [], "warnings": [], "truncated": False,
}  # fmt: skip
CSV = "unit,indicator,day,value\n25453,sim_esign,2024-05-01,12\n"

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Stub:
    """Gives its replies in turn, the last one for ever, and remembers what came."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.seen: list[tuple[str, str, bytes]] = []
        self.url = ""

    async def reply(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append((request.path_qs, request.headers.get("Idempotency-Key", ""), body))
        one = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return await one(request)


async def accepted(_: web.Request) -> web.StreamResponse:
    return web.json_response(RECEIPT)


async def broken(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def overloaded(_: web.Request) -> web.StreamResponse:
    return web.json_response({"code": "overloaded"}, status=503, headers={"Retry-After": "0"})


async def in_use(_: web.Request) -> web.StreamResponse:
    return web.json_response({"code": "idempotency_key_in_use"}, status=409, headers={"Retry-After": "0"})


async def refused(_: web.Request) -> web.StreamResponse:
    return web.json_response({"code": "not_found", "detail": "There is nothing.", "request_id": "r"}, status=404)


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    found = Stub()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.reply)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "sims.csv"
    found.write_text(CSV)
    return found


async def sent(stub: Stub, file: Path, *, patience: float = 60, waits: list[str] | None = None) -> Answered:
    going = outgoing(file, source="viettel", mode=None)
    url = address(stub.url, "drive", going, atomic=True, dry_run=False)
    told = [] if waits is None else waits
    return await send(
        url,
        "t",
        going,
        pending=Pending(url, going),
        sent=lambda _: None,
        waits=lambda reason, _: told.append(reason),
        patience_seconds=patience,
    )


async def test_it_sends_again_under_the_same_key_until_there_is_an_answer(stub: Stub, file: Path) -> None:
    stub.replies = [overloaded, in_use, accepted]
    waits: list[str] = []
    answered = await sent(stub, file, waits=waits)
    assert answered.body == RECEIPT
    assert len({key for _, key, _ in stub.seen}) == 1
    assert [body for _, _, body in stub.seen] == [CSV.encode()] * 3
    assert [path for path, _, _ in stub.seen] == ["/v1/campaigns/drive/reports?source=viettel"] * 3
    assert waits == ["it answers 503", "it answers 409"]


async def test_what_had_no_answer_goes_on_under_its_key_and_what_had_one_does_not(stub: Stub, file: Path) -> None:
    stub.replies = [broken]
    with pytest.raises(CannotStart, match="Run the same command again"):
        await sent(stub, file, patience=0)
    stub.replies = [accepted]
    await sent(stub, file)
    await sent(stub, file)
    keys = [key for _, key, _ in stub.seen]
    assert keys[0] == keys[1] != keys[2]


async def test_another_file_or_address_has_another_key(stub: Stub, file: Path, tmp_path: Path) -> None:
    going = outgoing(file, source="viettel", mode=None)
    other = tmp_path / "other.csv"
    other.write_text(CSV + "\n")
    keys = {
        Pending(stub.url, going).key,
        Pending(stub.url + "?dry_run=true", going).key,
        Pending(stub.url, outgoing(other, source="viettel", mode=None)).key,
    }
    assert len(keys) == 3


async def test_a_refusal_is_final(stub: Stub, file: Path) -> None:
    stub.replies = [refused]
    answered = await sent(stub, file)
    assert (answered.status, answered.is_receipt, len(stub.seen)) == (404, False, 1)


@pytest.mark.parametrize(
    ("name", "content", "body"),
    [
        ("a.json", '[{"unit": "1"}]', {"source": "viettel", "mode": "cumulative", "rows": [{"unit": "1"}]}),
        ("b.json", '{"mode": "daily", "rows": []}', {"source": "viettel", "mode": "daily", "rows": []}),
    ],
)
def test_rows_of_json_get_an_envelope(tmp_path: Path, name: str, content: str, body: dict[str, Any]) -> None:
    (tmp_path / name).write_text(content)
    going = outgoing(tmp_path / name, source="viettel", mode="cumulative")
    assert going.body is not None
    assert (json.loads(going.body), going.query) == (body, {})


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.txt", "x", "name it for what it holds"),
        ("a.json", "{", "is not JSON"),
        ("a.json", "3", "holds neither rows"),
        ("a.json", '{"source": "vnpt", "rows": []}', "speaks for the source vnpt"),
        ("gone.csv", None, "There is no file"),
    ],
)
def test_a_file_that_cannot_be_sent_is_told_before(tmp_path: Path, name: str, content: str | None, why: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(CannotStart, match=why):
        outgoing(tmp_path / name, source="viettel", mode=None)


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({}, 0, "1 rows received: 1 created"),
        (
            {"rollup": {"differences": [{"indicator": "sim_esign", "outcome": "achieved", "difference": -1200}]}},
            0,
            "the campaign's sim_esign (achieved) would change by -1,200",
        ),
        ({"status": "partially_accepted", "truncated": True}, 2, "partially accepted"),
        (
            {
                "status": "rejected",
                "errors": [{"row": 0, "pointer": "/rows/0/unit", "code": "unknown_unit", "detail": "No such unit."}],
            },
            1,
            "unknown_unit",
        ),
    ],
)
async def test_the_receipt_is_readable_and_the_exit_code_says_it_too(
    stub: Stub, file: Path, changes: dict[str, Any], code: int, says: str
) -> None:
    async def reply(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/errors"):
            return web.json_response({"items": RECEIPT["errors"], "next_cursor": None})
        return web.json_response(RECEIPT | changes, status=200 if code != 1 else 422)

    stub.replies = [reply]
    process = await asyncio.to_thread(
        subprocess.run,
        [
            *(sys.executable, "-m", "deploy.cli", "report", str(file), "--campaign", "drive", "--source", "viettel"),
            *("--url", stub.url, "--token", "t", "--errors", str(file.with_suffix(".errors"))),
        ],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stderr) == (code, "")
    told = str(process.stdout)
    assert says in told
    assert "batch b-1" in told
    assert file.with_suffix(".errors").exists()
