"""From what is printed of the districts to what every commune was given and got done.

Every margin is exact: parts add up to their whole, nothing is negative, and where exempt and declined cases are
known at all, nothing is outstanding.
"""

from dataclasses import dataclass

from deploy.demo.documents import Documents, Indicator
from deploy.demo.rules import split_evenly, split_over_left
from deploy.loading.shares import CannotSplit, split


@dataclass(frozen=True, slots=True)
class CommuneFigure:
    """Where one commune stands in one indicator on the last day."""

    unit: str
    district: str
    indicator: str
    quota: int
    held: bool
    achieved: int
    exempt: dict[str, int]
    """By reason, in printed order; empty where nothing is printed."""
    declined: int | None
    imputed: bool


def communes(documents: Documents, indicator: Indicator) -> list[CommuneFigure]:
    """One figure per commune, by district, then by code.

    Raises: CannotSplit where the printed figures contradict each other.
    """
    left = {code: figure.quota - figure.achieved for code, figure in indicator.districts.items()}
    exempt, _ = _exempt_and_declined(indicator, left, [one.count for one in indicator.exclusions])
    return [
        figure
        for district in sorted(indicator.districts)
        for figure in _communes_of(documents, indicator, district, [part[district] for part in exempt])
    ]


def _communes_of(documents: Documents, indicator: Indicator, district: str, exempt: list[int]) -> list[CommuneFigure]:
    given = indicator.districts[district]
    codes = documents.children(district)
    quotas = split_evenly(given.quota, codes, {code: indicator.held[code] for code in codes if code in indicator.held})
    achieved = split(given.achieved, quotas)
    left = {code: quotas[code] - achieved[code] for code in codes}
    exempt_parts, rest = _exempt_and_declined(indicator, left, exempt)
    return [
        CommuneFigure(
            unit=code,
            district=district,
            indicator=indicator.code,
            quota=quotas[code],
            held=code in indicator.held,
            achieved=achieved[code],
            exempt={one.reason: part[code] for one, part in zip(indicator.exclusions, exempt_parts, strict=True)},
            declined=None if rest is None else rest[code],
            imputed=given.imputed,
        )
        for code in codes
    ]


def _exempt_and_declined(
    indicator: Indicator, left: dict[str, int], counts: list[int]
) -> tuple[list[dict[str, int]], dict[str, int] | None]:
    """By reason and unit, and by unit; nothing and None where nothing is printed."""
    if not indicator.exclusions:
        return [], None
    over = [code for code, rest in left.items() if rest < 0]
    if over:
        raise CannotSplit(
            f"{indicator.code}: {', '.join(over)} achieved more than the quota, which leaves nobody exempt."
        )
    return split_over_left(counts, left)
