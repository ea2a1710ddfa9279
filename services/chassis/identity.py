"""Who calls: bearer JWTs verified against a JWKS, their scopes and the subtrees they may see."""

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from fastapi import Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet

from services.chassis.clock import Clock
from services.chassis.problems import DependencyUnavailable, ScopeMissing, Unauthenticated

ALGORITHMS = ["ES256", "ES384", "EdDSA", "Ed25519", "RS256", "PS256"]
SCOPES = (
    "quota:read",
    "quota:write",
    "progress:read",
    "progress:write",
    "progress:amend",
    "reporting:read",
    "reporting:sensitive",
    "reporting:publish",
    "admin",
)
LEEWAY_SECONDS = 5
JWKS_URL_KEEPS_SECONDS = 300
FAR_FUTURE = 253_402_300_799
"""The last second of the year 9999: no token lives longer than a moment can be written."""

EVERYTHING = "*"
SIGNATURES_KEPT, LONGEST_KEPT = 1_024, 4_096
"""How many signatures are remembered as good, and the longest token, in characters, of which one is."""

INTERNAL = "/internal/"
"""Where services ask each other; they bound themselves."""


class Caller(msgspec.Struct, frozen=True):
    """A verified token: its subject, its scopes, the source it reports for, the subtrees it may see or write.

    `units` holds official codes of subtree roots; `("*",)` is everything, `()` nothing.
    """

    subject: str
    scopes: frozenset[str]
    source: str | None
    units: tuple[str, ...]
    token: str
    expires_at: datetime | None = None

    @property
    def sees_everything(self) -> bool:
        """Whether no unit is hidden from this token."""
        return EVERYTHING in self.units

    def may(self, scope: str) -> bool:
        """Whether the token carries the scope."""
        return scope in self.scopes


class KeySource:
    """The public keys, from a file (read again when it changes) or a URL (fetched again every 5 minutes)."""

    def __init__(self, *, file: Path | None, url: str | None) -> None:
        self.file = file
        self.url = url
        self._keys: KeySet | None = None
        self._file_version: tuple[int, int, int] | None = None
        self._fetched_at = 0.0
        self._lock = asyncio.Lock()

    async def keys(self, *, unknown_key: bool = False) -> KeySet:
        """The key set; `unknown_key` asks for a fresh one, at most every 10 s, since keys rotate.

        Raises: DependencyUnavailable.
        """
        if self.url is not None:
            return await self._from_url(unknown_key=unknown_key)
        if self.file is None:
            raise DependencyUnavailable(dependency="The key set (BONPHU_JWKS_FILE or BONPHU_JWKS_URL is not set)")
        try:
            stat = self.file.stat()
            # A file system's clock ticks every few milliseconds: two rotations may share a moment, not an inode.
            version = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
            if self._keys is None or version != self._file_version:
                self._keys = _key_set(msgspec.json.decode(self.file.read_bytes()))
                self._file_version = version
        except (OSError, msgspec.MsgspecError, ValueError) as fault:
            raise DependencyUnavailable(dependency="The key set file") from fault
        return self._keys

    async def _from_url(self, *, unknown_key: bool) -> KeySet:
        keeps_seconds = 10 if unknown_key else JWKS_URL_KEEPS_SECONDS
        if self._keys is None or time.monotonic() - self._fetched_at >= keeps_seconds:
            async with self._lock:
                # Whoever waited for the lock takes what the first one brought.
                if self._keys is None or time.monotonic() - self._fetched_at >= keeps_seconds:
                    await self._fetch(str(self.url))
        assert self._keys is not None
        return self._keys

    async def _fetch(self, url: str) -> None:
        """The keys are fresh; where the provider does not answer, the known ones stay and it is left alone a while."""
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
                session.get(url) as answer,
            ):
                answer.raise_for_status()
                self._keys = _key_set(await answer.json(content_type=None))
        except (aiohttp.ClientError, TimeoutError, ValueError) as fault:
            if self._keys is None:
                raise DependencyUnavailable(dependency="The identity provider's key set") from fault
        self._fetched_at = time.monotonic()


def _key_set(document: Any) -> KeySet:
    """The public keys of a JWKS; one that is not understood is passed over, as RFC 7517 asks.

    Raises: ValueError where none is left.
    """
    found: list[Any] = []
    if isinstance(document, dict) and isinstance(document.get("keys"), list):
        for data in document["keys"]:
            # A shared secret has no business among public keys.
            if isinstance(data, dict) and data.get("kty") != "oct":
                with contextlib.suppress(JoseError, ValueError, TypeError, KeyError):
                    found.append(JWKRegistry.import_key(data))
    if not found:
        raise ValueError("no key in the set")
    return KeySet(found)


class Verifier:
    """Turns a bearer token into a Caller.

    A signature that was good stays good while the keys are the same, and checking one costs more than all else here;
    what the token claims, and whether it has expired, is looked at each time.
    """

    def __init__(self, keys: KeySource, *, issuer: str, audience: str, clock: Clock) -> None:
        self.keys = keys
        self.clock = clock
        self.issuer = issuer
        self.audience = audience
        self._signed: OrderedDict[str, tuple[KeySet, dict[str, Any]]] = OrderedDict()

    async def verify(self, token: str) -> Caller:
        """Raises: Unauthenticated, with a reason that tells nothing about the keys."""
        key_set = await self.keys.keys()
        try:
            claims = self._claims(token, key_set)
        except Unauthenticated:
            fresh = await self.keys.keys(unknown_key=True)
            if fresh is key_set:
                raise
            claims = self._claims(token, fresh)
        return _caller(claims, token)

    def _claims(self, token: str, keys: KeySet) -> dict[str, Any]:
        claims = self._signed_claims(token, keys)
        registry = jwt.JWTClaimsRegistry(
            now=int(self.clock.now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            registry.validate(claims)
        except JoseError as fault:
            expired = "expired" in str(getattr(fault, "error", "")).lower()
            raise _refused("The token has expired." if expired else "The token is not made for this system.") from fault
        return claims

    def _signed_claims(self, token: str, keys: KeySet) -> dict[str, Any]:
        known = self._signed.get(token)
        if known is not None and known[0] is keys:
            self._signed.move_to_end(token)
            return known[1]
        try:
            claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError, TypeError, KeyError) as fault:
            raise _refused("The token's signature cannot be verified.") from fault
        if len(token) <= LONGEST_KEPT:
            self._signed[token] = keys, claims
            if len(self._signed) > SIGNATURES_KEPT:
                self._signed.popitem(last=False)
        return claims


def _refused(reason: str) -> Unauthenticated:
    return Unauthenticated(reason=reason, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


def _caller(claims: dict[str, Any], token: str) -> Caller:
    scope, source, units = claims.get("scope", ""), claims.get("source"), claims.get("units", [])
    subject = claims["sub"]
    well_formed = (
        isinstance(subject, str)
        and isinstance(scope, str)
        and (source is None or isinstance(source, str))
        and isinstance(units, list)
        and all(isinstance(unit, str) for unit in units)
        and all(map(_is_storable, [subject, scope, source or "", *units]))
    )
    if not well_formed:
        raise _refused("The token's claims are not of the agreed form.")
    expires_at = datetime.fromtimestamp(min(claims["exp"], FAR_FUTURE), UTC)
    return Caller(subject, frozenset(scope.split()), source, tuple(units), token, expires_at)


def _is_storable(text: str) -> bool:
    """Whether the database can hold it: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def bearer_token(authorization: str | None) -> str:
    """The token of an `Authorization` header.

    Raises: Unauthenticated.
    """
    kind, _, token = (authorization or "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Unauthenticated(
            reason="This operation needs a bearer token in the `Authorization` header.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return token.strip()


async def authenticate(request: Request) -> Caller:
    """The caller of a request, whatever its scopes, once the tokens it brings are visible here.

    Asked again of the same request, it answers the same and counts nothing.
    """
    known: Caller | None = getattr(request.state, "caller", None)
    if known is not None:
        return known
    chassis = request.app.state.chassis
    caller: Caller = await chassis.verifier.verify(bearer_token(request.headers.get("authorization")))
    if not request.url.path.startswith(INTERNAL):
        request.state.allowance = chassis.limiter.spend(caller.subject)
    header = request.headers.get("consistency-token")
    if header:
        await chassis.consistency.wait_for(header, chassis.database)
    request.state.caller = caller
    return caller


_SCOPES: dict[object, str] = {}


def needs(scope: str) -> Callable[[Request], Any]:
    """A dependency: the caller, who carries `scope`."""

    async def authorise(request: Request) -> Caller:
        caller = await authenticate(request)
        if not caller.may(scope):
            raise ScopeMissing(scope=scope)
        return caller

    authorise.__name__ = f"needs_{scope.replace(':', '_')}"
    _SCOPES[authorise] = scope
    return authorise


def scope_of(dependency: object) -> str | None:
    """The scope that a dependency made by `needs` asks for."""
    return _SCOPES.get(dependency)
