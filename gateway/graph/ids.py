"""Global ids: opaque to callers, made of official codes and never of database ids.

A unit's id holds the first day of its validity too, since codes are used again for other territories.
"""

import base64
import binascii
from datetime import date
from typing import NamedTuple

import strawberry

from services.chassis.problems import Refusal


class IdMalformed(Refusal):
    """The id or cursor is not one that this graph gave out."""

    code = "id_malformed"
    title = "Id or cursor malformed"
    remedy = "Send `id` and `cursor` back exactly as they were answered."


class CampaignId(NamedTuple):
    """A campaign by its code."""

    code: str


class UnitId(NamedTuple):
    """A unit by its code and the first day of its validity (None: since ever)."""

    code: str
    valid_from: date | None


class CampaignUnitId(NamedTuple):
    """A unit of a campaign's tree."""

    campaign: str
    code: str


def campaign_id(code: str) -> strawberry.ID:
    """The global id of a campaign."""
    return _encoded("Campaign", code)


def unit_id(code: str, valid_from: date | None) -> strawberry.ID:
    """The global id of a unit."""
    return _encoded("Unit", code, valid_from.isoformat() if valid_from else "")


def campaign_unit_id(campaign: str, code: str) -> strawberry.ID:
    """The global id of a unit in a campaign's tree."""
    return _encoded("CampaignUnit", campaign, code)


def campaign_cursor(code: str) -> str:
    """The cursor of a campaign in the list of campaigns."""
    return _encoded("after", code)


def parse_id(value: str) -> CampaignId | UnitId | CampaignUnitId:
    """What a global id names.

    Raises: IdMalformed.
    """
    match _decoded(value):
        case ["Campaign", code]:
            return CampaignId(code)
        case ["Unit", code, ""]:
            return UnitId(code, None)
        case ["Unit", code, day]:
            try:
                return UnitId(code, date.fromisoformat(day))
            except ValueError as fault:
                raise IdMalformed from fault
        case ["CampaignUnit", campaign, code]:
            return CampaignUnitId(campaign, code)
        case _:
            raise IdMalformed


def parse_campaign_cursor(value: str) -> str:
    """The code behind a cursor of the list of campaigns.

    Raises: IdMalformed.
    """
    match _decoded(value):
        case ["after", code]:
            return code
        case _:
            raise IdMalformed


def _encoded(*parts: str) -> strawberry.ID:
    return strawberry.ID(base64.urlsafe_b64encode(":".join(parts).encode()).decode().rstrip("="))


def _decoded(value: str) -> list[str]:
    try:
        raw = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
        return raw.decode().split(":")
    except (binascii.Error, ValueError) as fault:
        raise IdMalformed from fault
