"""Events, signatures, pauses between attempts, and addresses that nobody may be made to call. Pure."""

import base64
import hashlib
import hmac
import ipaddress
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

MAX_ATTEMPTS = 12
"""Over a day and a half; then the delivery is dead until somebody sends it again."""
_FIRST_PAUSE_SECONDS = 10
_LONGEST_PAUSE_SECONDS = 6 * 3600
_PREFIX = "whsec_"


class Event(StrEnum):
    """What a webhook may be told of."""

    UNIT_BEHIND_PACE = "unit_behind_pace"
    REPORT_MISSING = "report_missing"
    DISCREPANCY = "discrepancy"
    CONTRADICTION = "contradiction"
    SNAPSHOT_PUBLISHED = "snapshot_published"


def new_secret(random: bytes) -> str:
    """The secret as Standard Webhooks writes it, of at least 24 random bytes."""
    return _PREFIX + base64.b64encode(random).decode()


def signature(secret: str, *, delivery_id: str, timestamp: int, body: bytes) -> str:
    """What the header `webhook-signature` holds: HMAC-SHA256 of id, timestamp and body (Standard Webhooks 1.0)."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def pause_after(attempts: int, *, share: float) -> timedelta:
    """How long to wait after so many attempts: threefold each time, up to six hours, ±20 % by `share` (0 to 1)."""
    seconds = min(_FIRST_PAUSE_SECONDS * 3 ** (attempts - 1), _LONGEST_PAUSE_SECONDS)
    return timedelta(seconds=seconds * (0.8 + 0.4 * share))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet: no loopback, private, link-local or reserved network."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner:
            return is_public(str(inner))
        if found in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)))
    return found.is_global and not found.is_multicast


def fault_of_url(url: str, *, private_allowed: bool) -> str | None:
    """Why no webhook may have this address; None where one may."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is not a URL"
    if any(character.isspace() or not character.isprintable() for character in url) or not host:
        return "it is not a URL with a host"
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not private_allowed):
        return "it must begin with https://"
    if parts.username or parts.password or parts.fragment:
        return "it may hold no user, password or fragment"
    if not private_allowed:
        try:
            if not is_public(host):
                return "its host is not on the open internet"
        except ValueError:
            if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
                return "its host is not on the open internet"
    return None
