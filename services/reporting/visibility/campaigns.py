"""A campaign as one caller sees it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from services.chassis.identity import Caller
from services.chassis.problems import FieldError, Refusal
from services.contracts.definitions import CampaignDefinition, IndicatorDefinition
from services.contracts.words import IndicatorKind
from services.reporting.versions.queries import Stand
from services.reporting.view import View
from services.reporting.visibility.queries import fetch_campaign, fetch_campaigns, fetch_sights
from services.reporting.visibility.sight import Sight

COUNTED = frozenset({IndicatorKind.QUOTA, IndicatorKind.ACTIVITY, IndicatorKind.MILESTONE, IndicatorKind.RATIO})
"""Kinds whose figures are sums of outcomes."""
FIGURED = COUNTED | {IndicatorKind.RANK}
"""Kinds that have figures: those, and places in a table, which add up to nothing."""

RECONCILED = COUNTED | {IndicatorKind.FLOW}
"""Kinds of which what sources tell adds up."""


class CampaignNotFound(Refusal):
    """There is no campaign {campaign!r} that this token may see."""

    status = 404
    code = "campaign_not_found"
    title = "Campaign not found"
    remedy = "Check the code; a token sees the campaigns of its units and those that are published to it."


class IndicatorUnknown(Refusal):
    """The campaign {campaign} has no indicator {indicator!r}; it has {known}."""

    status = 422
    code = "indicator_unknown"
    title = "Indicator unknown"
    remedy = "Use one of the campaign's indicators, which the detail names."


class IndicatorNotCounted(Refusal):
    """{indicator} is of kind {kind}; this call answers {counted}."""

    status = 422
    code = "indicator_not_counted"
    title = "Not an indicator of a kind that this call answers"
    remedy = "Ask for an indicator of one of the kinds that the detail names."


class AsOfOutsideCampaign(Refusal):
    """Figures of {campaign} can be asked for as of {first} to {last} ({time_zone}); {as_of} is none of these."""

    status = 422
    code = "as_of_outside_campaign"
    title = "The day lies outside the campaign or in the future"
    remedy = "Use a day of the range that the detail gives, or leave `as_of` out for its last day."


class DaysReversed(Refusal):
    """`from` is {first}, which comes after `to`, {last}."""

    status = 422
    code = "days_reversed"
    title = "The days are the wrong way round"
    remedy = "Give the earlier day as `from`."


class CampaignInSight(msgspec.Struct, frozen=True):
    """A campaign, and what the caller sees of it. `sensitive`: where it may know sensitive reasons too (rule 14).

    `stand`: where it stood in the snapshot in which it was found; None where it was not looked for by itself.
    """

    definition: CampaignDefinition
    sight: Sight
    sensitive: Sight = Sight()
    stand: Stand | None = None

    @property
    def unpublished(self) -> "CampaignInSight":
        """The campaign as seen by the token's own units: a publication opens figures, not what they are made of."""
        return msgspec.structs.replace(self, sight=self.sight.own)

    @property
    def top_visible(self) -> bool:
        """Whether the top unit's figures are seen."""
        return self.sight.sees((self.definition.unit_id,))

    @property
    def as_of_token(self) -> str:
        """The consistency token of the snapshot in which the campaign was found by itself; empty elsewhere."""
        return "" if self.stand is None else self.stand.as_of_token

    def default_day(self, now: datetime) -> date:
        """The earlier of today, in the campaign's time zone, and the last day."""
        return min(now.astimezone(ZoneInfo(self.definition.time_zone)).date(), self.definition.last_day)

    def checked_day(self, as_of: date | None, now: datetime) -> date:
        """The day asked for, the default day where None.

        Before the campaign begins its only day is today. Raises: AsOfOutsideCampaign.
        """
        last = self.default_day(now)
        first = min(self.definition.first_day, last)
        if as_of is None:
            return last
        if not first <= as_of <= last:
            detail = f"Use a day from {first} to {last}."
            raise AsOfOutsideCampaign(
                campaign=self.definition.code,
                first=first,
                last=last,
                as_of=as_of,
                time_zone=self.definition.time_zone,
                errors=[FieldError("/query/as_of", AsOfOutsideCampaign.code, detail)],
            )
        return as_of

    def view(self, as_of: date | None, now: datetime, known_at: datetime | None = None) -> View:
        """As of the day asked for, the default day where None; as known at the moment asked for, now where None.

        Raises: AsOfOutsideCampaign.
        """
        known_then = None if known_at is None else known_at.astimezone(UTC)
        return View(self.checked_day(as_of, now), known_then, now)

    def known_indicator(self, code: str) -> IndicatorDefinition:
        """The indicator of that code, of whatever kind.

        Raises: IndicatorUnknown.
        """
        found = self.definition.indicator(code)
        if found is None:
            known = ", ".join(one.code for one in self.definition.indicators)
            raise IndicatorUnknown(campaign=self.definition.code, indicator=code[:64], known=known)
        return found

    def counted(self, code: str, kinds: frozenset[IndicatorKind] = COUNTED) -> IndicatorDefinition:
        """The indicator of that code, which is of one of the kinds.

        Raises: IndicatorUnknown, IndicatorNotCounted.
        """
        found = self.known_indicator(code)
        if found.kind not in kinds:
            raise IndicatorNotCounted(indicator=code, kind=found.kind, counted=", ".join(sorted(kinds)))
        return found

    def counted_indicators(
        self, codes: Sequence[str] | None = None, kinds: frozenset[IndicatorKind] = COUNTED
    ) -> list[IndicatorDefinition]:
        """These indicators, each once, in the order given; all of the kinds where None.

        Raises: IndicatorUnknown, IndicatorNotCounted.
        """
        if codes is None:
            return [one for one in self.definition.indicators if one.kind in kinds]
        return [self.counted(code, kinds) for code in dict.fromkeys(codes)]

    def reconciled_indicators(self, codes: Sequence[str] | None = None) -> list[IndicatorDefinition]:
        """These indicators, all where None, of those kinds that sources add up in.

        Raises: IndicatorUnknown.
        """
        chosen = self.definition.indicators if codes is None else map(self.known_indicator, dict.fromkeys(codes))
        return [one for one in chosen if one.kind in RECONCILED]

    def number_of(self, indicator: IndicatorDefinition) -> int:
        """The number under which tables know the indicator."""
        return self.definition.numbers.indicators[indicator.code]


async def campaign_in_sight(connection: asyncpg.Connection, code: str, caller: Caller) -> CampaignInSight:
    """The campaign of that code.

    Raises: CampaignNotFound, after the same questions whether it does not exist or is not visible.
    """
    found = None if "\x00" in code else await fetch_campaign(connection, code)
    sights = await fetch_sights(connection, [] if found is None else [found[0]], caller)
    if found is None or sights[0].is_blind:
        raise CampaignNotFound(campaign=code[:64])
    return _in_sight(found[0], sights[0], caller, found[1])


async def campaigns_in_sight(
    connection: asyncpg.Connection, codes: Sequence[str] | None, caller: Caller
) -> list[CampaignInSight]:
    """The visible campaigns among these codes (all where None), by code."""
    definitions = await fetch_campaigns(connection, codes)
    sights = await fetch_sights(connection, definitions, caller)
    found = [_in_sight(one, sight, caller) for one, sight in zip(definitions, sights, strict=True)]
    return [one for one in found if not one.sight.is_blind]


def _in_sight(
    definition: CampaignDefinition, sight: Sight, caller: Caller, stand: Stand | None = None
) -> CampaignInSight:
    return CampaignInSight(definition, sight, sight.own if caller.may("reporting:sensitive") else Sight(), stand)
