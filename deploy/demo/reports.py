"""The days of the campaign, simulated: what every source reported when, so that the last day is as printed."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from deploy.demo.cascade import CommuneFigure, communes
from deploy.demo.documents import Documents, Indicator
from deploy.demo.rules import totals_by_day
from deploy.loading.batches import Batch, Row
from deploy.loading.shares import mixed, split


def campaign_days(documents: Documents) -> list[date]:
    """Every day of the campaign, both ends included."""
    first, last = documents.campaign.first_day, documents.campaign.last_day
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def report_batches(documents: Documents) -> list[Batch]:
    """All reports of the campaign, in the order in which they came in.

    What was achieved comes daily (a zero is a report); exempt and declined cases come as totals every so many days,
    where they changed. No row falls on a paused day.
    """
    campaign = documents.campaign
    days = campaign_days(documents)
    label_sets = {
        imputed: tuple(sorted({*campaign.labels, *([campaign.imputed_label] if imputed else [])}))
        for imputed in (False, True)
    }
    rows: dict[tuple[date, str, bool], list[Row]] = defaultdict(list)
    for number, indicator in enumerate(documents.indicators):
        for place, figure in enumerate(communes(documents, indicator)):
            for source, day_number, row in _rows_of(documents, indicator, figure, days, seed=(number, place)):
                rows[days[day_number], source, figure.imputed].append(row)
    return [
        Batch(
            source=source,
            # A minute apart: a source's two reports of a day can be told apart by when they came.
            received_at=(
                datetime.combine(day, documents.days.report_received, campaign.zone) + timedelta(minutes=imputed)
            ).astimezone(UTC),
            labels=label_sets[imputed],
            rows=tuple(rows[day, source, imputed]),
        )
        for day, source, imputed in sorted(rows)
    ]


def _rows_of(
    documents: Documents, indicator: Indicator, figure: CommuneFigure, days: Sequence[date], *, seed: tuple[int, int]
) -> Iterator[tuple[str, int, Row]]:
    weights = _weights(documents, indicator, days, seed=seed)
    texts = [day.isoformat() for day in days]
    for nth, (source, share) in enumerate(split(figure.achieved, indicator.achieved_by).items()):
        totals = totals_by_day(share, weights, phase=mixed(*seed, nth))
        for number, total in enumerate(totals):
            if weights[number]:
                before = totals[number - 1] if number else 0
                yield source, number, Row(figure.unit, indicator.code, texts[number], total - before)
    reported_on = _cumulative_days(weights, documents.days.cumulative_every)
    outcomes: list[tuple[str | None, str, str | None, int]] = [
        (indicator.exempt_by, "exempt", reason, count) for reason, count in figure.exempt.items()
    ]
    if figure.declined is not None:
        outcomes.append((indicator.declined_by, "declined", None, figure.declined))
    for nth, (source, outcome, reason, count) in enumerate(outcomes, start=len(indicator.achieved_by)):
        assert source is not None, f"{indicator.code} has {outcome} cases, and nobody reports them"
        totals = totals_by_day(count, weights, phase=mixed(*seed, nth))
        said: int | None = None
        for number in reported_on:
            if totals[number] != said:
                said = totals[number]
                row = Row(figure.unit, indicator.code, texts[number], said, outcome, reason, "cumulative")
                yield source, number, row


def _weights(documents: Documents, indicator: Indicator, days: Sequence[date], *, seed: tuple[int, int]) -> list[int]:
    """What each day weighs: the rhythm of the week, growth towards the end, accident; 0 on a pause."""
    choices = documents.days
    return [
        0
        if any(pause.first_day <= day <= pause.last_day for pause in indicator.pauses)
        else choices.weekdays[day.weekday()]
        * (100 * len(days) + choices.growth * number)
        * (100 - choices.jitter + mixed(*seed, number, 1) % (2 * choices.jitter + 1))
        for number, day in enumerate(days)
    ]


def _cumulative_days(weights: Sequence[int], every: int) -> list[int]:
    """Of every so many days the last one that is not paused."""
    stretches = [range(start, min(start + every, len(weights))) for start in range(0, len(weights), every)]
    return [max(working) for stretch in stretches if (working := [number for number in stretch if weights[number]])]
