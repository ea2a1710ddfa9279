import asyncio
from collections.abc import AsyncIterator

import pytest

from services.chassis.limits import RateLimiter, TooManyRequests
from services.quota.settings import QuotaSettings
from tests.support.stack import Stack
from tests.support.waiting import until


class Tick:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_caller_may_make_a_minutes_requests_at_once_and_then_waits_for_each() -> None:
    tick = Tick()
    limiter = RateLimiter(per_minute=3, tick=tick)
    assert [limiter.spend("an").remaining for _ in range(3)] == [2, 1, 0]
    with pytest.raises(TooManyRequests) as refused:
        limiter.spend("an")
    assert refused.value.headers == {
        "Retry-After": "20",
        "RateLimit-Policy": '"caller";q=3;w=60',
        "RateLimit": '"caller";r=0;t=60',
    }
    tick.now += 20
    assert limiter.spend("an").remaining == 0


def test_callers_do_not_spend_each_others_requests() -> None:
    limiter = RateLimiter(per_minute=1)
    limiter.spend("an")
    limiter.spend("binh")


class TestOverHttp:
    @pytest.fixture
    def settings(self, settings: QuotaSettings) -> QuotaSettings:
        return settings.model_copy(
            update={"requests_per_minute": 2, "requests_at_once": 1, "body_seconds": 0.2, "max_body_bytes": 1024}
        )

    async def test_each_answer_tells_what_is_left_and_the_next_is_refused(self, things: Stack) -> None:
        token = things.token("quota:read")
        answers = [await things.call("things", "GET", "/v1/things", token=token) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[0].headers["ratelimit"] == '"caller";r=1;t=30'
        assert answers[2].json()["code"] == "too_many_requests"
        assert answers[2].headers["retry-after"] == "30"
        assert answers[2].headers["ratelimit-policy"] == '"caller";q=2;w=60'
        other = await things.call("things", "GET", "/v1/things", token=things.token("quota:read", subject="other"))
        assert other.status_code == 200

    async def test_a_body_over_the_limit_is_refused_whether_it_says_so_or_not(self, things: Stack) -> None:
        token = things.token("quota:write")
        body = b'{"name": "' + b"a" * 2000 + b'"}'

        async def pieces() -> AsyncIterator[bytes]:
            yield body

        for content in (body, pieces()):
            answer = await things.call(
                "things",
                "POST",
                "/v1/things",
                token=token,
                content=content,
                headers={"Content-Type": "application/json"},
            )
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large"), answer.text
            assert answer.headers["x-request-id"]

    async def test_a_body_that_trickles_is_ended_and_holds_no_place(self, things: Stack) -> None:
        host, port = things.urls["things"].removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        token = things.token("quota:write")
        writer.write(
            f"POST /v1/things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{".encode()
        )
        busy = await until(
            lambda: things.call("things", "GET", "/v1/nothing"), lambda answer: answer.status_code == 503, within=0.2
        )
        assert busy.json()["code"] == "overloaded"
        assert busy.headers["retry-after"] == "1"
        answer = await asyncio.wait_for(reader.read(4096), 5)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"body_too_slow" in answer
        writer.close()
        await until(lambda: things.call("things", "GET", "/v1/nothing"), lambda answer: answer.status_code == 404)
