"""Whether a plan's lines may stand."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from services.chassis.problems import FieldError
from services.contracts.definitions import CampaignDefinition, PlanLine
from services.contracts.words import MAX_COUNT, IndicatorKind
from services.quota.hierarchy.places import Place
from services.quota.plans.ceiling import Key
from services.quota.plans.shapes import LineInput


class Line(msgspec.Struct, frozen=True):
    """A line as it is shown, with the ids that it is stored by."""

    unit: str
    indicator: str
    cohort: str | None
    stored: PlanLine

    @property
    def amount(self) -> int:
        """How many."""
        return self.stored.amount

    @property
    def baseline(self) -> int:
        """What stood before."""
        return self.stored.baseline

    @property
    def held(self) -> bool:
        """Whether it keeps its value when the rest is split anew."""
        return self.stored.held

    def public(self) -> dict[str, object]:
        """The public form."""
        return {
            "unit": self.unit,
            "indicator": self.indicator,
            "cohort": self.cohort,
            "amount": self.stored.amount,
            "baseline": self.stored.baseline,
            "held": self.stored.held,
        }


def may_receive(place: Place | None, *, issuer_id: int | None, top_id: int) -> bool:
    """Whether a plan of that issuer may name the unit: strictly below it, or, without issuer, the top unit itself."""
    if place is None:
        return False
    return place.id == top_id if issuer_id is None else place.is_below(issuer_id)


def line_faults(
    lines: Sequence[LineInput | Line],
    campaign: CampaignDefinition,
    places: Mapping[str, Place],
    *,
    issuer_id: int | None,
    top_id: int,
) -> Iterator[FieldError]:
    """What is wrong with the lines of a plan, in their order, then with their sums."""
    seen: dict[tuple[str, str, str | None], int] = {}
    amounts: dict[str, int] = {}
    baselines: dict[str, int] = {}
    indicators = {one.code: one for one in campaign.indicators}
    for position, line in enumerate(lines):
        at = f"/lines/{position}"
        if not may_receive(places.get(line.unit), issuer_id=issuer_id, top_id=top_id):
            yield FieldError(
                f"{at}/unit",
                "unknown_unit",
                f"no unit of the campaign below the issuing unit bears the code {line.unit} on its hierarchy day; "
                "correct the code, or let the unit above it issue its own plan"
                if issuer_id is not None
                else f"a plan without issuing unit names the campaign's top unit, {campaign.unit}, and no other",
            )
        indicator = indicators.get(line.indicator)
        if indicator is None:
            yield FieldError(f"{at}/indicator", "unknown_indicator", "the campaign has no indicator of this code")
        elif indicator.kind is not IndicatorKind.QUOTA:
            yield FieldError(
                f"{at}/indicator", "indicator_without_quota", f"an indicator of kind {indicator.kind} has no quota"
            )
        elif line.cohort is not None and all(cohort.code != line.cohort for cohort in indicator.cohorts):
            yield FieldError(f"{at}/cohort", "unknown_cohort", f"{line.indicator} has no cohort of this code")
        first = seen.setdefault((line.unit, line.indicator, line.cohort), position)
        if first != position:
            yield FieldError(
                at, "line_twice", f"line {first} names this unit, indicator and cohort already; make one line of both"
            )
        amounts[line.indicator] = amounts.get(line.indicator, 0) + line.amount
        baselines[line.indicator] = baselines.get(line.indicator, 0) + line.baseline
    for sums, field in ((amounts, "amount"), (baselines, "baseline")):
        for code, total in sums.items():
            if total > MAX_COUNT:
                yield FieldError(
                    "/lines", "sum_too_large", f"the {field}s of {code} add up to more than 2^53 − 1 ({MAX_COUNT})"
                )


def sums(lines: Sequence[PlanLine]) -> dict[Key, int]:
    """The amounts of the lines by indicator and cohort."""
    found: dict[Key, int] = {}
    for line in lines:
        key = (line.indicator_no, line.cohort_no)
        found[key] = found.get(key, 0) + line.amount
    return found
