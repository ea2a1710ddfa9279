"""The fixed words in capitals, each with its meaning."""

from enum import Enum
from typing import Literal

import strawberry
from strawberry import enum_value as word

from services.contracts.definitions import Names


@strawberry.enum(description="Where a unit stands in the hierarchy.")
class UnitLevel(Enum):
    """`Level`, as the graph spells it."""

    COUNTRY = word("country", description="The whole country.")
    PROVINCE = word("province", description="A province or a city under the central government (tỉnh, thành phố).")
    DISTRICT = word("district", description="A district, town or provincial city (huyện, thị xã); until 30 June 2025.")
    COMMUNE = word("commune", description="A commune, ward or township (xã, phường, thị trấn).")
    RESIDENTIAL_AREA = word("residential_area", description="A residential area (thôn, ấp, khu phố).")
    TEAM = word("team", description="A team (tổ), a community technology team for instance.")
    BODY = word("body", description="A department or agency (sở, ban, ngành): not territorial, under any unit.")


@strawberry.enum(name="IndicatorKind", description="What kind of thing an indicator counts.")
class IndicatorKindWord(Enum):
    """`IndicatorKind`, as the graph spells it."""

    QUOTA = word("quota", description="Cases achieved against a quota.")
    FLOW = word("flow", description="Cases carried over and received, and of these resolved.")
    ACTIVITY = word("activity", description="Things counted without a quota: sessions, news items, participants.")
    MILESTONE = word("milestone", description="Something that each unit has done or not.")
    RATIO = word("ratio", description="One indicator's figure over another's.")
    RANK = word("rank", description="A place in a table: lower is better, and it is never summed.")


@strawberry.enum(name="QuotaBasis", description="Where a unit's quota comes from.")
class QuotaBasisWord(Enum):
    """`QuotaBasis`, as the graph spells it."""

    RECEIVED = word("received", description="The lines of plans that named the unit.")
    DERIVED = word("derived", description="The unit received none: the sum of its children's quotas.")


@strawberry.enum(name="TargetOn", description="Which rate a target is set on.")
class TargetOnWord(Enum):
    """`TargetOn`, as the graph spells it."""

    RAW = word("raw", description="The official rate: achieved over quota.")
    ADJUSTED = word("adjusted", description="Achieved over the quota less the exempt cases that leave it.")


@strawberry.enum(description="How a rate is printed.")
class Rounding(Enum):
    """`RoundingMode`, as the graph spells it."""

    HALF_UP = word("half_up", description="Rounded on the last printed digit; a half goes up.")
    TRUNCATE = word("truncate", description="What lies behind the last printed digit is dropped.")


@strawberry.enum(description="The order of a unit's children.")
class UnitOrder(Enum):
    """How children are sorted."""

    CODE = word("code", description="By official code.")
    NAME = word("name", description="By name in the order of the Vietnamese alphabet.")
    RATE_BEST = word("rate_best", description="By exact rate of `indicator`, highest first; units without a rate last.")
    RATE_WORST = word(
        "rate_worst", description="By exact rate of `indicator`, lowest first; units without a rate last."
    )


@strawberry.enum(description="Which end of a league table comes first.")
class RankOrder(Enum):
    """How a ranking is sorted."""

    BEST = word("best", description="The highest rate first.")
    WORST = word("worst", description="The lowest rate first.")


def child_order(order: UnitOrder) -> Literal["code", "name", "rate_best", "rate_worst"]:
    """The order as reporting spells it."""
    match order:
        case UnitOrder.NAME:
            return "name"
        case UnitOrder.RATE_BEST:
            return "rate_best"
        case UnitOrder.RATE_WORST:
            return "rate_worst"
        case _:
            return "code"


def official_name(names: Names) -> str:
    """The Vietnamese name, or whichever there is."""
    return names.get("vi") or next(iter(names.values()), "")
