"""Consistency tokens: the names of recorded events, sent back by callers who want to see them.

A token is opaque to callers: base64url of JSON `[[origin, write id, number of events], …]`.
"""

import base64
import binascii
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from services.chassis.problems import Refusal

HEADER = "Consistency-Token"
MAX_NAMED = 256


class Recorded(msgspec.Struct, frozen=True, array_like=True):
    """One write of one service and the number of events (from 1) that it recorded."""

    origin: str
    write_id: uuid.UUID
    parts: int

    @property
    def recorded_at(self) -> datetime:
        """The moment that the version 7 id bears, in UTC."""
        return datetime.fromtimestamp((self.write_id.int >> 80) / 1000, UTC)


class TokenMalformed(Refusal):
    """The Consistency-Token is not one that a service of this system gave out."""

    status = 400
    code = "consistency_token_malformed"
    title = "Consistency-Token malformed"
    remedy = "Send back the header exactly as it was answered; several tokens are joined by commas."


class NotYetConsistent(Refusal):
    """After {seconds} s this service has not yet seen everything that the Consistency-Token names."""

    status = 503
    code = "not_yet_consistent"
    title = "Not yet consistent"
    remedy = "Send the same request again after `Retry-After` seconds; nothing was done."


def encode_token(recorded: Iterable[Recorded]) -> str:
    """The opaque form; empty for nothing."""
    named = list(recorded)
    if not named:
        return ""
    return base64.urlsafe_b64encode(msgspec.json.encode(named)).decode("ascii").rstrip("=")


def decode_tokens(header: str) -> list[Recorded]:
    """What one or several comma-separated tokens name.

    Raises: TokenMalformed.
    """
    named: list[Recorded] = []
    try:
        for token in filter(None, (part.strip() for part in header.split(","))):
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            named += msgspec.json.decode(raw, type=list[Recorded])
    except (binascii.Error, msgspec.MsgspecError, ValueError, OverflowError) as fault:
        raise TokenMalformed from fault
    if len(named) > MAX_NAMED or any(one.parts < 1 or one.recorded_at.year < 2000 for one in named):
        raise TokenMalformed
    return named
