"""One write over HTTP: unit of work, idempotency, answer and Consistency-Token, in one transaction."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Annotated, Any

import asyncpg
import msgspec
import orjson
from fastapi import Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from services.chassis.consistency_tokens import HEADER
from services.chassis.database import Database, UnitOfWork
from services.chassis.identity import Caller
from services.chassis.pressure import Pressure
from services.chassis.problems import PROBLEM_JSON, Refusal, problem_body

KEEPS = timedelta(hours=72)
MAX_KEY_LENGTH = 255
_DECIDED = frozenset({404, 409, 412, 422})

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))"
_FIND = """
    SELECT fingerprint, status, headers, body FROM idempotency
    WHERE caller = $1 AND method = $2 AND path = $3 AND key = $4 AND kept_at > $5
    ORDER BY kept_at DESC LIMIT 1
"""
_KEEP = """
    INSERT INTO idempotency (day, caller, method, path, key, fingerprint, status, headers, body, kept_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10)
    ON CONFLICT (caller, method, path, key, day) DO UPDATE
        SET fingerprint = excluded.fingerprint, status = excluded.status, headers = excluded.headers,
            body = excluded.body, kept_at = excluded.kept_at
"""


class IdempotencyKeyReused(Refusal):
    """This Idempotency-Key came with another payload before."""

    status = 422
    code = "idempotency_key_reused"
    title = "Idempotency-Key used for something else"
    remedy = "Use a new key for a new request; repeat a request with exactly the bytes that you sent first."


class IdempotencyKeyInUse(Refusal):
    """A request with this Idempotency-Key is still under way."""

    status = 409
    code = "idempotency_key_in_use"
    title = "Idempotency-Key in use"
    remedy = "Wait for the first request, then repeat it: you will get its answer again."


class IdempotencyKeyMalformed(Refusal):
    """An Idempotency-Key has 1 to 255 visible ASCII characters."""

    status = 400
    code = "idempotency_key_malformed"
    title = "Idempotency-Key malformed"
    remedy = "Send 1 to 255 visible ASCII characters, a UUID for instance."


class Fingerprint:
    """What tells the payload of one request from another's: query, media type and body.

    Whoever reads the body as it streams in adds each part, and hands this to `Write`.
    """

    def __init__(self, request: Request) -> None:
        self._digest = hashlib.sha256()
        for part in (request.url.query, request.headers.get("content-type", "")):
            self._digest.update(part.encode())
            self._digest.update(b"\x00")

    def add(self, part: bytes) -> None:
        """The body goes on with this."""
        self._digest.update(part)

    def digest(self) -> bytes:
        """The fingerprint of all that was added."""
        return self._digest.digest()


class Answer(msgspec.Struct):
    """What a command answers: its body (a model, a struct or plain data), status and headers."""

    body: Any
    status: int = 200
    headers: dict[str, str] = msgspec.field(default_factory=dict)


def encode(body: Any) -> bytes:
    """The body as JSON in UTF-8."""
    if isinstance(body, bytes):
        return body
    if isinstance(body, BaseModel):
        return body.model_dump_json(by_alias=True).encode()
    if isinstance(body, msgspec.Struct):
        return msgspec.json.encode(body)
    return orjson.dumps(body)


class Write:
    """Runs one command for one request.

    The command receives the unit of work and answers an `Answer` or a body (status 200).
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._database: Database = request.app.state.chassis.database
        self._pressure: Pressure = request.app.state.chassis.pressure

    async def __call__(
        self,
        caller: Caller,
        command: Callable[[UnitOfWork], Awaitable[Any]],
        *,
        shares: Sequence[str] = (),
        fingerprint: Fingerprint | None = None,
    ) -> Response:
        """The committed answer, with the `Consistency-Token` of what was recorded.

        `shares`: names that nobody may hold meanwhile (`UnitOfWork.hold`). `fingerprint`: of a body that was streamed.
        Raises: whatever the command refuses with, Backlogged, IdempotencyKeyReused, IdempotencyKeyInUse,
        IdempotencyKeyMalformed.
        """
        self._pressure.check()
        key = self._request.headers.get("idempotency-key") if self._request.method == "POST" else None
        if key is None:
            async with self._database.unit_of_work(actor=caller.subject, shares=shares) as work:
                answer = _as_answer(await command(work))
                return _response(answer, encode(answer.body), work)
        if not (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
            raise IdempotencyKeyMalformed
        if fingerprint is None:
            fingerprint = Fingerprint(self._request)
            fingerprint.add(await self._request.body())
        return await self._once(caller, key, command, shares, fingerprint.digest())

    async def _once(
        self,
        caller: Caller,
        key: str,
        command: Callable[[UnitOfWork], Awaitable[Any]],
        shares: Sequence[str],
        fingerprint: bytes,
    ) -> Response:
        method, path = self._request.method, self._request.url.path
        async with self._database.unit_of_work(actor=caller.subject, shares=shares) as work:
            # A concurrent unique insert would block instead of answering, hence the lock.
            name = "\x1f".join((caller.subject, method, path, key))
            if not await work.connection.fetchval(_LOCK, name):
                raise IdempotencyKeyInUse(headers={"Retry-After": "1"})
            kept = await work.connection.fetchrow(_FIND, caller.subject, method, path, key, work.moment - KEEPS)
            if kept is not None:
                if kept["fingerprint"] != fingerprint:
                    raise IdempotencyKeyReused
                return _replay(kept)
            savepoint = work.connection.transaction()
            await savepoint.start()
            try:
                answer = _as_answer(await command(work))
                await work.flush_session()
                body = encode(answer.body)
            except Refusal as fault:
                await savepoint.rollback()
                if fault.status not in _DECIDED:
                    raise
                work.forget_events()
                body = problem_body(fault, instance=path)
                answer = Answer(None, fault.status, {"content-type": PROBLEM_JSON, **fault.headers})
            else:
                await savepoint.commit()
            response = _response(answer, body, work)
            await work.connection.execute(
                _KEEP,
                work.moment.date(),
                caller.subject,
                method,
                path,
                key,
                fingerprint,
                response.status_code,
                orjson.dumps(dict(response.headers)).decode(),
                body,
                work.moment,
            )
        return response


def _as_answer(result: Any) -> Answer:
    return result if isinstance(result, Answer) else Answer(result)


def _response(answer: Answer, body: bytes, work: UnitOfWork) -> Response:
    headers = {"content-type": "application/json", **answer.headers}
    if work.consistency_token:
        headers[HEADER] = work.consistency_token
    return Response(body, status_code=answer.status, headers=headers)


def _replay(kept: asyncpg.Record) -> Response:
    headers = {**kept["headers"], "Idempotent-Replayed": "true"}
    headers.pop("content-length", None)
    return Response(kept["body"], status_code=kept["status"], headers=headers)


async def _write(request: Request) -> Write:
    # A coroutine: FastAPI would call a plain class in a thread, a millisecond and more per request.
    return Write(request)


Writing = Annotated[Write, Depends(_write)]
