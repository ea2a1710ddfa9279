"""Answers that are kept hold as long as what they follow from."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from gateway.execution.keeping import Kept
from gateway.execution.operations import GraphAnswer, GraphRequest
from gateway.versions import Follows, KnownVersions
from services.chassis.consistency_tokens import Recorded, encode_token
from services.chassis.database import uuid7
from services.chassis.identity import Caller
from services.contracts.versions import Versions
from tests.gateway.conftest import Query
from tests.support.clock import MovableClock
from tests.support.stack import Stack
from tests.support.waiting import until

REQUEST = GraphRequest("{ campaigns { totalCount } }")
EVERYBODY = Caller("one", frozenset({"reporting:read"}), None, ("*",), "token")
SOMEBODY = Caller("two", frozenset({"reporting:read"}), None, ("688",), "token")


class Told:
    """Reporting: what it answers to a question for versions, and how often it was asked."""

    def __init__(self) -> None:
        self.now = Versions("e", 1, {"bp": 1})
        self.asked = 0

    async def versions(self, question: Any) -> Versions:
        self.asked += 1
        return self.now


class Place:
    """Answers that are kept, a clock that stands still, and what is known."""

    def __init__(self, *, most_bytes: int = 100_000, lag_seconds: float = 0.2) -> None:
        self.seconds = 100.0
        self.clock = MovableClock()
        self.reporting: Any = Told()
        self.versions = KnownVersions(tick=lambda: self.seconds)
        self.kept = Kept(
            self.versions, self.clock, most_bytes=most_bytes, lag_seconds=lag_seconds, tick=lambda: self.seconds
        )
        self.renewals = 0

    def hear(self, **changes: Any) -> None:
        self.reporting.now = msgspec.structs.replace(self.reporting.now, **changes)
        self.versions.hear(msgspec.json.encode(self.reporting.now))

    def renewing(self, *, good_until: datetime | None = None, whole: bool = False, size: int = 1) -> Any:
        async def renew() -> GraphAnswer:
            self.renewals += 1
            await asyncio.sleep(0)
            data = str(self.renewals).rjust(size).encode()
            return GraphAnswer(data=data, follows=Follows(self.reporting.now, good_until, whole))

        return renew

    async def ask(self, caller: Caller = EVERYBODY, request: GraphRequest = REQUEST, **more: Any) -> int:
        found = await self.kept.answer(request, caller, self.reporting, self.renewing(**more))
        assert found.data is not None
        return int(found.data)


@pytest.fixture
def place() -> Place:
    found = Place()
    found.hear()
    return found


async def test_the_same_question_is_answered_once_until_a_version_grows(place: Place) -> None:
    assert [await place.ask(), await place.ask()] == [1, 1]
    place.seconds += 0.3
    place.hear(campaigns={"bp": 2})
    assert [await place.ask(), await place.ask()] == [2, 2]
    place.seconds += 0.3
    place.hear(units=2)
    assert await place.ask() == 3
    place.seconds += 0.3
    place.hear(epoch="another")
    assert await place.ask() == 4
    assert place.reporting.asked == 0


async def test_other_access_other_variables_and_other_campaigns_do_not_matter_to_it(place: Place) -> None:
    assert await place.ask() == 1
    assert await place.ask(SOMEBODY) == 2
    assert await place.ask(request=GraphRequest(REQUEST.query, variables={"a": 1, "b": 2})) == 3
    assert await place.ask(request=GraphRequest(REQUEST.query, variables={"b": 2, "a": 1})) == 3
    place.hear(campaigns={"bp": 1, "new": 7})
    assert [await place.ask(), await place.ask(SOMEBODY)] == [1, 2]


async def test_a_list_of_all_campaigns_is_another_with_a_new_one(place: Place) -> None:
    assert [await place.ask(whole=True), await place.ask(whole=True)] == [1, 1]
    place.seconds += 0.3
    place.hear(campaigns={"bp": 1, "new": 1})
    assert await place.ask(whole=True) == 2
    assert await place.ask(SOMEBODY, whole=True) == 3
    place.seconds += 0.3
    assert await place.ask(SOMEBODY, whole=True) == 4  # not kept: who sees some learns nothing of the others


async def test_a_silent_bus_is_made_up_for_by_asking(place: Place) -> None:
    assert await place.ask() == 1
    place.seconds += 1.1
    assert (await place.ask(), place.reporting.asked) == (1, 1)
    place.reporting.now = Versions("e", 1, {"bp": 2})
    assert (await place.ask(), place.reporting.asked) == (2, 2)


async def test_what_is_read_before_the_bus_tells_of_it_holds(place: Place) -> None:
    place.reporting.now = Versions("e", 1, {"bp": 2})
    assert [await place.ask(), await place.ask()] == [1, 1]
    place.hear()
    assert await place.ask() == 1


async def test_under_a_stream_of_writes_one_renews_for_all_and_nothing_is_older_than_the_lag(place: Place) -> None:
    assert await place.ask() == 1
    place.seconds += 0.1
    place.hear(campaigns={"bp": 2})
    assert [await place.ask(), await place.ask()] == [1, 1]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await place.ask() == 2
    place.seconds += 0.21
    place.hear(campaigns={"bp": 3})
    assert await asyncio.gather(*(place.ask() for _ in range(5))) == [3] * 5
    assert place.renewals == 3


async def test_a_day_that_ends_is_another_answer(place: Place) -> None:
    midnight = place.clock.now() + timedelta(hours=1)
    assert [await place.ask(good_until=midnight), await place.ask(good_until=midnight)] == [1, 1]
    place.clock.set(midnight)
    assert await place.ask(good_until=midnight + timedelta(days=1)) == 2


async def test_errors_and_what_nobody_knows_the_versions_of_are_not_kept(place: Place) -> None:
    async def failing() -> GraphAnswer:
        return GraphAnswer([{"message": "no"}], b"1", follows=Follows(place.reporting.now))

    async def unknown() -> GraphAnswer:
        return GraphAnswer(data=b"1")

    for renew in (failing, unknown):
        await place.kept.answer(REQUEST, EVERYBODY, place.reporting, renew)
        assert place.kept.bytes == 0


async def test_bytes_are_bounded() -> None:
    place = Place(most_bytes=40_000)
    place.hear()
    for number in range(30):
        await place.ask(request=GraphRequest(f"{{ a{number}: __typename }}"), size=2_000)
        assert place.kept.bytes <= 40_000
    assert place.renewals == 30
    assert await place.ask(request=GraphRequest("{ a29: __typename }")) == 30
    await place.ask(request=GraphRequest("{ huge }"), size=6_000)
    before = place.renewals
    await place.ask(request=GraphRequest("{ huge }"), size=6_000)
    assert place.renewals == before + 1


async def test_who_asks_with_a_failing_renewal_is_told(place: Place) -> None:
    async def renew() -> GraphAnswer:
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await place.kept.answer(REQUEST, EVERYBODY, place.reporting, renew)


BOARD = '{ campaign(code: "bp") { totals { achieved } } }'


async def test_a_write_shows_and_a_consistency_token_passes_what_is_kept_by(graph: Stack, data: Query) -> None:
    assert (await data(BOARD))["campaign"]["totals"][0] == {"achieved": 589}
    async with graph.connection("reporting") as connection:
        await connection.execute("UPDATE rollup_total SET value = value + 1 WHERE outcome_no = 1")
        assert (await data(BOARD))["campaign"]["totals"][0] == {"achieved": 589}  # no version has grown
        token = graph.token("reporting:read")
        answer = await graph.call(
            "gateway",
            "POST",
            "/graphql",
            token=token,
            after=encode_token([Recorded("nobody", uuid7(), 1)]),
            json={"query": BOARD},
        )
        assert answer.json()["data"]["campaign"]["totals"][0] == {"achieved": 590}
        await connection.execute("UPDATE rollup_total SET value = value + 1 WHERE outcome_no = 1")
        await connection.execute("UPDATE campaign_copy SET version = version + 1")
    await until(lambda: data(BOARD), lambda one: one["campaign"]["totals"][0] == {"achieved": 591}, within=2)


async def test_a_get_that_names_the_tag_is_answered_304(graph: Stack) -> None:
    async def get(units: str = "*", **headers: str) -> Any:
        token = graph.token("reporting:read", units=[units])
        return await graph.call("gateway", "GET", "/graphql", token=token, params={"query": BOARD}, headers=headers)

    first = await get()
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    assert first.headers["cache-control"] == "private, no-cache"
    assert {one.strip() for one in first.headers["vary"].split(",")} >= {"Accept", "Authorization"}
    again = await get(**{"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await get(**{"If-None-Match": '"other"'})).status_code == 200
    assert (await get("688", **{"If-None-Match": tag})).status_code == 200
    posted = await graph.call("gateway", "POST", "/graphql", token=graph.token("reporting:read"), json={"query": BOARD})
    assert "etag" not in posted.headers
