"""What is owed: reports in time (rule 12), and plans down the cascade."""

from datetime import date

import strawberry

from gateway.execution import forms
from gateway.graph.rates import Rate, rate_of
from gateway.graph.words import SourceKindWord, UnitLevel
from services.contracts import compliance, graph
from services.contracts.definitions import Rounding


@strawberry.type(description="How many reports are in which state.")
class ReportCounts:
    """`ReportCounts`, as the graph spells it."""

    on_time: int = strawberry.field(description="Came by the hour that the campaign sets.")
    late: int = strawberry.field(description="Came after it.")
    missing: int = strawberry.field(description="Have not come.")
    not_owed: int = strawberry.field(description="Were not owed: a pause, or no plan in force yet.")
    on_time_share: Rate | None = strawberry.field(description="On time, of those owed; null where none is.")


@strawberry.type(description="The reports of one source.")
class SourceCompliance:
    """`SourceCounts`, as the graph spells it."""

    source: str = strawberry.field(description="Code of the source.")
    name: str = strawberry.field(description="Its name.")
    kind: SourceKindWord = strawberry.field(description="Who it is.")
    counts: ReportCounts = strawberry.field(description="Its reports.")


@strawberry.type(description="Who reported in time, on units of one level.")
class ComplianceSummary:
    """`ComplianceSummary`, as the graph spells it."""

    level: UnitLevel = strawberry.field(description="The level of the units.")
    first_day: date | None = strawberry.field(description="First day looked at; null before the campaign begins.")
    last_day: date | None = strawberry.field(description="Last day looked at.")
    units: int = strawberry.field(description="How many units of the level the caller sees.")
    counts: ReportCounts = strawberry.field(description="All their reports.")
    sources: list[SourceCompliance] = strawberry.field(description="The same, source by source.")


@strawberry.type(description="How far the cascade has come at one level, over the units that the caller sees.")
class CascadeLevel:
    """`CascadeLevel`, as the graph spells it."""

    level: UnitLevel = strawberry.field(description="The level.")
    units: int = strawberry.field(description="How many units it has.")
    received: int = strawberry.field(description="How many of them a plan in force names.")
    issued: int = strawberry.field(description="How many have a plan of their own in force.")


def compliance_of(found: compliance.ComplianceSummary, policy: Rounding) -> ComplianceSummary:
    """The summary in the graph."""
    return ComplianceSummary(
        level=UnitLevel(found.level.value),
        first_day=found.first_day,
        last_day=found.last_day,
        units=found.units,
        counts=_counts(found.counts, policy),
        sources=[
            SourceCompliance(
                source=one.source,
                name=one.name,
                kind=SourceKindWord(one.kind.value),
                counts=_counts(one.counts, policy),
            )
            for one in found.sources
        ],
    )


def _counts(found: compliance.ReportCounts, policy: Rounding) -> ReportCounts:
    return ReportCounts(
        on_time=found.on_time,
        late=found.late,
        missing=found.missing,
        not_owed=found.not_owed,
        on_time_share=rate_of(found.on_time_share, policy),
    )


def cascade_level(found: graph.CascadeLevel) -> CascadeLevel:
    """The level in the graph."""
    return CascadeLevel(
        level=UnitLevel(found.level.value), units=found.units, received=found.received, issued=found.issued
    )


for _kind, _names in {
    "ReportCounts": ("onTime", "late", "missing", "notOwed", "onTimeShare"),
    "SourceCompliance": ("source", "name", "kind", "counts"),
    "ComplianceSummary": ("level", "firstDay", "lastDay", "units", "counts", "sources"),
    "CascadeLevel": ("level", "units", "received", "issued"),
}.items():
    forms.compiled(_kind, dict.fromkeys(_names, forms.INTERPRETED))
