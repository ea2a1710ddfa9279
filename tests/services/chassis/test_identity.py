import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from services.chassis.identity import SIGNATURES_KEPT, KeySource, Verifier
from services.chassis.local_issuer import LocalIssuer
from services.chassis.problems import Unauthenticated
from tests.support.clock import MovableClock
from tests.support.stack import AUDIENCE, ISSUER, Stack


def _claims(stack: Stack, **other: object) -> dict[str, object]:
    now = int(stack.clock.now().timestamp())
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "x",
        "scope": "quota:read",
        "units": ["*"],
        "iat": now,
        "exp": now + 60,
    } | other


async def _status(stack: Stack, token: str) -> int:
    return (await stack.call("things", "GET", "/v1/things", token=token)).status_code


async def test_a_token_of_the_issuer_is_who_it_says(things: Stack) -> None:
    token = things.token("quota:read", subject="an", source="viettel")
    answer = await things.call("things", "GET", "/v1/things", token=token)
    assert answer.json() == {"subject": "an", "source": "viettel"}


async def test_no_token_and_no_scope_are_told_apart(things: Stack) -> None:
    none = await things.call("things", "GET", "/v1/things")
    assert (none.status_code, none.json()["code"]) == (401, "unauthenticated")
    assert none.headers["www-authenticate"] == "Bearer"
    other = await things.call("things", "GET", "/v1/things", token=things.token("quota:write"))
    assert (other.status_code, other.json()["code"]) == (403, "scope_missing")
    assert "quota:read" in other.json()["detail"]


async def test_a_token_is_good_until_it_expires(things: Stack) -> None:
    token = things.token("quota:read", ttl=timedelta(minutes=1))
    assert await _status(things, token) == 200
    things.clock.move(seconds=70)
    assert await _status(things, token) == 401


@pytest.mark.parametrize(
    "claims", [{"iss": "https://other"}, {"aud": "other"}, {"sub": 7}, {"units": "*"}, {"scope": ["quota:read"]}]
)
async def test_a_token_for_somebody_else_or_of_another_form_is_refused(
    things: Stack, issuer_files: Path, claims: dict[str, object]
) -> None:
    key = ECKey.import_key(json.loads((issuer_files / "key.json").read_text()))
    token = jwt.encode({"alg": "ES256", "kid": key.kid}, _claims(things, **claims), key)
    assert await _status(things, token) == 401


async def test_a_token_without_an_end_is_refused(things: Stack, issuer_files: Path) -> None:
    key = ECKey.import_key(json.loads((issuer_files / "key.json").read_text()))
    claims = _claims(things)
    del claims["exp"]
    assert await _status(things, jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)) == 401


async def test_a_key_of_another_issuer_is_refused(things: Stack, tmp_path: Path) -> None:
    LocalIssuer.create(tmp_path)
    stranger = LocalIssuer.from_file(tmp_path / "key.json")
    token = stranger.mint(
        subject="x",
        scopes=["quota:read"],
        source=None,
        units=["*"],
        ttl=timedelta(hours=1),
        now=things.clock.now(),
        issuer=ISSUER,
        audience=AUDIENCE,
    )
    assert await _status(things, token) == 401


async def test_the_public_key_is_no_shared_secret_and_no_signature_is_none(things: Stack, issuer_files: Path) -> None:
    public = (issuer_files / "jwks.json").read_bytes()
    confused = jwt.encode({"alg": "HS256"}, _claims(things), OctKey.import_key(public))
    assert await _status(things, confused) == 401

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    assert await _status(things, f"{part({'alg': 'none'})}.{part(_claims(things))}.") == 401


def _mint(folder: Path, clock: MovableClock, subject: str = "x") -> str:
    return LocalIssuer.from_file(folder / "key.json").mint(
        subject=subject,
        scopes=["quota:read"],
        source=None,
        units=["*"],
        ttl=timedelta(hours=1),
        now=clock.now(),
        issuer=ISSUER,
        audience=AUDIENCE,
    )


async def test_a_signature_is_checked_once_and_again_when_keys_change(tmp_path: Path) -> None:
    clock = MovableClock()
    LocalIssuer.create(tmp_path)
    verifier = Verifier(KeySource(file=tmp_path / "jwks.json", url=None), issuer=ISSUER, audience=AUDIENCE, clock=clock)
    token = _mint(tmp_path, clock)
    assert (await verifier.verify(token)).subject == "x"
    assert (await verifier.verify(token)).subject == "x"
    assert list(verifier._signed) == [token]
    with pytest.raises(Unauthenticated):
        await verifier.verify(token[:-4] + "AAAA")
    for name in ("key.json", "jwks.json"):
        (tmp_path / name).unlink()
    LocalIssuer.create(tmp_path)
    with pytest.raises(Unauthenticated):
        await verifier.verify(token)
    assert (await verifier.verify(_mint(tmp_path, clock))).subject == "x"


async def test_no_more_signatures_are_remembered_than_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = MovableClock()
    LocalIssuer.create(tmp_path)
    verifier = Verifier(KeySource(file=tmp_path / "jwks.json", url=None), issuer=ISSUER, audience=AUDIENCE, clock=clock)
    monkeypatch.setattr("services.chassis.identity.SIGNATURES_KEPT", 3)
    assert SIGNATURES_KEPT > 3
    tokens = [_mint(tmp_path, clock, f"s{number}") for number in range(5)]
    for token in tokens:
        await verifier.verify(token)
    assert list(verifier._signed) == tokens[-3:]
    await verifier.verify(_mint(tmp_path, clock, "long" * 2_000))
    assert list(verifier._signed) == tokens[-3:]
