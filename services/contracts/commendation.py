"""Who may be commended (rule 13), as REST answers it and as the gateway receives it."""

import msgspec

from services.contracts.figures import RateFigure
from services.contracts.words import Level, Verdict, VerdictReason


class Reason(msgspec.Struct, frozen=True):
    """One reason of a verdict, with its numbers: `value` of `of` makes `actual`, which `limit` is set against.

    `leads_to`: the verdict that this reason alone makes; None where that would tell of sensitive reasons (rule 14).
    `limit` is an exact decimal text.
    """

    code: VerdictReason
    leads_to: Verdict | None
    value: int | None
    of: int | None
    actual: RateFigure | None
    limit: str | None


class IndicatorVerdict(msgspec.Struct, frozen=True):
    """What a unit comes to in one indicator that it has a quota for, with every reason; None is withheld."""

    indicator: str
    verdict: Verdict | None
    weight: int
    rate: RateFigure | None
    reasons: list[Reason]


class Commendation(msgspec.Struct, frozen=True):
    """What a unit comes to over the weighted indicators that it has a quota for.

    `score`: the mean of its raw rates by weights; None where one of them is unknown. `rank` and `ranked_of` are among
    the units of the level that have a score and are not excluded; None where not all of those may be seen.
    """

    unit: str
    level: Level
    verdict: Verdict | None
    score: RateFigure | None
    rank: int | None
    ranked_of: int | None
    indicators: list[IndicatorVerdict]
