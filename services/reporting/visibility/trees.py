"""Units that were read of a campaign's tree, remembered until the tree changes.

Only of what is seen already: a unit that a caller names is looked up each time, since whether it is remembered would
tell one that is hidden from one that does not exist.
"""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from services.reporting.keeping.store import Store
from services.reporting.visibility.campaigns import CampaignInSight

MOST_UNITS = 30_000
"""Units that a process remembers, at most: some 20 MB."""

Row = TypeVar("Row")

_remembered: Store[Hashable, list[Any]] = Store(most=MOST_UNITS)


async def remembered(
    campaign: CampaignInSight, asked: tuple[Hashable, ...], fetch: Callable[[], Awaitable[list[Row]]]
) -> list[Row]:
    """What `fetch` finds in the campaign's tree, which nothing but `asked` decides; nothing found is not remembered.

    The tree cannot change without the version of coverage.
    """
    if campaign.stand is None:
        return await fetch()
    key = (campaign.stand.state.coverage_version, *asked)
    found = _remembered.get(key)
    if found is None:
        found = await fetch()
        if found:
            _remembered.put(key, found, weight=len(found) + 2)
    return list(found)
