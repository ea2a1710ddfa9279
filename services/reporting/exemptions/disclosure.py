"""What a caller is told of why cases are exempt (rule 14, ADR 0011)."""

from collections.abc import Mapping

from services.contracts.definitions import IndicatorDefinition, ReasonDefinition
from services.contracts.disclosure import Disclosure, guarded, whole
from services.contracts.figures import ExemptionCount
from services.reporting.visibility.campaigns import CampaignInSight
from services.reporting.visibility.units import TreeRow

JOINT = "+"
"""What stands between the codes of reasons put together; no code holds it."""


class Disclosures:
    """What the caller who sees the campaign so may be told of one indicator's reasons, at each unit."""

    def __init__(self, campaign: CampaignInSight, indicator: IndicatorDefinition) -> None:
        self._sensitive = campaign.sensitive
        self._whole = whole(indicator)
        self._guarded = guarded(indicator, campaign.definition.small_count)

    def everywhere(self, *, told: bool) -> Disclosure:
        """At every unit alike: where the caller may know sensitive reasons of all of them (`told`), or of none."""
        return self._whole if told else self._guarded

    def at(self, unit: TreeRow) -> Disclosure:
        """Every reason where the caller has the right to know sensitive ones and holds the unit itself."""
        return self._whole if self._sensitive.sees(unit.path) else self._guarded


def told(indicator: IndicatorDefinition, disclosure: Disclosure, counts: Mapping[str, int]) -> list[ExemptionCount]:
    """The counts by reason as they may be told, in the campaign's order; what nobody has reported is left out.

    Of reasons put together each is named without a count, then all of them with their sum: the counts add up to the
    total whoever asks.
    """
    names = {one.code: official_name(one) for one in indicator.reasons}
    found = []
    for entry in disclosure.entries:
        known = [counts[code] for code in entry if code in counts]
        if not known:
            continue
        if len(entry) == 1 and disclosure.tells_exempt:
            found.append(ExemptionCount(entry[0], names[entry[0]], known[0]))
            continue
        found += [ExemptionCount(code, names[code], None, suppressed=True) for code in entry]
        if disclosure.tells_exempt:
            found.append(ExemptionCount(JOINT.join(entry), "; ".join(names[code] for code in entry), sum(known)))
    return found


def official_name(reason: ReasonDefinition) -> str:
    """The Vietnamese name, another where there is none."""
    return reason.name.get("vi") or next(iter(reason.name.values()), reason.code)
