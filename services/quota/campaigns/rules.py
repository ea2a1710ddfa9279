"""Whether a campaign's definition makes sense, and what of it may still change."""

import functools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import count
from zoneinfo import available_timezones

import msgspec

from services.chassis.problems import FieldError
from services.contracts.definitions import CampaignDefinition, Document, Numbers
from services.contracts.disclosure import guarded
from services.contracts.words import IndicatorKind, Level
from services.quota.campaigns.shapes import CampaignInput, IndicatorInput

MAX_DAYS = 3_660
MAX_DEFINITION_BYTES = 400_000
NOT_INPUT = frozenset({"id", "unit_id", "numbers", "revision", "closed"})
NO_NUMBERS = Numbers({}, {}, {})


@functools.cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def faults(campaign: CampaignInput) -> list[FieldError]:
    """What is wrong with a definition, as far as it can be said without looking anything up."""
    found = list(_day_faults(campaign))
    if campaign.time_zone not in _time_zones():
        found.append(
            FieldError(
                "/time_zone", "unknown_time_zone", "name a zone of the IANA database, Asia/Ho_Chi_Minh for instance"
            )
        )
    found += _twice("/indicators", (one.code for one in campaign.indicators), "indicator")
    by_code = {one.code: one for one in campaign.indicators}
    for place, indicator in enumerate(campaign.indicators):
        found += _indicator_faults(f"/indicators/{place}", indicator, by_code)
    for place, pause in enumerate(campaign.pauses):
        found += _unknown(f"/pauses/{place}/indicators", pause.indicators, by_code, "indicator")
    if campaign.commendation is not None:
        for code in campaign.commendation.weights:
            if code not in by_code:
                found.append(_unknown_code(f"/commendation/weights/{code}", "indicator"))
    if campaign.part_of == campaign.code:
        found.append(FieldError("/part_of", "part_of_itself", "a campaign is no part of itself; name another or null"))
    return found


def _day_faults(campaign: CampaignInput) -> Iterator[FieldError]:
    first, last = campaign.first_day, campaign.last_day
    if last < first:
        yield FieldError("/last_day", "last_day_before_first_day", f"{last} lies before the first day {first}")
    elif (last - first).days >= MAX_DAYS:
        yield FieldError("/last_day", "campaign_too_long", f"a campaign has at most {MAX_DAYS} days")
    for place, pause in enumerate(campaign.pauses):
        if pause.last_day < pause.first_day:
            yield FieldError(
                f"/pauses/{place}/last_day",
                "last_day_before_first_day",
                f"{pause.last_day} lies before the pause's first day {pause.first_day}",
            )
        elif not (first <= pause.first_day and pause.last_day <= last):
            field = "first_day" if pause.first_day < first else "last_day"
            yield FieldError(
                f"/pauses/{place}/{field}", "pause_outside_campaign", f"the campaign runs from {first} to {last}"
            )
    due = campaign.compliance.final_report_due if campaign.compliance else None
    if due is not None and due < first:
        yield FieldError("/compliance/final_report_due", "before_first_day", f"the campaign begins on {first}")


def _indicator_faults(
    pointer: str, indicator: IndicatorInput, by_code: dict[str, IndicatorInput]
) -> Iterator[FieldError]:
    reasons = [reason.code for reason in indicator.reasons]
    if indicator.reconciliation_level is Level.COUNTRY:
        yield FieldError(
            f"{pointer}/reconciliation_level",
            "level_above_province",
            "which source speaks is decided inside a province; choose province or a level below it",
        )
    yield from _twice(f"{pointer}/cohorts", (cohort.code for cohort in indicator.cohorts), "cohort")
    yield from _twice(f"{pointer}/reasons", reasons, "reason")
    leaving = "reasons_leaving_denominator"
    yield from _unknown(f"{pointer}/{leaving}", getattr(indicator, leaving) or (), reasons, "reason")
    for place, cohort in enumerate(indicator.cohorts):
        yield from _unknown(
            f"{pointer}/cohorts/{place}/{leaving}", cohort.reasons_leaving_denominator or (), reasons, "reason"
        )
    named: set[str] = set()
    for group_place, group in enumerate(indicator.authority):
        for place, source in enumerate(group):
            if source in named:
                yield FieldError(
                    f"{pointer}/authority/{group_place}/{place}",
                    "source_twice",
                    f"the source {source} stands in the authority of this indicator already; name it once",
                )
            named.add(source)
    yield from _fed_faults(pointer, indicator)
    if indicator.kind is not IndicatorKind.RATIO:
        if indicator.of is not None:
            yield FieldError(f"{pointer}/of", "of_without_ratio", "only a ratio names another indicator; leave it out")
    elif indicator.of is None:
        yield FieldError(f"{pointer}/of", "ratio_without_of", "name the indicator that this ratio is taken of")
    elif indicator.of == indicator.code or indicator.of not in by_code:
        yield _unknown_code(f"{pointer}/of", "other indicator")
    elif (other := by_code[indicator.of]).kind in (IndicatorKind.RATIO, IndicatorKind.RANK) or other.fed_by:
        yield FieldError(f"{pointer}/of", "of_not_counted", "a ratio is taken of something that is counted")


def _fed_faults(pointer: str, indicator: IndicatorInput) -> Iterator[FieldError]:
    if indicator.fed_by is None:
        return
    if indicator.kind is not IndicatorKind.MILESTONE:
        detail = f"only a milestone is fed by the {indicator.fed_by}; make it one, or leave `fed_by` out"
        yield FieldError(f"{pointer}/fed_by", "fed_by_without_milestone", detail)
    for field in ("authority", "cohorts", "reasons"):
        if getattr(indicator, field):
            detail = f"it follows from the plans that units issue, and nobody reports it; leave the {field} out"
            yield FieldError(f"{pointer}/{field}", "fed_indicator_is_bare", detail)


def _twice(pointer: str, codes: Iterable[str], thing: str) -> Iterator[FieldError]:
    seen: set[str] = set()
    for place, code in enumerate(codes):
        if code in seen:
            yield FieldError(
                f"{pointer}/{place}/code", f"{thing}_twice", f"the code {code} stands here already; use another"
            )
        seen.add(code)


def _unknown(pointer: str, codes: Sequence[str], known: Iterable[str], thing: str) -> Iterator[FieldError]:
    known = set(known)
    for place, code in enumerate(codes):
        if code not in known:
            yield _unknown_code(f"{pointer}/{place}", thing)


def _unknown_code(pointer: str, thing: str) -> FieldError:
    owner = "the indicator" if thing == "reason" else "the campaign"
    slug = "unknown_reason" if thing == "reason" else "unknown_indicator"
    return FieldError(pointer, slug, f"{owner} has no {thing} of this code; add it, or correct the code")


def numbered(campaign: CampaignInput, before: Numbers = NO_NUMBERS) -> Numbers:
    """The numbers of the campaign's codes: those of `before` stay, of codes that are gone too; new ones follow."""
    return Numbers(
        indicators=_continued(before.indicators, (one.code for one in campaign.indicators)),
        cohorts=_continued(before.cohorts, (c.code for one in campaign.indicators for c in one.cohorts)),
        reasons=_continued(before.reasons, (r.code for one in campaign.indicators for r in one.reasons)),
    )


def _continued(before: dict[str, int], codes: Iterable[str]) -> dict[str, int]:
    numbers = dict(before)
    free = count(max(before.values(), default=0) + 1)
    for code in codes:
        if code not in numbers:
            numbers[code] = next(free)
    return numbers


def defined(
    campaign: CampaignInput,
    *,
    campaign_id: int,
    unit_id: int,
    numbers: Numbers,
    revision: int,
    closed: Document | None = None,
) -> CampaignDefinition:
    """The definition that quota publishes."""
    raw = campaign.model_dump(mode="json")
    raw["hierarchy_day"] = raw["hierarchy_day"] or raw["first_day"]
    for indicator in raw["indicators"]:
        for cohort in indicator["cohorts"]:
            cohort["target_rate"] = cohort["target_rate"] or indicator["target_rate"]
            cohort["target_on"] = cohort["target_on"] or indicator["target_on"]
    if closed is not None:
        raw["closed"] = msgspec.to_builtins(closed)
    raw |= {"id": campaign_id, "unit_id": unit_id, "revision": revision, "numbers": msgspec.to_builtins(numbers)}
    return msgspec.convert(raw, CampaignDefinition)


def public(campaign: CampaignDefinition) -> dict[str, object]:
    """The public form: the shape of a request, complete, and what closed it."""
    shown = {name: value for name, value in msgspec.to_builtins(campaign).items() if name not in NOT_INPUT}
    if campaign.closed is not None:
        shown["closed"] = msgspec.to_builtins(campaign.closed)
    return shown


class InUse(msgspec.Struct, frozen=True):
    """What stands on a definition: numbers of reported indicators; indicators and cohorts named by plans."""

    reported: frozenset[int] = frozenset()
    planned: frozenset[tuple[int, int]] = frozenset()
    has_plans: bool = False


def locked(old: CampaignDefinition, new: CampaignInput, in_use: InUse, *, today: date) -> list[FieldError]:
    """What may no longer change, each with the reason. `today`: in the campaign's zone."""
    found = _locked_days(old, new, today) if in_use.reported else []
    day = new.hierarchy_day or new.first_day
    if day != old.hierarchy_day and (in_use.has_plans or in_use.reported):
        found.append(
            FieldError(
                "/hierarchy_day",
                "hierarchy_day_in_use",
                f"plans or reports name units of {old.hierarchy_day}; units of another day would be others",
            )
        )
    found += _loosened(old, new, in_use)
    places = {one.code: place for place, one in enumerate(new.indicators)}
    planned_indicators = {indicator_no for indicator_no, _ in in_use.planned}
    for indicator in old.indicators:
        number = old.numbers.indicators[indicator.code]
        reason = "has been reported" if number in in_use.reported else "is named by plans"
        slug = "indicator_reported" if number in in_use.reported else "indicator_planned"
        if number not in in_use.reported and number not in planned_indicators:
            continue
        place = places.get(indicator.code)
        if place is None:
            found.append(FieldError("/indicators", slug, f"{indicator.code} {reason} and stays; restate it unchanged"))
            continue
        after = new.indicators[place]
        if after.kind is not indicator.kind:
            found.append(
                FieldError(
                    f"/indicators/{place}/kind",
                    slug,
                    f"{indicator.code} {reason} as {indicator.kind} and stays so; add another indicator instead",
                )
            )
        if after.fed_by is not indicator.fed_by:
            detail = f"{indicator.code} {reason}; what feeds it stays, add another indicator instead"
            found.append(FieldError(f"/indicators/{place}/fed_by", slug, detail))
        found += _lost_parts(f"/indicators/{place}", old, indicator.code, after, number, in_use)
    return found


def _locked_days(old: CampaignDefinition, new: CampaignInput, today: date) -> list[FieldError]:
    """Rows lie on days of the campaign, in its zone: neither may be taken away from under them."""
    found = []
    if new.time_zone != old.time_zone:
        detail = f"rows were reported for days in {old.time_zone}; they would be other days"
        found.append(FieldError("/time_zone", "days_reported", detail))
    if new.first_day > old.first_day:
        detail = f"rows may lie on the days from {old.first_day} on, which would leave the campaign"
        found.append(FieldError("/first_day", "days_reported", detail))
    if new.last_day < min(old.last_day, today):
        detail = f"rows may lie on the days up to {min(old.last_day, today)}, which would leave the campaign"
        found.append(FieldError("/last_day", "days_reported", detail))
    return found


def _loosened(old: CampaignDefinition, new: CampaignInput, in_use: InUse) -> Iterator[FieldError]:
    """Reasons once told of together are never told of apart: answers of before could be subtracted (rule 14)."""
    numbers = numbered(new, old.numbers)
    after = defined(new, campaign_id=old.id, unit_id=old.unit_id, numbers=numbers, revision=old.revision)
    for place, indicator in enumerate(after.indicators):
        before = old.indicator(indicator.code)
        if before is None or numbers.indicators[indicator.code] not in in_use.reported:
            continue
        was = guarded(before, old.small_count)
        if was.is_full or guarded(indicator, new.small_count).keeps(was):
            continue
        hidden = "; ".join(", ".join(one) for one in was.entries if len(one) > 1 or not was.tells_exempt)
        yield FieldError(
            f"/indicators/{place}/reasons",
            "suppression_loosened",
            f"{indicator.code} has been reported, and whoever may not know its sensitive reasons was told of these"
            f" together only: {hidden}. Keep which reasons are sensitive, which of them leave the denominators,"
            " small_count, and the order (new reasons go first), or add another indicator",
        )


def _lost_parts(
    pointer: str, old: CampaignDefinition, code: str, after: IndicatorInput, number: int, in_use: InUse
) -> Iterator[FieldError]:
    before = old.indicator(code)
    if before is None:
        return
    cohorts, reasons = {one.code for one in after.cohorts}, {one.code for one in after.reasons}
    for cohort in before.cohorts:
        used = number in in_use.reported or (number, old.numbers.cohorts[cohort.code]) in in_use.planned
        if used and cohort.code not in cohorts:
            yield FieldError(f"{pointer}/cohorts", "cohort_in_use", f"{cohort.code} may be in use and stays")
    for reason in before.reasons:
        if number in in_use.reported and reason.code not in reasons:
            yield FieldError(f"{pointer}/reasons", "reason_in_use", f"{reason.code} may be in use and stays")


def figures_day(campaign: CampaignDefinition, today: date) -> date:
    """The day that figures are shown for unless another is asked: the earlier of today and the last day."""
    return min(today, campaign.last_day)
