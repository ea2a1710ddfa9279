"""How a campaign counts: at which unit authority is decided, which group a source stands in, what is summed at all."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from services.contracts.definitions import CampaignDefinition
from services.contracts.words import OUTCOME_NO, IndicatorKind, Level, Outcome

STOCK_NO = OUTCOME_NO[Outcome.CARRIED_OVER]


class Place(NamedTuple):
    """Where a unit stands in a campaign's tree: the ids from the top unit down to it, and their levels."""

    tenant: int
    path: Sequence[int]
    levels: Sequence[str]


class CountingRules:
    """What of a campaign's definition decides its roll-ups."""

    def __init__(self, campaign: CampaignDefinition, source_ids: Mapping[str, int]) -> None:
        self.campaign_id = campaign.id
        self.levels: dict[int, Level] = {}
        self.groups: dict[int, dict[int, int]] = {}
        self._never_summed: set[int] = set()
        for indicator in campaign.indicators:
            number = campaign.numbers.indicators[indicator.code]
            self.levels[number] = indicator.reconciliation_level
            self.groups[number] = {
                source_ids[code]: order
                for order, group in reversed(list(enumerate(indicator.authority)))
                for code in group
                if code in source_ids
            }
            if indicator.kind is IndicatorKind.RANK:
                self._never_summed.add(number)

    def is_summed(self, indicator_no: int, outcome_no: int) -> bool:
        """Whether rows add up over days and units: a stock and a place in a table do not."""
        return outcome_no != STOCK_NO and indicator_no not in self._never_summed

    def anchor(self, place: Place, indicator_no: int) -> int:
        """The unit at which authority over `place` is decided: its ancestor at the reconciliation level, or itself."""
        level = self.levels[indicator_no]
        for unit_id, one in zip(place.path, place.levels, strict=True):
            if one == level:
                return unit_id
        return place.path[-1]


def authority_codes(campaigns: Iterable[CampaignDefinition]) -> list[str]:
    """The codes of all sources that stand in an authority group."""
    return sorted(
        {
            code
            for campaign in campaigns
            for indicator in campaign.indicators
            for group in indicator.authority
            for code in group
        }
    )


def counts_alike(one: CampaignDefinition, other: CampaignDefinition) -> bool:
    """Whether the same rows make the same roll-ups under both definitions."""
    return _what_counts(one) == _what_counts(other)


def _what_counts(campaign: CampaignDefinition) -> dict[int, tuple[object, ...]]:
    return {
        campaign.numbers.indicators[one.code]: (
            one.reconciliation_level,
            one.authority,
            one.kind is IndicatorKind.RANK,
        )
        for one in campaign.indicators
    }
