"""A figure, complete: what the rules say of a unit, an indicator and a cohort, as of a day, as known at a moment."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from tests.laws.model import authority, counting, hierarchy, quotas, ranking
from tests.laws.model import pace as paces
from tests.laws.model.counting import Live
from tests.laws.model.quotas import Quota
from tests.laws.model.rates import outstanding, printed, rate, target
from tests.laws.model.story import Cohort, Indicator, Pause, Repause, Story


@dataclass(frozen=True)
class Counts:
    """What is known of some unit as of a day. `added`: achieved within the campaign; `recent`: within the window.

    `over`: what a ratio is taken of.
    """

    quota: int | None = None
    basis: str | None = None
    baseline: int | None = None
    added: int | None = None
    exempt: int | None = None
    declined: int | None = None
    leaving: int | None = None
    recent: int = 0
    over: int | None = None

    def achieved(self, indicator: Indicator) -> int | None:
        if self.added is None or not indicator.counts_baseline:
            return self.added
        return self.added + (self.baseline or 0)

    def rate(self, indicator: Indicator) -> tuple[int, int] | None:
        """The raw rate: of the quota, of a ratio that of the other indicator."""
        return rate(self.achieved(indicator), self.over if indicator.kind == "ratio" else self.quota)


class Knowledge:
    """What was known at a moment (None: by now)."""

    def __init__(self, story: Story, known: int | None = None) -> None:
        self.story = story
        self.known = known

    @cached_property
    def rows(self) -> list[Live]:
        return counting.live_rows(self.story, self.known)

    @cached_property
    def pauses(self) -> tuple[Pause, ...]:
        """Definitions are not asked of the past: a pause that is added late moves every pace at once."""
        changes = [act.pauses for act in self.story.acts if isinstance(act, Repause)]
        return changes[-1] if changes else self.story.campaign.pauses

    @lru_cache  # noqa: B019 - lives as long as the question
    def lines(self, day: int) -> list[quotas.Line]:
        return quotas.lines_in_force(self.story, day=day, known=self.known)

    @lru_cache  # noqa: B019
    def quota(self, unit: str, indicator: str, cohort: str | None, day: int) -> Quota | None:
        return quotas.quota(self.story, self.lines(day), unit=unit, indicator=indicator, cohort=cohort)

    @lru_cache  # noqa: B019
    def chosen(self, indicator: Indicator, day: int) -> list[Live]:
        return authority.chosen_rows(self.story, indicator, self.rows, day=day)

    @lru_cache  # noqa: B019
    def counted(self, unit: str, indicator: Indicator, cohort: str | None, day: int) -> list[Live]:
        """The rows that a figure stands on."""
        return authority.under(self.story, self.chosen(indicator, day), unit=unit, cohort=cohort)

    def added(self, unit: str, indicator: Indicator, cohort: str | None, day: int) -> int | None:
        """What the campaign achieved up to the day, without what stood before."""
        if indicator.fed:
            members, issued = self.issued(unit, indicator, day)
            return len(issued) if members else None
        return authority.count(self.counted(unit, indicator, cohort, day), outcome="achieved", day=day)

    def issued(self, unit: str, indicator: Indicator, day: int) -> tuple[list[str], list[str]]:
        """The units of the indicator's level, and those of them that have a plan of their own in force."""
        members = [one.code for one in hierarchy.at_or_under(self.story, unit, indicator.level)]
        issuers = quotas.have_issued(self.story, day=day, known=self.known)
        return members, [code for code in members if code in issuers]

    @lru_cache  # noqa: B019
    def achieved(self, unit: str, indicator: Indicator, cohort: str | None, day: int) -> int | None:
        added = self.added(unit, indicator, cohort, day)
        if added is None or not indicator.counts_baseline:
            return added
        quota = self.quota(unit, indicator.code, cohort, day)
        return added + (quota.baseline if quota is not None else 0)

    @lru_cache  # noqa: B019
    def rate(self, unit: str, indicator: Indicator, cohort: str | None, day: int) -> tuple[int, int] | None:
        achieved = self.achieved(unit, indicator, cohort, day)
        if indicator.kind == "ratio":
            return rate(achieved, self.over(unit, indicator, cohort, day))
        quota = self.quota(unit, indicator.code, cohort, day)
        return rate(achieved, quota.amount if quota is not None else None)

    def over(self, unit: str, indicator: Indicator, cohort: str | None, day: int) -> int | None:
        """What a ratio is taken of: the other indicator's figure; of a cohort, its cohort of the same code."""
        if indicator.of is None:
            return None
        other = self.story.indicator(indicator.of)
        if cohort is not None and cohort not in {one.code for one in other.cohorts}:
            return None
        return self.achieved(unit, other, cohort, day)

    def marks(self, unit: str, indicator: Indicator, day: int) -> dict[str, Any]:
        """What is said of an indicator with all its cohorts, and stands beside the figures of its cohorts too."""
        rows = self.counted(unit, indicator, None, day)
        return {
            "coverage": self.coverage(unit, indicator, day),
            "labels": sorted({*self.story.campaign.labels, *(label for live in rows for label in live.labels)}),
            "last_day": self.last_day(unit, indicator, day),
            "last_received_at": self.last_received(unit, indicator, day),
        }

    def last_day(self, unit: str, indicator: Indicator, day: int) -> int | None:
        """The newest day on which whoever spoke then had a row, even if another has spoken since."""
        for on in range(day, -1, -1):
            if any(live.row.day == on for live in self.counted(unit, indicator, None, on)):
                return on
        return None

    def coverage(self, unit: str, indicator: Indicator, day: int) -> dict[str, int]:
        """Rule 6: of the units of the reconciliation level with a quota, how many have any row of any source."""
        expected = [
            one.code
            for one in hierarchy.at_or_under(self.story, unit, indicator.level)
            if (quota := self.quota(one.code, indicator.code, None, day)) is not None and quota.amount > 0
        ]
        reported = [code for code in expected if self.received(code, indicator, day)]
        return {"reported": len(reported), "expected": len(expected)}

    def last_received(self, unit: str, indicator: Indicator, day: int) -> int | None:
        """When the newest row came in, whoever sent it and whoever speaks."""
        return max((live.received for live in self.received(unit, indicator, day)), default=None)

    @lru_cache  # noqa: B019
    def received(self, unit: str, indicator: Indicator, day: int) -> list[Live]:
        """The live rows of any source."""
        mine = [live for live in self.rows if live.row.indicator == indicator.code and live.row.day <= day]
        return authority.under(self.story, mine, unit=unit, cohort=None)

    def ranks(self, units: list[str], indicator: Indicator, cohort: str | None, day: int) -> dict[str, int | None]:
        return ranking.ranks({code: self.rate(code, indicator, cohort, day) for code in units})

    def counts(self, unit: str, indicator: Indicator, cohort: Cohort | None, day: int) -> Counts:
        code = cohort.code if cohort is not None else None
        quota = self.quota(unit, indicator.code, code, day)
        rows = self.counted(unit, indicator, code, day)
        reasons = target(indicator, cohort).leaving
        eve = paces.eve_of_window(self.days_of(indicator), day)
        added, before = (self.added(unit, indicator, code, on) for on in (day, day if eve is None else eve))
        return Counts(
            quota.amount if quota is not None else None,
            quota.basis if quota is not None else None,
            quota.baseline if quota is not None else None,
            added,
            authority.count(rows, outcome="exempt", day=day),
            authority.count(rows, outcome="declined", day=day),
            authority.count(rows, outcome="exempt", day=day, reasons=reasons),
            (added or 0) - (before or 0),
            self.over(unit, indicator, code, day),
        )

    def days_of(self, indicator: Indicator) -> list[int]:
        return paces.days_that_count(self.story, self.pauses, indicator.code)

    def figure(self, unit: str, indicator: Indicator, cohort: Cohort | None, day: int) -> dict[str, Any]:
        """In the shape of the contract, with days and moments as numbers."""
        one = hierarchy.unit(self.story, unit)
        code = cohort.code if cohort is not None else None
        siblings = [other.code for other in self.story.units if other.parent == one.parent and other.level == one.level]
        rates = {other: self.rate(other, indicator, code, day) for other in siblings}
        is_ranked = one.parent is not None  # the top unit stands beside nobody
        return {
            "unit": unit,
            "level": one.level,
            "indicator": indicator.code,
            "cohort": code,
            **self.standing(self.counts(unit, indicator, cohort, day), indicator, cohort, day),
            "rank": ranking.ranks(rates)[unit] if is_ranked else None,
            "ranked_of": ranking.ranked_of(rates) if is_ranked else None,
            **self.marks(unit, indicator, day),
            "as_of": day,
            "known_at": self.known,
        }

    def standing(self, counts: Counts, indicator: Indicator, cohort: Cohort | None, day: int) -> dict[str, Any]:
        """What follows from the counts, whichever units they are of."""
        aim = target(indicator, cohort)
        achieved = counts.achieved(indicator)
        left = outstanding(counts.quota, achieved, counts.exempt, counts.declined)
        raw = adjusted = counts.rate(indicator)
        if indicator.kind != "ratio":
            adjusted = rate(achieved, None if not counts.quota else counts.quota - (counts.leaving or 0))
        aimed = raw if aim.on == "raw" else adjusted
        reached = None if aimed is None else Fraction(*aimed) >= Fraction(aim.rate)
        pace = None
        if counts.quota is not None and achieved is not None and left is not None:
            pace = paces.pace(
                self.days_of(indicator),
                day=day,
                quota=counts.quota,
                baseline=(counts.baseline or 0) if indicator.counts_baseline else None,
                achieved=achieved,
                outstanding=left,
                recent=counts.recent,
            )
        return {
            "quota": counts.quota,
            "quota_basis": counts.basis,
            "baseline": counts.baseline,
            "achieved": achieved,
            "exempt": counts.exempt,
            "declined": counts.declined,
            "outstanding": left,
            "rate": self.shown(raw),
            "adjusted_rate": self.shown(adjusted),
            "target_rate": aim.rate if indicator.kind in ("quota", "ratio") else None,
            "reached": reached,
            "band": self.band(achieved, counts.quota, reached, pace),
            "pace": self.shown_pace(pace, counts.quota, aim.rate),
        }

    @staticmethod
    def band(achieved: int | None, quota: int | None, reached: bool | None, pace: paces.Pace | None) -> str:
        if achieved is None or quota is None:
            return "unknown"
        if reached:
            return "reached"
        # Without a single day that counts nothing is expected, and nobody is behind.
        return "on_track" if pace is None or achieved >= pace.expected else "behind"

    def shown(self, found: tuple[int, int] | None) -> dict[str, Any] | None:
        if found is None:
            return None
        campaign = self.story.campaign
        text = printed(*found, decimals=campaign.decimals, rounding=campaign.rounding)
        return {"numerator": found[0], "denominator": found[1], "printed": text}

    @staticmethod
    def shown_pace(pace: paces.Pace | None, quota: int | None, target_rate: str) -> dict[str, Any] | None:
        if pace is None:
            return None
        needed = pace.needed_per_day
        return {
            "expected": pace.expected,
            "difference": pace.difference,
            "needed_per_day": None if needed is None else {"numerator": needed[0], "denominator": needed[1]},
            "forecast": pace.forecast,
            "forecast_reached": None
            if not quota or pace.forecast is None
            else Fraction(pace.forecast, quota) >= Fraction(target_rate),
            "days_left": pace.days_left,
        }

    def exemptions(self, unit: str, indicator: Indicator, day: int) -> list[dict[str, Any]]:
        """How many cases are exempt for which reason, in the campaign's order; what nobody reported is left out."""
        rows = self.counted(unit, indicator, None, day)
        counts = [
            (reason.code, authority.count(rows, outcome="exempt", day=day, reasons=(reason.code,)))
            for reason in indicator.reasons
        ]
        return [{"reason": code, "count": count, "suppressed": False} for code, count in counts if count is not None]

    def league(
        self, within: str, level: str, indicator: Indicator, day: int, *, order: str
    ) -> tuple[list[dict[str, Any]], int]:
        """Rule 11: the units of a level inside a unit, best or worst first, then by code; and how many have a rate."""
        units = [one.code for one in hierarchy.at_or_under(self.story, within, level)]
        rates = {code: self.rate(code, indicator, None, day) for code in units}
        places = ranking.ranks(rates)
        towards = -1 if order == "best" else 1

        def position(code: str) -> tuple[bool, Fraction, str]:
            rate = rates[code]
            return rate is None, towards * Fraction(*rate) if rate is not None else Fraction(0), code

        shown = ("unit", "level", "quota", "achieved", "outstanding", "rate", "adjusted_rate", "reached")
        table = []
        for code in sorted(units, key=position):
            figure = self.figure(code, indicator, None, day)
            table.append({"rank": places[code], **{name: figure[name] for name in shown}})
        return table, ranking.ranked_of(rates)
