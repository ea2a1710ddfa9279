"""One league table as one caller sees it."""

from typing import Annotated, Literal, NamedTuple

import asyncpg
import msgspec

from services.chassis.pagination import decode_cursor, encode_cursor
from services.contracts.words import Level
from services.reporting.figures.gathering import counts_of
from services.reporting.figures.rules import Counts, Ratio, league_key, league_key_of, ranks_of_keys, rate_of
from services.reporting.figures.subjects import Subject
from services.reporting.rankings.queries import units_of_level
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

Order = Literal["best", "worst"]

_Number = Annotated[int, msgspec.Meta(ge=0)]
_Cursor = tuple[_Number | None, Annotated[int, msgspec.Meta(ge=1)], str]


class Place(NamedTuple):
    """One line of the table. `rank` is None without a rate, and where the caller does not see the whole table."""

    unit: TreeRow
    counts: Counts
    rate: Ratio | None
    rank: int | None


class League(NamedTuple):
    """The lines that the caller sees, in order. `ranked_of` is None where that is not the whole table."""

    places: list[Place]
    ranked_of: int | None


async def league_of(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    *,
    within: TreeRow,
    level: Level,
    subject: Subject,
    view: View,
    order: Order,
) -> League:
    """The units of the level at or under `within` by their rate; ranks are those of `best` in both."""
    units = await units_of_level(connection, campaign, ancestor_id=within.id, level=level)
    whole = campaign.sight.sees_all([one.id for one in units], under=within.path)
    if not whole:
        units = [one for one in units if campaign.sight.sees(one.path)]
    counts = (await counts_of(connection, campaign, units, [subject], view)).counts
    rates = [rate_of(one, subject.aim) for one in counts]
    keys = [None if one is None else one.order_key for one in rates]
    ranks = ranks_of_keys(keys)
    shown = ranks.ranks if whole else [None] * len(units)
    places = list(map(Place, units, counts, rates, shown))
    in_order = sorted(
        (league_key_of(key, one.code, worst_first=order == "worst"), place)
        for place, (key, one) in enumerate(zip(keys, units, strict=True))
    )
    return League([places[place] for _, place in in_order], ranks.of if whole else None)


def cursor_at(rate: Ratio | None, code: str) -> str:
    """The cursor of the unit that stands there, which stays good when rates change."""
    return encode_cursor([None, 1, code] if rate is None else [rate.numerator, rate.denominator, code])


def key_of_cursor(cursor: str, *, worst_first: bool) -> tuple[bool, int, str]:
    """The key (`league_key`) that a page begins behind.

    Raises: CursorMalformed.
    """
    numerator, denominator, code = decode_cursor(cursor, _Cursor)
    rate = None if numerator is None else Ratio(numerator, denominator)
    return league_key(rate, code, worst_first=worst_first)


def start_behind(places: list[Place], cursor: str | None, order: Order) -> int:
    """The position where the page behind the cursor begins.

    Raises: CursorMalformed.
    """
    if cursor is None:
        return 0
    worst_first = order == "worst"
    last = key_of_cursor(cursor, worst_first=worst_first)
    return sum(league_key(one.rate, one.unit.code, worst_first=worst_first) <= last for one in places)
