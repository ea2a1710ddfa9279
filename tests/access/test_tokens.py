"""What makes a token good: the key set as it changes, and what its header and claims may not say."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from services.chassis import identity
from services.chassis.identity import KeySource, Verifier
from services.chassis.problems import DependencyUnavailable, Unauthenticated
from tests.support.clock import MovableClock
from tests.support.stack import AUDIENCE, ISSUER

NOW = datetime(2024, 5, 1, 5, tzinfo=UTC)


def new_key() -> ECKey:
    return ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)


def key_set(*keys: ECKey | dict[str, Any]) -> dict[str, Any]:
    return {"keys": [one if isinstance(one, dict) else one.as_dict(private=False) for one in keys]}


def signed(key: ECKey, *, header: dict[str, Any] | str | None = None, **claims: Any) -> str:
    """A token whose signature is right whatever stands in it: the library would refuse to make most of these."""
    now = int(NOW.timestamp())
    facts = {"iss": ISSUER, "aud": AUDIENCE, "sub": "an", "scope": "quota:read", "units": ["D1"], "exp": now + 60}
    if not isinstance(header, str):
        found = {"alg": "ES256", "kid": key.kid} | (header or {})
        header = json.dumps({name: value for name, value in found.items() if value is not None})
    said = b".".join([_part(header.encode()), _part(json.dumps(facts | claims).encode())])
    return b".".join([said, _part(JWSRegistry.algorithms["ES256"].sign(said, key))]).decode()


def _part(text: bytes) -> bytes:
    return base64.urlsafe_b64encode(text).rstrip(b"=")


class Published:
    """A key set in a file, and who reads it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.verifier = Verifier(
            KeySource(file=file, url=None), issuer=ISSUER, audience=AUDIENCE, clock=MovableClock(NOW)
        )

    def publish(self, *keys: ECKey | dict[str, Any]) -> None:
        self.write(json.dumps(key_set(*keys)))

    def write(self, text: str) -> None:
        """As an administrator does it: a new file in the place of the old one."""
        partial = self.file.with_suffix(".new")
        partial.write_text(text)
        partial.replace(self.file)

    async def accepts(self, token: str) -> bool:
        try:
            await self.verifier.verify(token)
        except Unauthenticated:
            return False
        return True


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return Published(tmp_path / "jwks.json")


async def test_keys_rotate_while_the_process_runs(published: Published) -> None:
    old, new = new_key(), new_key()
    published.publish(old)
    assert [await published.accepts(signed(key)) for key in (old, new)] == [True, False]
    published.publish(old, new)
    assert [await published.accepts(signed(key)) for key in (old, new)] == [True, True]
    published.publish(new)
    assert [await published.accepts(signed(key)) for key in (old, new)] == [False, True]


async def test_two_rotations_in_one_tick_of_the_file_systems_clock_are_two(published: Published) -> None:
    old, new = new_key(), new_key()
    published.publish(old)
    before = published.file.stat()
    assert await published.accepts(signed(old))
    published.publish(new)
    os.utime(published.file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert published.file.stat().st_size == before.st_size
    assert [await published.accepts(signed(key)) for key in (old, new)] == [False, True]


async def test_a_key_is_named_by_its_kid_unless_there_is_one_only(published: Published) -> None:
    key, other = new_key(), new_key()
    nameless = signed(key, header={"kid": None})
    published.publish(key)
    assert await published.accepts(nameless)
    assert not await published.accepts(signed(key, header={"kid": "unknown"}))
    published.publish(key, other)
    assert not await published.accepts(nameless)
    assert not await published.accepts(signed(key, header={"kid": other.kid}))


@pytest.mark.parametrize(
    "stranger",
    [
        {"kty": "AKP", "kid": "post-quantum", "pub": "AA"},
        {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kid": "of no type"},
    ],
)
async def test_a_key_that_nobody_understands_does_not_spoil_the_others(
    published: Published, stranger: dict[str, Any]
) -> None:
    key = new_key()
    published.publish(stranger, key)
    assert await published.accepts(signed(key))


@pytest.mark.parametrize("text", ["", "{", "7", "[]", "{}", '{"keys": 7}', '{"keys": [7]}', '{"keys": []}'])
async def test_without_a_key_set_nobody_is_judged_and_with_the_next_one_everybody(
    published: Published, text: str
) -> None:
    key = new_key()
    published.write(text)
    with pytest.raises(DependencyUnavailable):
        await published.verifier.verify(signed(key))
    published.publish(key)
    assert await published.accepts(signed(key))


async def test_a_shared_secret_in_the_key_set_signs_nothing(published: Published) -> None:
    published.write('{"keys": [{"kty": "oct", "kid": "s", "alg": "HS256", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"}]}')
    with pytest.raises(DependencyUnavailable):
        await published.verifier.verify("e30.e30.e30")


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
async def test_a_key_that_the_token_brings_itself_opens_nothing(published: Published, name: str) -> None:
    key, own = new_key(), new_key()
    published.publish(key)
    brought: Any = {"jwk": own.as_dict(private=False), "x5c": ["MIIB"]}.get(name, "https://stranger.example/keys")
    assert not await published.accepts(signed(own, header={name: brought}))
    assert not await published.accepts(signed(own, header={name: brought, "kid": key.kid}))
    assert not await published.accepts(signed(own, header={name: brought, "kid": None}))
    assert await published.accepts(signed(key, header={name: brought})), "it is passed over"


@pytest.mark.parametrize("crit", [["b64"], ["exp"], ["unheard-of"], "b64", 7, [[]]])
async def test_what_must_be_understood_and_is_not_refuses_the_token(published: Published, crit: Any) -> None:
    key = new_key()
    published.publish(key)
    assert await published.accepts(signed(key))
    assert not await published.accepts(signed(key, header={"crit": crit, "b64": False}))
    assert not await published.accepts(signed(key, header={"crit": crit}))


@pytest.mark.parametrize("header", ["7", "[]", "null", "{", '{"alg": []}', '{"alg": "ES256", "kid": []}', "[" * 380])
async def test_a_header_of_no_sense_is_refused_as_any_other(published: Published, header: str) -> None:
    key = new_key()
    published.publish(key)
    assert not await published.accepts(signed(key, header=header))


async def test_a_huge_token_is_refused_before_it_is_read(published: Published) -> None:
    key = new_key()
    published.publish(key)
    assert await published.accepts(signed(key, units=["D1"] * 1_000))
    assert not await published.accepts(signed(key, units=["D1"] * 100_000))
    assert not await published.accepts("x" * 5_000_000)


@pytest.mark.parametrize(
    ("audience", "good"),
    [
        ([AUDIENCE], True),
        (["account", AUDIENCE], True),
        (["account", "other"], False),
        ([], False),
        (f"{AUDIENCE} account", False),
        ({"aud": AUDIENCE}, False),
        ([[AUDIENCE]], False),
        (None, False),
    ],
)
async def test_of_several_audiences_one_is_ours(published: Published, audience: Any, good: bool) -> None:
    key = new_key()
    published.publish(key)
    assert await published.accepts(signed(key, aud=audience)) is good


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "a\x00"},
        {"sub": "\ud800"},
        {"units": ["D1", "\x00"]},
        {"units": ["\udfff"]},
        {"units": [7]},
        {"source": "\x00"},
        {"source": 7},
        {"nbf": int(NOW.timestamp()) + 60},
        {"exp": True},
        {"exp": "never"},
    ],
)
async def test_claims_that_no_database_can_hold_or_no_clock_can_tell_are_refused(
    published: Published, claims: dict[str, Any]
) -> None:
    key = new_key()
    published.publish(key)
    assert not await published.accepts(signed(key, **claims))


class Provider:
    """A key set behind a URL."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] | None = None
        self.asked = 0
        self.url = ""

    async def keys(self, _: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(status=503) if self.answer is None else web.json_response(self.answer)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    found = Provider()
    app = web.Application()
    app.router.add_get("/keys", found.keys)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/keys"
    yield found
    await runner.cleanup()


@pytest.fixture
def clockwork(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock by which keys grow old; its one number may be moved."""
    now = [1_000.0]
    monkeypatch.setattr(identity, "time", type("Clock", (), {"monotonic": staticmethod(lambda: now[0])}))
    return now


async def test_a_provider_is_asked_again_for_an_unknown_key_but_not_at_the_whim_of_strangers(
    provider: Provider, clockwork: list[float]
) -> None:
    old, new = new_key(), new_key()
    provider.answer = key_set(old)
    source = KeySource(file=None, url=provider.url)
    verifier = Verifier(source, issuer=ISSUER, audience=AUDIENCE, clock=MovableClock(NOW))
    await verifier.verify(signed(old))
    provider.answer = key_set(new)
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await verifier.verify(signed(new))
    assert provider.asked == 1
    clockwork[0] += 10
    await verifier.verify(signed(new))
    with pytest.raises(Unauthenticated):
        await verifier.verify(signed(old))
    assert provider.asked == 2


async def test_a_crowd_asks_the_provider_once(provider: Provider, clockwork: list[float]) -> None:
    key = new_key()
    provider.answer = key_set(key)
    source = KeySource(file=None, url=provider.url)
    await asyncio.gather(*(source.keys() for _ in range(20)))
    assert provider.asked == 1
    clockwork[0] += identity.JWKS_URL_KEEPS_SECONDS
    await asyncio.gather(*(source.keys() for _ in range(20)))
    assert provider.asked == 2


async def test_a_provider_that_fails_is_left_alone_a_while_and_known_keys_stay(
    provider: Provider, clockwork: list[float]
) -> None:
    key = new_key()
    source = KeySource(file=None, url=provider.url)
    with pytest.raises(DependencyUnavailable):
        await source.keys()
    provider.answer = key_set(key)
    known = await source.keys()
    clockwork[0] += identity.JWKS_URL_KEEPS_SECONDS
    provider.answer = None
    assert [await source.keys() for _ in range(5)] == [known] * 5
    assert provider.asked == 3
    provider.answer = {"no": "keys"}
    clockwork[0] += identity.JWKS_URL_KEEPS_SECONDS
    assert await source.keys() == known
