"""Figures: where one unit stands in one indicator on one day."""

from datetime import date, datetime
from typing import Annotated

import orjson
import strawberry

from gateway.execution import forms
from gateway.execution.asking import Info
from gateway.execution.loading import ExemptionsOfUnit, FiguresOfUnit, SeriesOfUnit, SourcesOfUnit
from gateway.graph.connections import given
from gateway.graph.days import DayCount, days_of
from gateway.graph.indicators import Indicator, indicator_of, known_cohort, known_indicators
from gateway.graph.paces import Pace, pace_of
from gateway.graph.rates import Rate, rate_of
from gateway.graph.scalars import BigInt
from gateway.graph.sources import SourceFigure, source_figures
from gateway.graph.words import BandWord, QuotaBasisWord, UnitLevel
from services.contracts import definitions, figures, walks

IndicatorsFilter = Annotated[
    list[str] | None, strawberry.argument(description="Codes of indicators, in the order wanted; all unless given.")
]
AsOf = Annotated[
    date | None,
    strawberry.argument(description="Figures as of the end of this campaign day; `Campaign.asOf` unless given."),
]


KnownAt = Annotated[
    datetime | None,
    strawberry.argument(description="Only what was known at this moment: what was received and issued until then."),
]


@strawberry.type(description="How much of what should report has reported.")
class Coverage:
    """Coverage (rule 6)."""

    reported: int = strawberry.field(description="Units of the reconciliation level with any row up to the day.")
    expected: int = strawberry.field(description="Units of the reconciliation level with a quota above 0.")


@strawberry.type(description="Exempt cases of one reason.")
class ExemptionCount:
    """How many cases are exempt for one reason."""

    reason: str = strawberry.field(description="Code of the reason, unique in its indicator.")
    name: str = strawberry.field(description="Official wording of the reason.")
    count: BigInt | None = strawberry.field(description="Cases; null where the number is suppressed.")
    suppressed: bool = strawberry.field(description="Whether the number is withheld, to protect the few it concerns.")


@strawberry.type(description="Where one unit stands in one indicator on one day. Null is unknown, never zero.")
class Figure:
    """A figure, complete."""

    campaign: str = strawberry.field(description="Code of the campaign.")
    unit_code: str = strawberry.field(description="Official code of the unit.")
    level: UnitLevel = strawberry.field(description="The unit's level.")
    indicator: Indicator = strawberry.field(description="What is counted.")
    cohort: str | None = strawberry.field(description="Code of the cohort; null for the whole indicator.")
    quota: BigInt | None = strawberry.field(description="The number that the unit was given.")
    quota_basis: QuotaBasisWord | None = strawberry.field(description="Where the quota comes from.")
    baseline: BigInt | None = strawberry.field(description="What stood before the campaign's first day.")
    achieved: BigInt | None = strawberry.field(description="Cases achieved up to the day.")
    exempt: BigInt | None = strawberry.field(description="Cases closed for one of the exempt reasons.")
    declined: BigInt | None = strawberry.field(description="People who were asked and did not wish to.")
    outstanding: BigInt | None = strawberry.field(
        description="What is left: quota less achieved, exempt and declined, never below 0."
    )
    rate: Rate | None = strawberry.field(description="The official rate: achieved over quota; may exceed 100 %.")
    adjusted_rate: Rate | None = strawberry.field(
        description="Achieved over the quota less the exempt cases that leave it."
    )
    target_rate: float | None = strawberry.field(description="The share that counts as reached; 1 is 100 %.")
    reached: bool | None = strawberry.field(description="Whether the rate that the target is set on meets it.")
    rank: int | None = strawberry.field(
        description="Place among the units of the same level under the same parent; equal rates share it."
    )
    ranked_of: int | None = strawberry.field(description="How many of these units have a rate.")
    band: BandWord = strawberry.field(description="How the unit does.")
    pace: Pace | None = strawberry.field(
        description="Where it should stand by the day and where it is heading; null where quota or achieved is unknown."
    )
    coverage: Coverage = strawberry.field(description="How much of what should report has reported.")
    labels: list[str] = strawberry.field(description="What is `imputed` or `simulated` in the numbers.")
    last_day: date | None = strawberry.field(description="Latest day that any row speaks of.")
    last_received_at: datetime | None = strawberry.field(description="When the latest row came in.")
    as_of: date = strawberry.field(description="The day that the figure is as of.")
    known_at: datetime | None = strawberry.field(
        description="The moment whose knowledge the figure is of; null: the present one."
    )
    stale: bool = strawberry.field(
        description="Whether it is what was last known, because the service behind does not answer."
    )
    policy: strawberry.Private[definitions.Rounding]

    @strawberry.field(description="Exempt cases by reason, in the campaign's order; reasons never reported are absent.")
    async def exemptions(self, info: Info) -> list[ExemptionCount]:
        """As of the same day."""
        counts = await info.context.loading.exemptions.load(
            ExemptionsOfUnit(self.campaign, self.indicator.code, self.as_of, self.unit_code, self.known_at)
        )
        return [
            ExemptionCount(
                reason=one.reason,
                name=one.name,
                count=None if one.count is None else BigInt(one.count),
                suppressed=one.suppressed,
            )
            for one in counts or ()
        ]

    @strawberry.field(description="What each source says of the number, outcome by outcome, beside whoever speaks.")
    async def sources(self, info: Info) -> list[SourceFigure]:
        """As of the same day and moment; all cohorts together."""
        found = await info.context.loading.sources.load(
            SourcesOfUnit(self.campaign, self.indicator.code, self.as_of, self.known_at, self.unit_code)
        )
        return source_figures(found or (), self.policy)

    @strawberry.field(
        description="Day by day, by whoever spoke on the day, with what is expected. Of a rank, places as of each day."
    )
    async def series(
        self,
        info: Info,
        from_: Annotated[
            date | None,
            strawberry.argument(name="from", description="First day; the campaign's unless given."),
        ] = strawberry.UNSET,
        to: Annotated[
            date | None, strawberry.argument(description="Last day; the day of the figure unless given.")
        ] = strawberry.UNSET,
        cumulative: Annotated[
            bool | None, strawberry.argument(description="Totals as of each day, or what each day added.")
        ] = True,
    ) -> list[DayCount]:
        """As known at the same moment."""
        found = await info.context.loading.series.load(
            SeriesOfUnit(
                self.campaign,
                self.indicator.code,
                self.cohort,
                given(from_),
                given(to),
                cumulative is not False,
                self.as_of,
                self.known_at,
                self.unit_code,
            )
        )
        return [] if found is None else days_of(found)


async def figures_of_unit(
    info: Info,
    campaign: definitions.CampaignDefinition,
    unit: str,
    *,
    indicators: list[str] | None,
    as_of: date | None,
    known_at: datetime | None = None,
    cohort: str | None = None,
    hierarchy: date | None = None,
) -> list[Figure]:
    """Figures of one unit, in the order asked.

    Raises: UnknownIndicator.
    """
    chosen = known_indicators(campaign, indicators)
    if not (campaign.indicators if chosen is None else chosen):
        return []
    found = await info.context.loading.figures.load(
        FiguresOfUnit(campaign.code, as_of, unit, chosen, cohort, known_at, hierarchy)
    )
    return [figure_of(campaign, one) for one in found or ()]


def figure_of(campaign: definitions.CampaignDefinition, figure: figures.Figure) -> Figure:
    """The figure as the graph shows it."""
    definition = campaign.indicator(figure.indicator)
    if definition is None:  # the campaign changed between two answers of reporting
        raise LookupError(figure.indicator)
    return Figure(
        campaign=campaign.code,
        unit_code=figure.unit,
        level=UnitLevel(figure.level.value),
        indicator=indicator_of(definition),
        cohort=figure.cohort,
        quota=_count(figure.quota),
        quota_basis=None if figure.quota_basis is None else QuotaBasisWord(figure.quota_basis.value),
        baseline=_count(figure.baseline),
        achieved=_count(figure.achieved),
        exempt=_count(figure.exempt),
        declined=_count(figure.declined),
        outstanding=_count(figure.outstanding),
        rate=rate_of(figure.rate, campaign.rounding),
        adjusted_rate=rate_of(figure.adjusted_rate, campaign.rounding),
        target_rate=None if figure.target_rate is None else float(figure.target_rate),
        reached=figure.reached,
        rank=figure.rank,
        ranked_of=figure.ranked_of,
        band=BandWord(figure.band.value),
        pace=pace_of(figure.pace),
        coverage=Coverage(reported=figure.coverage.reported, expected=figure.coverage.expected),
        labels=figure.labels,
        last_day=figure.last_day,
        last_received_at=figure.last_received_at,
        as_of=figure.as_of,
        known_at=figure.known_at,
        stale=False,
        policy=campaign.rounding,
    )


def _count(value: int | None) -> BigInt | None:
    return None if value is None else BigInt(value)


def asked_indicators(args: forms.Args) -> list[str] | None:
    """The indicators of `figures` or `figure`."""
    return [args["indicator"]] if "indicator" in args else args.get("indicators")


def checked_indicators(campaign: definitions.CampaignDefinition | None, args: forms.Args) -> None:
    """The campaign has these indicators, and the one its cohort.

    Raises: UnknownIndicator, UnknownCohort.
    """
    if campaign is None:
        return
    if "indicator" in args:
        known_cohort(campaign, args["indicator"], args.get("cohort"))
    else:
        known_indicators(campaign, asked_indicators(args))


def to_figures(args: forms.Args, of: int, columns: tuple[str, ...]) -> walks.Step | None:
    """The step to figures of units, or of top units."""
    asked = asked_indicators(args)
    if asked == []:
        return None
    if args.get("hierarchy") is not None:
        raise forms.NotCompiled
    indicators = None if asked is None else tuple(dict.fromkeys(asked))
    return walks.ToFigures(of, columns, indicators, args.get("asOf"), args.get("cohort"), args.get("knownAt"))


def _campaigns(level: forms.Level, _: forms.Args) -> forms.Column:
    texts = [orjson.dumps(one.campaign.code).decode() for one in level.campaigns]
    return [texts[one] for one in level.campaign_of]


def _indicators(level: forms.Level) -> list[Indicator]:
    """By figure its indicator: each unit has one figure of each."""
    sizes = [0] * len(level.campaigns)
    for one in level.campaign_of:
        sizes[one] += 1
    found: list[Indicator] = []
    for place, size in enumerate(sizes):
        if size:
            campaign = level.campaigns[place].campaign
            objects = [indicator_of(one) for one in map(campaign.indicator, level.indicators[place]) if one is not None]
            found += objects * (size // len(objects))
    return found


forms.compiled("Coverage", {"reported": forms.column("reported"), "expected": forms.column("expected")})
forms.compiled("ExemptionCount", {name: forms.column(name) for name in ("reason", "name", "count", "suppressed")})
forms.compiled(
    "Figure",
    {
        "campaign": forms.Written((), _campaigns),
        "unitCode": forms.column("unit"),
        "level": forms.words("level", UnitLevel),
        "indicator": forms.Objects((), _indicators),
        "quotaBasis": forms.words("quota_basis", QuotaBasisWord),
        "rate": forms.Part("rate", key="numerator"),
        "adjustedRate": forms.Part("adjusted_rate", key="numerator"),
        "targetRate": forms.decimals("target_rate"),
        "coverage": forms.Part("coverage"),
        "rankedOf": forms.column("ranked_of"),
        "band": forms.words("band", BandWord),
        "pace": forms.Part("pace", key="expected"),
        "knownAt": forms.column("known_at"),
        "stale": forms.Written((), lambda level, _: ["false"] * level.size),
        "sources": forms.INTERPRETED,
        "series": forms.INTERPRETED,
        "lastDay": forms.column("last_day"),
        "lastReceivedAt": forms.column("last_received_at"),
        "asOf": forms.column("as_of"),
        "exemptions": forms.Goes(lambda _, of, columns: walks.ToExemptions(of, columns), "many"),
        **{
            name: forms.column(name)
            for name in (
                *("cohort", "quota", "baseline", "achieved", "exempt", "declined", "outstanding"),
                *("reached", "rank", "labels"),
            )
        },
    },
)
