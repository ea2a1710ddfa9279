"""A source is registered or replaced."""

from collections.abc import Mapping

from services.chassis.database import UnitOfWork
from services.chassis.problems import InvalidInput, Refusal
from services.contracts.definitions import CampaignDefinition, SourceReport
from services.contracts.events import SourceChanged
from services.progress.sources import queries, rules
from services.progress.sources.shapes import SourceInput


class SourceLevelFixed(Refusal):
    """{source} has already reported {indicator} of {campaign} at the level {level}; it cannot move to {wanted}."""

    status = 409
    code = "source_level_fixed"
    title = "The level is fixed by rows that have come"
    remedy = "Keep the level, or register another source for the other level."


async def put_source(
    work: UnitOfWork, code: str, given: SourceInput, campaigns: Mapping[str, CampaignDefinition]
) -> tuple[queries.Source, bool]:
    """The source is what was given; answers it and whether it is new. Nothing is recorded where nothing changed.

    Raises: InvalidInput, SourceLevelFixed.
    """
    reports = tuple(SourceReport(one.campaign, one.indicator, one.level) for one in given.reports)
    faults = rules.faults(reports, campaigns)
    if faults:
        raise InvalidInput(count=len(faults), errors=faults)
    before = await queries.find(work.connection, code, lock=True)
    if before is not None:
        _same_levels_as_before(
            code, reports, campaigns, await queries.fixed_levels(work.connection, before.definition.id)
        )
        same = (before.definition.name, before.definition.kind, before.definition.reports, before.aliases)
        if same == (given.name, given.kind, reports, given.aliases):
            return before, False
    source = await queries.put(
        work.connection, code, name=given.name, kind=given.kind, reports=reports, aliases=given.aliases
    )
    work.record(SourceChanged(source.definition))
    return source, before is None


def _same_levels_as_before(
    code: str,
    reports: tuple[SourceReport, ...],
    campaigns: Mapping[str, CampaignDefinition],
    fixed: Mapping[tuple[str, int], str],
) -> None:
    for report in reports:
        number = campaigns[report.campaign].numbers.indicators[report.indicator]
        level = fixed.get((report.campaign, number))
        if level is not None and level != report.level.value:
            raise SourceLevelFixed(
                source=code,
                indicator=report.indicator,
                campaign=report.campaign,
                level=level,
                wanted=report.level.value,
            )
