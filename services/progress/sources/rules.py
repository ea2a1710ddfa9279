"""What a source may say of itself."""

from collections.abc import Mapping, Sequence

from services.chassis.problems import FieldError
from services.contracts.definitions import CampaignDefinition, SourceReport
from services.contracts.words import LEVEL_ORDER


def faults(reports: Sequence[SourceReport], campaigns: Mapping[str, CampaignDefinition]) -> list[FieldError]:
    """What is wrong with the reports, each with its place; `campaigns` holds those that are known, by code."""
    found: list[FieldError] = []
    seen: set[tuple[str, str]] = set()
    for place, report in enumerate(reports):
        if (report.campaign, report.indicator) in seen:
            found.append(
                FieldError(
                    f"/reports/{place}", "reported_twice", "A source reports an indicator at one level; name it once."
                )
            )
            continue
        seen.add((report.campaign, report.indicator))
        campaign = campaigns.get(report.campaign)
        if campaign is None:
            found.append(
                FieldError(f"/reports/{place}/campaign", "unknown_campaign", f"There is no campaign {report.campaign}.")
            )
            continue
        indicator = campaign.indicator(report.indicator)
        if indicator is None:
            detail = f"The campaign {report.campaign} has no indicator {report.indicator}."
            found.append(FieldError(f"/reports/{place}/indicator", "unknown_indicator", detail))
        elif indicator.follows is not None:
            detail = f"Nobody reports {report.indicator}; it follows from {indicator.follows}."
            found.append(FieldError(f"/reports/{place}/indicator", "indicator_not_reportable", detail))
        elif LEVEL_ORDER[report.level] < LEVEL_ORDER[indicator.reconciliation_level]:
            detail = (
                f"{report.indicator} is reconciled at the level {indicator.reconciliation_level.value};"
                f" a source reports it there or below, not at {report.level.value}."
            )
            found.append(FieldError(f"/reports/{place}/level", "level_above_reconciliation", detail))
    return found
