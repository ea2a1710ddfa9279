"""Everybody who may come to an operation."""

from collections.abc import Sequence
from datetime import timedelta

from services.chassis.identity import SCOPES
from tests.support.stack import Stack

OF_UNITS: dict[str, Sequence[str] | None] = {
    "units []": [],
    "units absent": None,
    "another province": ["Q"],
    "another district": ["D2"],
    "own district": ["D1"],
    "the country": ["N"],
    "everything": ["*"],
}
"""They carry the right scopes; what they may see differs."""

PRINCIPALS = (
    "no token",
    "expired",
    "wrong scope",
    *OF_UNITS,
    "its reporter",
    "other reporter",
    "admin only",
)


def token_of(principal: str, stack: Stack, *, scopes: str, source: str | None = None) -> str | None:
    """The principal's token for an operation that needs `scopes`; `source` is what the right ones report for."""
    match principal:
        case "no token":
            return None
        case "expired":
            return stack.token(scopes, source=source, ttl=-timedelta(minutes=1))
        case "wrong scope":
            return stack.token(" ".join(one for one in SCOPES if one not in scopes.split()), source=source)
        case "its reporter":
            return stack.token("progress:write", source="register")
        case "other reporter":
            return stack.token("progress:write", source="police")
        case "admin only":
            return stack.token("admin")
        case _:
            return stack.token(scopes, source=source, units=OF_UNITS[principal])
