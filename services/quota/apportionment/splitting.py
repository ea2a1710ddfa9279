"""A split of a campaign: who takes part, by which weights, and the lines."""

from collections.abc import Iterable
from datetime import datetime

import asyncpg

from services.chassis.identity import Caller
from services.chassis.problems import FieldError, InvalidInput, pointer
from services.contracts.definitions import CampaignDefinition
from services.contracts.words import MAX_COUNT, IndicatorKind
from services.quota.apportionment.rules import Claim, Infeasible, Share, per_head, split
from services.quota.apportionment.shapes import ApportionmentInput, Method
from services.quota.campaigns.queries import Sight, Sights, campaign_by_code
from services.quota.campaigns.rules import figures_day
from services.quota.hierarchy.places import TreeNode
from services.quota.hierarchy.queries import places, tree
from services.quota.parameters import today
from services.quota.quotas.queries import lines_in_force
from services.quota.quotas.rules import ALL_COHORTS, quotas

MAX_ERRORS = 1_000


class Splitter:
    """Splits within one campaign as one caller sees it. `now`: the moment of the request."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        caller: Caller,
        campaign: CampaignDefinition,
        sight: Sight,
        *,
        now: datetime,
    ) -> None:
        self._connection = connection
        self._caller = caller
        self._campaign = campaign
        self._sight = sight
        self._now = now

    async def shares(self, asked: ApportionmentInput) -> tuple[list[Share], dict[str, int]]:
        """The shares by code, and the weights that they follow from.

        Raises: InvalidInput, which names each fault and, where the bounds leave no split, the numbers.
        """
        below = await self._below(asked)
        children = [node.code for node in below.values() if node.depth == 1]
        self._refuse_faults(asked, below)
        bounded = asked.minimum.keys() | asked.maximum.keys() | asked.held.keys()
        # A bound on one of the units directly below is no word about who takes part.
        named = asked.weights.keys() | (bounded if asked.weights or not bounded <= set(children) else set(children))
        weights = await self._weights(asked, below, named)
        claims = [
            Claim(
                unit,
                weights.get(unit, 0),
                asked.minimum.get(unit, 0),
                asked.maximum.get(unit),
                asked.held.get(unit),
            )
            for unit in named
        ]
        if not claims:
            detail = f"no unit stands directly below {asked.unit}; name the units in `weights`"
            raise _invalid(FieldError("/weights", "units_missing", detail))
        try:
            return _split(asked, claims), weights
        except Infeasible as fault:
            where = [fault.field] if fault.unit is None else [fault.field, fault.unit]
            raise _invalid(FieldError(pointer(where), fault.code, fault.detail)) from fault

    async def _below(self, asked: ApportionmentInput) -> dict[str, TreeNode]:
        campaign = self._campaign
        acting = (await places(self._connection, {asked.unit}, day=campaign.hierarchy_day)).get(asked.unit)
        if acting is None or campaign.unit_id not in acting.ids or not self._sight.sees(acting.path):
            detail = f"no unit of the campaign bears this code on its hierarchy day {campaign.hierarchy_day}"
            raise _invalid(FieldError("/unit", "unknown_unit", f"{detail}; correct the code"))
        nodes = await tree(self._connection, acting.id, day=campaign.hierarchy_day)
        return {node.code: node for node in nodes if node.depth}

    def _refuse_faults(self, asked: ApportionmentInput, below: dict[str, TreeNode]) -> None:
        faults: list[FieldError] = []
        indicator = self._campaign.indicator(asked.indicator)
        if indicator is None:
            faults.append(FieldError("/indicator", "unknown_indicator", "the campaign has no indicator of this code"))
        elif indicator.kind is not IndicatorKind.QUOTA:
            detail = f"an indicator of kind {indicator.kind} has no quota"
            faults.append(FieldError("/indicator", "indicator_without_quota", detail))
        elif asked.cohort is not None and all(one.code != asked.cohort for one in indicator.cohorts):
            faults.append(FieldError("/cohort", "unknown_cohort", f"{asked.indicator} has no cohort of this code"))
        if asked.amount is None and asked.per_head is None:
            faults.append(FieldError("/amount", "amount_missing", "say what is split, or how many for each head"))
        if asked.per_head is not None and asked.method is not Method.PER_HEAD:
            faults.append(FieldError("/per_head", "per_head_forbidden", "only the method per_head counts by the head"))
        if asked.previous_campaign is not None and asked.method is not Method.PREVIOUS:
            detail = "only the method previous goes by another campaign"
            faults.append(FieldError("/previous_campaign", "previous_campaign_forbidden", detail))
        if asked.method in (Method.PROPORTIONAL, Method.PER_HEAD) and not asked.weights:
            faults.append(FieldError("/weights", "weights_missing", f"the method {asked.method} goes by weights"))
        for field in ("weights", "minimum", "maximum", "held"):
            for unit in getattr(asked, field):
                if unit not in below:
                    detail = f"no unit of the campaign below {asked.unit} bears this code; correct it"
                    faults.append(FieldError(pointer([field, unit]), "unknown_unit", detail))
        if faults:
            raise InvalidInput(count=len(faults), errors=faults[:MAX_ERRORS])

    async def _weights(
        self, asked: ApportionmentInput, below: dict[str, TreeNode], units: Iterable[str]
    ) -> dict[str, int]:
        if asked.method is Method.EQUAL:
            return dict.fromkeys(units, 1)
        if asked.method is not Method.PREVIOUS or asked.weights:
            return asked.weights
        other = await self._previous(asked)
        number = other.numbers.indicators.get(asked.indicator)
        cohort = ALL_COHORTS if asked.cohort is None else other.numbers.cohorts.get(asked.cohort, -1)
        day = figures_day(other, today(self._now, other.time_zone))
        lines = await lines_in_force(self._connection, other.id, day=day, indicator_no=number or -1)
        nodes = await tree(self._connection, other.unit_id, day=other.hierarchy_day)
        found = quotas(nodes, lines)
        weights = {
            unit: found[below[unit].id][number or -1, cohort].amount
            for unit in units
            if (number or -1, cohort) in found.get(below[unit].id, {})
        }
        if not any(weights.values()):
            detail = f"none of the units has a quota of {asked.indicator} in {other.code}; give `weights` instead"
            raise _invalid(FieldError("/method", "nothing_before", detail))
        return weights

    async def _previous(self, asked: ApportionmentInput) -> CampaignDefinition:
        if asked.previous_campaign in (None, self._campaign.code):
            return self._campaign
        other = await campaign_by_code(self._connection, asked.previous_campaign or "")
        sight = await Sights(self._connection, self._caller).of(other) if other else None
        if other is None or sight is None or not sight.covers_top:
            raise _invalid(FieldError("/previous_campaign", "unknown_campaign", "there is no such campaign"))
        return other


def _split(asked: ApportionmentInput, claims: list[Claim]) -> list[Share]:
    if asked.per_head is None:
        return split(claims, asked.amount or 0)
    shares = per_head(claims, asked.per_head)
    total = sum(one.amount for one in shares)
    if asked.amount is not None and asked.amount != total:
        detail = f"{asked.per_head} for each head make {total}, not {asked.amount}; leave one of the two out"
        raise Infeasible("amount", "amount_differs", detail)
    if total > MAX_COUNT:
        raise Infeasible("per_head", "sum_too_large", f"the lines add up to more than 2^53 − 1 ({MAX_COUNT})")
    return shares


def _invalid(fault: FieldError) -> InvalidInput:
    return InvalidInput(count=1, errors=[fault])
