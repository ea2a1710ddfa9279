"""What an issue says that it follows from is what the owners have on record, and two issues tell what came between."""

import hashlib
import zlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest

from services.reporting.snapshots import commands
from services.reporting.snapshots.queries import Document
from tests.services.reporting.drive import UNITS as DRIVEN
from tests.services.reporting.drive import Drive, row
from tests.services.reporting.snapshots.made import first_form
from tests.services.reporting.upkeep.province import Province

Asking = Callable[..., Awaitable[Any]]
PATH = "/v1/campaigns/bp/snapshots"


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents are drawn in `test_endpoints`."""

    async def draw(*_: Any, **__: Any) -> list[Document]:
        return [Document("html", "0" * 64, b"")]

    monkeypatch.setattr(commands, "draw_all", draw)


@pytest.fixture
def ask(province: Province) -> Asking:
    async def call(method: str, path: str, *, units: tuple[str, ...] = ("*",), **more: Any) -> Any:
        token = province.stack.token("reporting:read reporting:publish", units=units)
        answer = await province.stack.call("reporting", method, path, token=token, **more)
        assert answer.status_code < 300, answer.text
        return answer.json()

    return call


def digest(lines: Iterable[str]) -> dict[str, Any]:
    every = sorted(lines)
    return {"count": len(every), "sha256": hashlib.sha256("".join(f"{one}\n" for one in every).encode()).hexdigest()}


async def test_digests_are_what_anybody_reckons_from_the_owners_answers(province: Province, ask: Asking) -> None:
    await province.close("2024-05-03")
    made = await ask("POST", PATH, json={"as_of": "2024-07-03"})
    held = await ask("GET", f"/v1/snapshots/{made['id']}/content")
    assert held["form"] == "bonphu-snapshot-2"

    async def owner(service: str, path: str) -> Any:
        token = province.stack.token("quota:read progress:read")
        return (await province.stack.call(service, "GET", path, token=token)).json()

    assert [one["unit"] for one in held["plans"]] == [None, "70"]
    for plan in held["plans"]:
        lines = (await owner("quota", f"/v1/plans/{plan['id']}"))["lines"]
        assert plan["lines"] == digest(
            f"{one['unit']}\t{one['indicator']}\t{one['cohort'] or ''}\t{one['amount']}\t{one['baseline']}"
            f"\t{str(one['held']).lower()}"
            for one in lines
        )
    batches = (await owner("progress", "/v1/campaigns/bp/batches"))["items"]
    assert held["batches"] == digest(one["batch"] for one in batches if one["voided_at"] is None)
    assert held["batches"]["count"] == 4
    units = (await owner("quota", "/v1/units?on=2024-04-04"))["items"]
    assert held["hierarchy"] == digest(
        f"{one['code']}\t{one['level']}\t{one['parent_code'] or ''}\t{one['name']}" for one in units
    )
    closed = {"revision": 1, "through": "2024-05-03", "number": "15/TB-UBND", "date": "2024-05-09"}
    assert [closed | {"closed_at": one["closed_at"]} for one in held["closures"]] == held["closures"]
    assert len(held["closures"]) == 1
    assert held["successions"] == []
    assert {one["code"]: one["parent"] for one in held["units"]} == {
        "70": None,
        "688": "70",
        "689": "70",
        "25001": "688",
        "25002": "688",
        "25003": "689",
    }


async def test_what_came_between_two_issues_is_named(province: Province, ask: Asking) -> None:
    first = await ask("POST", PATH, json={"as_of": "2024-07-03"})
    province.stack.clock.set(province.stack.clock.now() + timedelta(minutes=1))
    batch = await province.report("csdlqg", ("25001", "2024-05-01", 540))
    await province.plan("688", ("25001", 400))
    await province.close("2024-05-03")
    await province.shown()
    second = await ask("POST", PATH, json={"as_of": "2024-07-03"})

    between = f"/v1/snapshots/{first['id']}/differences"
    found = await ask("GET", between, params={"with": second["id"]})
    assert {one["input"]: one["told"] for one in found["inputs"]} == {
        "plan": "1 plan in `after` only.",
        "batch": "1 batch in `after` only.",
        "succession": "Neither has successions.",
        "closure": "1 closure in `after` only.",
        "unit": "The same 6 units.",
    }
    items, cursor = [], None
    while True:
        asked = {"with": second["id"], "limit": 2} | ({} if cursor is None else {"cursor": cursor})
        page = await ask("GET", f"{between}/inputs", params=asked)
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [one["name"] for one in items] == [
        "plan 1/KH of 2024-04-04 of unit 688, revision 1",
        "decision 15/TB-UBND of 2024-05-09, which closes the days up to 2024-05-03",
        f"batch {batch} of csdlqg, received 2024-07-10 05:01 UTC",
    ]
    assert {one["change"] for one in items} == {"added"}
    backwards = await ask("GET", f"/v1/snapshots/{second['id']}/differences/inputs", params={"with": first["id"]})
    assert {one["change"] for one in backwards["items"]} == {"removed"}


async def test_a_withdrawn_batch_is_named_as_one_that_no_longer_counts(province: Province, ask: Asking) -> None:
    batch = await province.report("csdlqg", ("25001", "2024-05-01", 540))
    await province.shown()
    first = await ask("POST", PATH, json={"as_of": "2024-07-03"})
    await province.tell("progress", "POST", f"/v1/batches/{batch}/void", {"reason": "nhầm"})
    await province.shown()
    second = await ask("POST", PATH, json={"as_of": "2024-07-03"})
    page = await ask("GET", f"/v1/snapshots/{first['id']}/differences/inputs", params={"with": second["id"]})
    (found,) = page["items"]
    assert (found["change"], found["before"]["id"], found["after"]) == ("removed", batch, None)
    assert ", withdrawn 2024-07-10" in found["name"]


async def test_a_publication_names_plans_and_no_batches(drive: Drive) -> None:
    await drive.begin(published_to=["*"])
    first = await _frozen(drive)
    await drive.report("csdlqg", row("25001", "2024-05-01", 540), at="2024-05-01T05:00:00Z")
    await drive.plan(None, "1/KH", p70=1000)
    second = await _frozen(drive)
    path = f"/v1/snapshots/{first['id']}/differences/inputs"
    for units, named in ((("*",), ["plan", "batch"]), (("70",), ["plan", "batch"]), (("688",), ["plan"])):
        token = drive.stack.token("reporting:read", units=units)
        page = await drive.stack.call("reporting", "GET", path, token=token, params={"with": second["id"]})
        assert [one["input"] for one in page.json()["items"]] == named, units


async def test_successions_that_join_the_campaigns_units_to_other_days_are_inputs(drive: Drive) -> None:
    await drive.begin()
    communes = [one for one in DRIVEN if one["level"] == "commune"][:2]
    later = [{**one, "valid_to": "2025-06-30"} for one in communes]
    heir = {**communes[0], "code": "30001", "name": "Xã Mới", "valid_from": "2025-07-01"}
    elsewhere = {**heir, "code": "40001", "parent_code": None, "valid_from": None, "valid_to": "2025-06-30"}
    other = {**heir, "code": "40002", "parent_code": None}
    await drive.tell("quota", "PUT", "/v1/units", {"units": [*later, heir, elsewhere, other]})
    acts = [
        {
            "day": "2025-07-01",
            "decision": {"number": "1", "date": "2025-06-20"},
            "relation": relation,
            "predecessors": before,
            "successors": [after],
        }
        for relation, before, after in (
            ("merge", [one["code"] for one in communes], "30001"),
            ("rename", ["40001"], "40002"),
        )
    ]
    await drive.tell("quota", "POST", "/v1/successions", {"successions": acts})
    made = await _frozen(drive)
    token = drive.stack.token("reporting:read")
    answer = await drive.stack.call("reporting", "GET", f"/v1/snapshots/{made['id']}/content", token=token)
    assert {
        (one["day"], one["relation"], one["predecessor"], one["successor"]) for one in answer.json()["successions"]
    } == {("2025-07-01", "merge", one["code"], "30001") for one in communes}


async def _frozen(drive: Drive) -> Any:
    answer = await drive.stack.call(
        *("reporting", "POST", PATH),
        token=drive.stack.token("reporting:read reporting:publish"),
        json={"as_of": "2024-07-03"},
        after=",".join(drive.tokens),
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_an_issue_of_the_first_form_stays_readable_and_comparable(province: Province, ask: Asking) -> None:
    now = await ask("POST", PATH, json={"as_of": "2024-07-03"})
    old = first_form()
    async with province.upkeep() as connection:
        await connection.execute(
            """
            INSERT INTO snapshot (
                id, campaign_id, number, dated, as_of, known_at, hash, figures, content, created_by, created_at)
            SELECT gen_random_uuid(), campaign_id, '1/TB', NULL, as_of, known_at, $1, 1, $2, created_by, created_at
            FROM snapshot
            """,
            hashlib.sha256(old).hexdigest(),
            zlib.compress(old),
        )
    (kept,) = [one for one in (await ask("GET", PATH))["items"] if one["number"] == "1/TB"]
    token = province.stack.token("reporting:read")
    path = f"/v1/snapshots/{kept['id']}/content"
    answer = await province.stack.call("reporting", "GET", path, token=token)
    assert answer.content == old
    assert hashlib.sha256(answer.content).hexdigest() == kept["hash"]
    found = await ask("GET", f"/v1/snapshots/{kept['id']}/differences", params={"with": now["id"]})
    told = {one["input"]: one["told"] for one in found["inputs"]}
    assert told["closure"] == "Not compared: a snapshot of the form bonphu-snapshot-1 names no closures."
    assert told["batch"].startswith("Other batches: 2 in `before`, 4 in `after`; which ones cannot be told")
    inputs = await ask("GET", f"/v1/snapshots/{kept['id']}/differences/inputs", params={"with": now["id"]})
    assert {one["input"] for one in inputs["items"]} == {"plan"}
