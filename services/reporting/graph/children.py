"""Pages of children, one per parent, by code, name or rate."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import asyncpg

from services.chassis.pagination import decode_cursor, encode_cursor
from services.contracts.definitions import IndicatorDefinition
from services.contracts.graph import CampaignUnitsAnswer, ChildrenQuestion
from services.reporting.figures.gathering import counts_of
from services.reporting.figures.rules import Ratio, league_key, rate_of
from services.reporting.figures.subjects import subject_of
from services.reporting.graph.nodes import NodeRow, campaign_node, codes_above, nodes_under
from services.reporting.rankings.league import cursor_at, key_of_cursor
from services.reporting.view import View
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

Key = Callable[[NodeRow], Any]
ChildOrder = Literal["code", "name", "rate_best", "rate_worst"]


class Family(NamedTuple):
    """One page of the children of one unit: the nodes with their cursors, of `total`; `has_next`: more follow."""

    items: list[NodeRow]
    cursors: list[str]
    total: int
    has_next: bool


async def families_of(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    parents: Sequence[TreeRow],
    *,
    first: int,
    after: str | None,
    order_by: ChildOrder,
    indicator: IndicatorDefinition | None,
    view: View,
) -> dict[int, Family]:
    """By id of the parent, the page of its children behind `after`. `indicator` decides orders by rate.

    Raises: CursorMalformed.
    """
    children = await nodes_under(connection, campaign, parents)
    rates: dict[int, Ratio | None] = {}
    if indicator is not None:
        units = [one.tree for one in children]
        subject = subject_of(campaign, indicator)
        columns = await counts_of(connection, campaign, units, [subject], view)
        rates = {unit.id: rate_of(counts, subject.aim) for unit, counts in zip(units, columns.counts, strict=True)}
    key, cursor_of, last = _order(order_by, after, rates)
    of_parent: dict[int | None, list[NodeRow]] = defaultdict(list)
    for child in sorted(children, key=key):
        of_parent[child.tree.parent_id].append(child)
    families = {}
    for parent in parents:
        family = of_parent[parent.id]
        start = 0 if last is None else sum(key(one) <= last for one in family)
        page = family[start : start + first]
        cursors = [cursor_of(one) for one in page]
        families[parent.id] = Family(page, cursors, len(family), start + len(page) < len(family))
    return families


async def child_pages(
    connection: asyncpg.Connection,
    campaign: CampaignInSight,
    parents: list[TreeRow],
    question: ChildrenQuestion,
    *,
    indicator: IndicatorDefinition | None,
    view: View,
) -> dict[str, CampaignUnitsAnswer]:
    """By code of the parent, the page of its children that is asked for.

    Raises: CursorMalformed.
    """
    families = await families_of(
        connection,
        campaign,
        parents,
        first=question.first,
        after=question.after,
        order_by=question.order_by,
        indicator=indicator,
        view=view,
    )
    codes = await codes_above(connection, (one for family in families.values() for one in family.items))
    return {
        parent.code: CampaignUnitsAnswer(
            items=[campaign_node(campaign, one, codes) for one in families[parent.id].items],
            cursors=families[parent.id].cursors,
            total=families[parent.id].total,
            has_next=families[parent.id].has_next,
        )
        for parent in parents
    }


def _order(
    order_by: ChildOrder, after: str | None, rates: dict[int, Ratio | None]
) -> tuple[Key, Callable[[NodeRow], str], Any]:
    """What children are sorted by, the cursor of one, and the key that the page begins behind."""
    match order_by:
        case "code":
            last = None if after is None else decode_cursor(after, tuple[str])
            return (lambda one: (one.tree.code,)), (lambda one: encode_cursor([one.tree.code])), last
        case "name":
            last = None if after is None else decode_cursor(after, tuple[str, str])

            def by_name(one: NodeRow) -> tuple[str, str]:
                return (one.sort_key, one.tree.code)

            return by_name, (lambda one: encode_cursor(by_name(one))), last
        case _:
            worst_first = order_by == "rate_worst"
            last = None if after is None else key_of_cursor(after, worst_first=worst_first)
            return (
                (lambda one: league_key(rates[one.tree.id], one.tree.code, worst_first=worst_first)),
                (lambda one: cursor_at(rates[one.tree.id], one.tree.code)),
                last,
            )
