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


@strawberry.enum(name="FedBy", description="What an indicator's figures follow from where nobody reports it.")
class FedByWord(Enum):
    """`FedBy`, as the graph spells it."""

    CASCADE = word("cascade", description="The plans that units issue: done by those that have their own in force.")


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


@strawberry.enum(name="Band", description="How a unit does in an indicator.")
class BandWord(Enum):
    """`Band`, as the graph spells it."""

    REACHED = word("reached", description="The rate that the target is set on meets it.")
    ON_TRACK = word("on_track", description="Achieved is what is expected by the day, or more.")
    BEHIND = word("behind", description="Achieved is less than what is expected by the day.")
    UNKNOWN = word("unknown", description="There is no quota, or nothing achieved is known.")


@strawberry.enum(name="Outcome", description="What became of a case.")
class OutcomeWord(Enum):
    """`Outcome`, as the graph spells it."""

    ACHIEVED = word("achieved", description="Done: only these count towards the quota.")
    EXEMPT = word("exempt", description="Closed for one of the exempt reasons.")
    DECLINED = word("declined", description="Asked, and did not wish to.")
    CARRIED_OVER = word("carried_over", description="Of a flow: the stock at the start of a day.")
    RECEIVED = word("received", description="Of a flow: what came in.")
    RESOLVED = word("resolved", description="Of a flow: what was settled.")


@strawberry.enum(name="SourceKind", description="Who reports.")
class SourceKindWord(Enum):
    """`SourceKind`, as the graph spells it."""

    REGISTER = word("register", description="An extract of a database, the population register for instance.")
    OPERATOR = word("operator", description="A telecom operator.")
    POLICE = word("police", description="The police's monitoring.")
    UNIT = word("unit", description="A unit's own report.")


@strawberry.enum(name="Verdict", description="Whether a unit may be commended.")
class VerdictWord(Enum):
    """`Verdict`, as the graph spells it."""

    ELIGIBLE = word("eligible", description="It may be.")
    FELL_SHORT = word("fell_short", description="It did not reach what was set.")
    EXCLUDED = word("excluded", description="It did not report as required, whatever its rate.")


@strawberry.enum(name="VerdictReason", description="Why a unit may be commended, or not.")
class VerdictReasonWord(Enum):
    """`VerdictReason`, as the graph spells it."""

    REPORTS_NOT_ON_TIME = word("reports_not_on_time", description="Too few of its own reports came in time.")
    FINAL_REPORT_MISSING = word("final_report_missing", description="Its final report has not come.")
    DIFFERS_FROM_AUTHORITY = word(
        "differs_from_authority", description="Its own report differs from whoever speaks, beyond the tolerance."
    )
    BELOW_TARGET = word("below_target", description="The target is not reached.")
    NOTHING_KNOWN = word("nothing_known", description="Nothing achieved is known.")
    TARGET_REACHED = word("target_reached", description="The target is reached.")
    WITHHELD = word("withheld", description="To say it would tell this reader of sensitive reasons.")


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
