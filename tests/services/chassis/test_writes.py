import asyncio

import asyncpg

from tests.support.stack import Stack


async def _make(
    stack: Stack, key: str | None, name: str = "a", *, size: int = 0, subject: str = "an"
) -> tuple[int, str, bool]:
    answer = await stack.call(
        "things",
        "POST",
        "/v1/things",
        token=stack.token("quota:write", subject=subject),
        json={"name": name, "size": size},
        headers={"Idempotency-Key": key} if key is not None else {},
    )
    return answer.status_code, answer.text, answer.headers.get("idempotent-replayed") == "true"


async def _count(stack: Stack) -> tuple[int, int]:
    async with stack.connection("quota") as connection:
        return await connection.fetchval("SELECT count(*) FROM thing"), await connection.fetchval(
            "SELECT count(*) FROM outbox"
        )


async def test_the_same_key_gives_the_first_answer_again(things: Stack) -> None:
    token = things.token("quota:write")
    first, second = [
        await things.call(
            "things", "POST", "/v1/things", token=token, json={"name": "a"}, headers={"Idempotency-Key": "k"}
        )
        for _ in range(2)
    ]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["consistency-token"] == first.headers["consistency-token"]
    assert second.headers["etag"] == first.headers["etag"]
    assert await _count(things) == (1, 1)


async def test_the_same_key_with_another_payload_is_refused(things: Stack) -> None:
    await _make(things, "k")
    status, text, _ = await _make(things, "k", "b")
    assert status == 422
    assert "idempotency_key_reused" in text
    assert await _count(things) == (1, 1)


async def test_keys_of_two_callers_never_meet(things: Stack) -> None:
    assert (await _make(things, "k", "a", subject="an"))[0] == 201
    assert (await _make(things, "k", "b", subject="binh"))[0] == 201


async def test_a_decided_refusal_is_kept_and_leaves_nothing(things: Stack) -> None:
    await _make(things, None, "a")
    status, text, _ = await _make(things, "k", "a")
    assert status == 409
    assert await _count(things) == (1, 1)
    again, same, replayed = await _make(things, "k", "a")
    assert (again, same, replayed) == (409, text, True)


async def test_a_refusal_that_may_pass_later_is_not_kept(things: Stack) -> None:
    assert (await _make(things, "k", "a", size=2000))[0] == 400
    assert await _count(things) == (0, 0)
    assert (await _make(things, "k", "a", size=2000))[2] is False


async def test_twenty_posts_of_one_key_at_once_count_once(things: Stack) -> None:
    answers = await asyncio.gather(*(_make(things, "k") for _ in range(20)))
    assert {status for status, _, _ in answers} <= {201, 409}
    assert sum(status == 201 and not replayed for status, _, replayed in answers) == 1
    assert all("idempotency_key_in_use" in text for status, text, _ in answers if status == 409)
    assert await _count(things) == (1, 1)


async def test_a_key_has_1_to_255_visible_characters(things: Stack) -> None:
    for key in ("x" * 256, "a\tb"):
        assert (await _make(things, key))[0] == 400
    assert (await _make(things, "x" * 255))[0] == 201


async def test_a_commit_that_fails_is_never_a_success(things: Stack) -> None:
    async with things.connection("quota") as connection:
        await connection.execute(
            "ALTER TABLE thing ADD COLUMN other text REFERENCES thing DEFERRABLE INITIALLY DEFERRED"
        )
        await connection.execute("ALTER TABLE thing ALTER COLUMN other SET DEFAULT 'nobody'")
    status, _, _ = await _make(things, "k")
    assert status >= 500
    assert await _count(things) == (0, 0)
    async with things.connection("quota") as connection:
        assert await connection.fetchval("SELECT count(*) FROM idempotency") == 0


async def test_the_answer_to_a_kept_key_ends_after_72_hours(things: Stack) -> None:
    await _make(things, "k")
    things.clock.move(hours=73)
    status, text, _ = await _make(things, "k", "b")
    assert status == 201, text


async def test_events_and_effect_come_together(things: Stack) -> None:
    await _make(things, None, "a")
    async with things.connection("quota") as connection:
        row: asyncpg.Record = await connection.fetchrow("SELECT kind, payload FROM outbox")
    assert row["kind"] == "thing_made"
    assert b'"name":"a"' in row["payload"]
