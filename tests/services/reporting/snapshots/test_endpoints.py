"""An issue stays what it was."""

import asyncio
import hashlib
import uuid
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from tests.services.reporting.support import ReadModel, indicator
from tests.services.reporting.upkeep.province import Province

BODY = {"as_of": "2024-07-03", "number": "215/TB-UBND", "date": "2024-07-05"}


@pytest.fixture
def publish(reading: Any) -> Any:
    async def post(
        body: Any = BODY, *, units: tuple[str, ...] = ("*",), key: str | None = None, campaign: str = "bp"
    ) -> Any:
        return await reading.call(
            "reporting",
            "POST",
            f"/v1/campaigns/{campaign}/snapshots",
            token=reading.token("reporting:read reporting:publish", units=units),
            json=body,
            headers={"Idempotency-Key": key} if key else {},
        )

    return post


@pytest.fixture
def call(reading: Any) -> Any:
    async def get(path: str, *, units: tuple[str, ...] = ("*",), **asked: Any) -> Any:
        token = reading.token("reporting:read", units=units)
        return await reading.call("reporting", "GET", path, token=token, **({"params": asked} if asked else {}))

    return get


async def test_an_issue_holds_rules_inputs_figures_and_documents(publish: Any, call: Any, results: Any) -> None:
    answer = await publish()
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["campaign"], made["number"], made["date"], made["as_of"]) == (
        "bp",
        "215/TB-UBND",
        "2024-07-05",
        "2024-07-03",
    )
    assert [one["format"] for one in made["documents"]] == ["docx", "html", "pdf", "xlsx"]
    assert answer.headers["location"] == f"/v1/snapshots/{made['id']}"
    assert answer.headers["consistency-token"]
    assert (await call(f"/v1/snapshots/{made['id']}")).json() == made
    assert (await call("/v1/campaigns/bp/snapshots")).json() == {"items": [made], "next_cursor": None}

    content = await call(f"/v1/snapshots/{made['id']}/content")
    assert hashlib.sha256(content.content).hexdigest() == made["hash"]
    held = content.json()
    assert held["campaign"]["labels"] == ["simulated"]
    # Residential areas are not frozen.
    assert [one["code"] for one in held["units"]] == [
        *("70", "688", "689", "690", "691"),
        *("25001", "25002", "25003", "25004"),
    ]
    assert made["figures"] == len(held["figures"]) == 9
    assert held["figures"][1]["achieved"] == 579


async def test_the_documents_are_answered_byte_for_byte(publish: Any, call: Any, results: Any) -> None:
    made = (await publish()).json()
    for one in made["documents"]:
        asked = {"snapshot": made["id"], "format": one["format"]}
        first, again = [await call("/v1/campaigns/bp/notice", **asked) for _ in range(2)]
        assert first.content == again.content
        assert (hashlib.sha256(first.content).hexdigest(), len(first.content)) == (one["sha256"], one["bytes"])
        if one["format"] == "html":
            assert "Số: 215/TB-UBND" in first.text
            assert "Bình Phước, ngày 05 tháng 7 năm 2024" in first.text
            assert "DỰ THẢO" not in first.text


async def test_a_late_correction_changes_no_issue_and_shows_in_the_next(province: Province) -> None:
    stack = province.stack
    token = stack.token("reporting:read reporting:publish")

    async def ask(method: str, path: str, **more: Any) -> Any:
        answer = await stack.call("reporting", method, path, token=token, **more)
        assert answer.status_code < 300, answer.text
        return answer

    path = "/v1/campaigns/bp/snapshots"
    first = (await ask("POST", path, json={"as_of": "2024-07-03"})).json()
    frozen = [f"/v1/snapshots/{first['id']}", f"/v1/snapshots/{first['id']}/content"]
    frozen += [f"/v1/campaigns/bp/notice?snapshot={first['id']}&format={one['format']}" for one in first["documents"]]
    before = [(await ask("GET", one)).content for one in frozen]

    stack.clock.set(stack.clock.now() + timedelta(minutes=1))
    await province.report("csdlqg", ("25001", "2024-05-01", 540))
    await province.shown()
    second = (await ask("POST", path, json={"as_of": "2024-07-03"})).json()

    assert [(await ask("GET", one)).content for one in frozen] == before
    found = (await ask("GET", f"{frozen[0]}/differences?with={second['id']}")).json()
    assert found["rules"] == []
    achieved = {one["unit"]: one["after"]["achieved"] - one["before"]["achieved"] for one in found["items"]}
    assert achieved == {"70": 9, "688": 9, "25001": 9}
    pages = []
    for start in (None, "more", "more"):
        asked = {"with": second["id"], "limit": 1} | ({"cursor": pages[-1]["next_cursor"]} if start else {})
        pages.append((await ask("GET", f"{frozen[0]}/differences", params=asked)).json())
    assert [one["items"][0] for one in pages] == found["items"]
    assert pages[-1]["next_cursor"] is None
    old, new = [(await ask("GET", f"/v1/snapshots/{one['id']}/content")).json() for one in (first, second)]
    assert (old["batches"]["count"], new["batches"]["count"]) == (4, 5)
    assert [one["number"] for one in old["plans"]] == [one["number"] for one in new["plans"]]
    assert len(old["plans"]) == 2

    # What was known when the first was frozen can be asked for, and is what it holds.
    asked = {"format": "csv", "level": "commune", "known_at": first["known_at"]}
    then = (await ask("GET", "/v1/campaigns/bp/export", params=asked)).text.splitlines()
    columns = then[0].lstrip("\ufeff").split(",")
    told = {line.split(",")[0]: line.split(",")[columns.index("achieved")] for line in then[1:]}
    assert told == {one["unit"]: str(one["achieved"]) for one in old["figures"] if one["level"] == "commune"}
    now = (await ask("GET", "/v1/campaigns/bp/export", params=asked | {"known_at": second["known_at"]})).text
    assert now.splitlines()[1:] != then[1:]


async def test_the_database_refuses_every_change(reading: Any, publish: Any, results: Any) -> None:
    await publish()
    async with reading.connection("reporting") as connection:
        for statement in (
            "UPDATE snapshot SET number = 'x'",
            "UPDATE snapshot_document SET content = ''",
            "DELETE FROM snapshot_document",
            "DELETE FROM snapshot",
            "TRUNCATE snapshot, snapshot_document",
        ):
            with pytest.raises(asyncpg.RaiseError, match="never changed"):
                await connection.execute(statement)


async def test_the_same_key_freezes_once(publish: Any, call: Any, results: Any) -> None:
    first = await publish(key="k")
    again = await publish(key="k")
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert len((await call("/v1/campaigns/bp/snapshots")).json()["items"]) == 1
    assert (await publish({"as_of": "2024-07-02"}, key="k")).json()["code"] == "idempotency_key_reused"


async def test_a_number_is_borne_once_even_at_once(publish: Any, call: Any, results: Any) -> None:
    answers = await asyncio.gather(publish(), publish())
    assert sorted(one.status_code for one in answers) == [201, 409]
    assert {one.json().get("code") for one in answers} == {None, "snapshot_number_taken"}
    assert (await publish({"as_of": "2024-07-03"})).status_code == 201
    assert (await publish({"as_of": "2024-07-03"})).status_code == 201


async def test_who_does_not_see_the_top_unit_finds_none(publish: Any, call: Any, results: Any) -> None:
    made = (await publish()).json()
    other = str(uuid.uuid4())
    for hidden in (
        f"/v1/snapshots/{made['id']}",
        f"/v1/snapshots/{made['id']}/content",
        f"/v1/snapshots/{made['id']}/differences?with={made['id']}",
        f"/v1/campaigns/bp/notice?snapshot={made['id']}",
    ):
        answer = await call(hidden, units=("688",))
        absent = await call(hidden.replace(made["id"], other), units=("688",))
        assert (answer.status_code, answer.json()["code"]) == (404, "snapshot_not_found")
        assert answer.text.replace(made["id"], other).replace(answer.json()["request_id"], "") == absent.text.replace(
            absent.json()["request_id"], ""
        )
    assert (await call("/v1/campaigns/bp/snapshots", units=("688",))).json()["items"] == []
    assert (await publish(units=("688",))).json()["code"] == "unit_not_found"
    assert (await publish(units=())).json()["code"] == "campaign_not_found"


async def test_a_publication_opens_issues_to_read_and_not_to_freeze(publish: Any, call: Any, written: Any) -> None:
    model = ReadModel(indicator("cccd"), published_to=("75",))
    model.quota("70", "cccd", 10)
    await written(model)
    made = (await publish()).json()
    assert (await call(f"/v1/snapshots/{made['id']}", units=("75",))).status_code == 200
    assert (await publish(units=("75",))).json()["code"] == "unit_not_found"


async def test_what_cannot_be_frozen_is_refused(publish: Any, call: Any, results: Any) -> None:
    future = await publish({"as_of": "2024-07-04"})
    assert (future.status_code, future.json()["errors"][0]["pointer"]) == (422, "/as_of")
    for body in ({}, {"as_of": "2024-07-03", "other": 1}, {"as_of": "2024-07-03", "number": ""}):
        assert (await publish(body)).json()["code"] == "invalid_input"
    assert (await publish(campaign="nothing")).json()["code"] == "campaign_not_found"
    made = (await publish()).json()
    both = await call("/v1/campaigns/bp/notice", snapshot=made["id"], unit="70", as_of="2024-07-03")
    assert (both.status_code, both.json()["code"]) == (422, "snapshot_alone")
    assert (await call("/v1/snapshots/x")).json()["code"] == "snapshot_not_found"


async def test_the_audit_says_who_froze_it(reading: Any, publish: Any, results: Any) -> None:
    made = (await publish()).json()
    answer = await reading.call("reporting", "GET", "/v1/audit", token=reading.token("admin"))
    (entry,) = answer.json()["items"]
    assert (entry["subject"], entry["change"], entry["actor"]) == ("snapshot", "created", "tester")
    assert entry["key"] == {"id": made["id"], "campaign": "bp", "number": "215/TB-UBND", "as_of": "2024-07-03"}
    assert entry["after"]["hash"] == made["hash"]
    assert not {"content", "campaign_id"} & entry["after"].keys()


async def test_how_sections_print_is_frozen_with_the_issue(publish: Any, call: Any, results: Any) -> None:
    printing = {"overall": {"decimals": 0}, "units": {"decimals": 3, "mode": "truncate"}}
    made = (await publish({**BODY, "printing": printing})).json()
    held = (await call(f"/v1/snapshots/{made['id']}/content")).json()
    assert held["printing"] == {
        "overall": {"decimals": 0, "mode": "half_up"},
        "units": {"decimals": 3, "mode": "truncate"},
    }
    page = (await call("/v1/campaigns/bp/notice", format="html", snapshot=made["id"])).text
    assert "69,175" in page
    assert "69,18" not in page
    beside = await call("/v1/campaigns/bp/notice", snapshot=made["id"], units_decimals=1)
    assert (beside.status_code, beside.json()["code"]) == (422, "snapshot_alone")
    assert [one["pointer"] for one in beside.json()["errors"]] == ["/query/units_decimals"]
    wrong = await publish({**BODY, "number": "216/TB-UBND", "printing": {"units": {"decimals": 11}}})
    assert wrong.status_code == 422
