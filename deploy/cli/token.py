"""`bonphu token`."""

import re
from datetime import timedelta
from pathlib import Path

from deploy.local.failures import CannotStart
from deploy.local.home import Home
from deploy.local.tokens import EVERY_SCOPE, local_issuer, mint

_UNITS_OF_TIME = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def minted_token(
    home: Path | None,
    *,
    scope: str,
    source: str | None,
    units: str | None,
    subject: str,
    ttl: str,
) -> str:
    """A token with these claims; raises `CannotStart` for a scope or a time that means nothing."""
    scopes = scope.replace(",", " ").split()
    if unknown := sorted(set(scopes) - set(EVERY_SCOPE)):
        raise CannotStart(f"No such scope: {', '.join(unknown)}. There are: {', '.join(EVERY_SCOPE)}.")
    return mint(
        local_issuer(Home.from_environment(home)),
        subject=subject,
        scopes=scopes,
        source=source,
        units=None if units is None else [code for code in re.split(r"[,\s]+", units) if code],
        ttl=duration(ttl),
    )


def duration(text: str) -> timedelta:
    """The time that `90s`, `30m`, `1h` or `7d` says."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text.strip())
    if found is None:
        raise CannotStart(f"--ttl {text} is no time: write 90s, 30m, 1h or 7d.")
    return timedelta(**{_UNITS_OF_TIME[found[2]]: int(found[1])})
