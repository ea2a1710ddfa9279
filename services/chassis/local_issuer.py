"""The local issuer: signs tokens where no OpenID Connect provider is at hand."""

import contextlib
import json
import os
import uuid
from collections.abc import Generator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

ALGORITHM = "ES256"
SIGNING_KEY_FILE = "key.json"
KEY_SET_FILE = "jwks.json"


class LocalIssuer:
    """A private key and the tokens that it signs."""

    def __init__(self, key: ECKey) -> None:
        self._key = key
        self._header = {"alg": ALGORITHM, "kid": key.kid}

    @classmethod
    def from_file(cls, path: Path) -> "LocalIssuer":
        """The issuer whose private key (JWK) lies at `path`; raises `OSError` or `ValueError`."""
        return cls(ECKey.import_key(json.loads(path.read_text())))

    @classmethod
    def create(cls, directory: Path) -> "LocalIssuer":
        """An issuer with a new key: the private one readable by its owner alone, and the key set.

        Raises `FileExistsError` where the folder already holds a key: what that one signed would
        no longer be good.
        """
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
        with _whole(directory / SIGNING_KEY_FILE, key.as_dict(private=True), mode=0o600) as partial:
            os.link(partial, directory / SIGNING_KEY_FILE)  # unlike a rename, never replaces
        issuer = cls(key)
        issuer.publish(directory / KEY_SET_FILE)
        return issuer

    def publish(self, path: Path) -> None:
        """The public key lies at `path` as a key set (JWKS)."""
        with _whole(path, {"keys": [self._key.as_dict(private=False)]}, mode=0o644) as partial:
            partial.replace(path)

    def mint(
        self,
        *,
        subject: str,
        scopes: list[str],
        source: str | None,
        units: list[str] | None,
        ttl: timedelta,
        now: datetime,
        issuer: str,
        audience: str,
    ) -> str:
        """A signed bearer token that is good from `now` for `ttl`; an absent claim grants nothing."""
        claims: dict[str, Any] = {
            "iss": issuer,
            "aud": audience,
            "sub": subject,
            "scope": " ".join(scopes),
            "iat": int(now.timestamp()),
            "exp": int((now + ttl).timestamp()),
            "jti": uuid.uuid4().hex,
        }
        if source is not None:
            claims["source"] = source
        if units is not None:
            claims["units"] = units
        return jwt.encode(self._header, claims, self._key, algorithms=[ALGORITHM])


@contextlib.contextmanager
def _whole(path: Path, document: object, *, mode: int) -> Generator[Path]:
    """A complete file beside `path`, to be put in its place; gone after the block."""
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w") as file:
            json.dump(document, file, indent=2)
        yield partial
    finally:
        partial.unlink(missing_ok=True)
