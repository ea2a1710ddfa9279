"""The local issuer of a home, and the tokens that `bonphu up` hands to a newcomer."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.local.failures import CannotStart, unusable_folder
from deploy.local.home import Home
from services.chassis.local_issuer import KEY_SET_FILE, SIGNING_KEY_FILE, LocalIssuer

ISSUER = "https://bonphu.local"
AUDIENCE = "bonphu"
EVERY_SCOPE = (
    *("quota:read", "quota:write", "progress:read", "progress:write", "progress:amend"),
    *("reporting:read", "reporting:sensitive", "reporting:publish", "admin"),
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signs here: the home's own issuer, or a provider that the environment names."""

    environment: dict[str, str]
    """The settings by which the services verify and sign."""
    issuer: LocalIssuer | None
    """None where the environment names a provider and gives no private key."""


def identity_of(home: Home) -> Identity:
    """The provider that the environment names, else the home's issuer; its keys exist."""
    if os.environ.get("BONPHU_JWKS_URL") or os.environ.get("BONPHU_JWKS_FILE"):
        given = os.environ.get("BONPHU_SIGNING_KEY_FILE")
        return Identity({}, _issuer_from(Path(given)) if given else None)
    if os.environ.get("BONPHU_SIGNING_KEY_FILE"):
        raise CannotStart(
            "BONPHU_SIGNING_KEY_FILE is set, but nothing says how its tokens are verified: set"
            " BONPHU_JWKS_FILE too, or neither."
        )
    private_key, key_set = home.keys / SIGNING_KEY_FILE, home.keys / KEY_SET_FILE
    try:
        if not private_key.exists():
            issuer = LocalIssuer.create(home.keys)
        else:
            issuer = _issuer_from(private_key)
            if not key_set.exists():
                issuer.publish(key_set)
    except OSError as error:
        raise unusable_folder(home.keys, error) from error
    files = {"BONPHU_JWKS_FILE": str(key_set), "BONPHU_SIGNING_KEY_FILE": str(private_key)}
    return Identity(files, issuer)


def local_issuer(home: Home) -> LocalIssuer:
    """The issuer that `bonphu token` signs with; raises `CannotStart` where there is none."""
    given = os.environ.get("BONPHU_SIGNING_KEY_FILE")
    key = Path(given) if given else home.keys / SIGNING_KEY_FILE
    if not key.exists():
        raise CannotStart(
            f"There is no signing key at {key}: `bonphu up` makes one on its first start."
            " Where another provider signs, ask that one for tokens."
        )
    return _issuer_from(key)


def mint(
    issuer: LocalIssuer,
    *,
    subject: str,
    scopes: Sequence[str],
    source: str | None = None,
    units: list[str] | None = None,
    ttl: timedelta,
) -> str:
    """A token of this installation, good from now on."""
    return issuer.mint(
        subject=subject,
        scopes=list(scopes),
        source=source,
        units=units,
        ttl=ttl,
        now=datetime.now(UTC),
        issuer=os.environ.get("BONPHU_ISSUER") or ISSUER,
        audience=os.environ.get("BONPHU_AUDIENCE") or AUDIENCE,
    )


def _issuer_from(path: Path) -> LocalIssuer:
    try:
        return LocalIssuer.from_file(path)
    except (OSError, ValueError, KeyError) as error:
        raise CannotStart(f"The signing key {path} cannot be used ({error}).") from error
