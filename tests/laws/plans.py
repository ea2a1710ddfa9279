"""Random plans of a story: those that the product has to let be issued."""

from hypothesis import strategies as st

from tests.laws.model.story import DAY, LIVE, Campaign, Issue, Line, Unit

AMOUNTS = st.one_of(st.sampled_from([0, 1, 2, 4, 8, 16]), st.integers(0, 40), st.sampled_from([7, 100, 837, 2**40]))
"""Powers of two: they make exact halves to round, and rates that are equal."""


class Cascade:
    """What has been issued so far, to draw only plans that may be issued."""

    def __init__(self, units: tuple[Unit, ...]) -> None:
        self.units = units
        self.plans: list[list[tuple[int, Issue]]] = []

    def add(self, issue: Issue, live: int) -> None:
        """What is issued; at the moment `live`, unless it says when."""
        if issue.plan == len(self.plans):
            self.plans.append([])
        self.plans[issue.plan].append((live if issue.moment is None else issue.moment, issue))

    def below(self, issuer: str | None) -> list[str]:
        if issuer is None:
            return [self.units[0].code]
        found: list[str] = []
        for unit in self.units:
            if unit.parent == issuer or unit.parent in found:
                found.append(unit.code)
        return found

    def may_issue(self, issuer: str | None, moment: int) -> bool:
        """Whether the newest revision that was known by then of any plan names the unit."""
        if issuer is None or issuer == self.units[0].code:
            return True
        for revisions in self.plans:
            known = [issue for issued, issue in revisions if issued <= moment]
            if known and any(line.unit == issuer for line in known[-1].lines):
                return True
        return False

    def named_elsewhere(self, plan: int, *, since: int) -> set[tuple[str, str, str | None]]:
        """What other plans name on that day or on any later one."""
        found = set()
        for number, revisions in enumerate(self.plans):
            for place, (_, issue) in enumerate(revisions):
                ends = min((later.day for _, later in revisions[place + 1 :]), default=None)
                if number != plan and (ends is None or ends > max(since, issue.day)):
                    found |= {(line.unit, line.indicator, line.cohort) for line in issue.lines}
        return found


@st.composite
def issues(draw: st.DrawFn, cascade: Cascade, campaign: Campaign, live: int) -> Issue | None:
    """A plan's first or next revision, or its withdrawal; None where what was drawn may not be."""
    standing = [number for number, revisions in enumerate(cascade.plans) if revisions[-1][1].lines]
    revised = draw(st.sampled_from([None, None, *standing]))
    if revised is None:
        plan, least = len(cascade.plans), None
        issuers: list[str | None] = [
            one.code for one in cascade.units if cascade.below(one.code) and cascade.may_issue(one.code, live)
        ]
        issuer = draw(st.sampled_from([*issuers, None]))
    else:
        plan, (least, before) = revised, cascade.plans[revised][-1]
        issuer = before.unit
    is_live = draw(st.booleans()) or (least is not None and least >= LIVE)
    moment = None if is_live else draw(st.integers(-2, campaign.days + 3)) * DAY + draw(st.sampled_from([0, 720]))
    issued = live if moment is None else moment
    if not cascade.may_issue(issuer, issued) or (least is not None and issued < least):
        return None
    day = draw(st.integers(-2, campaign.days - 1))
    taken, below = cascade.named_elsewhere(plan, since=day), cascade.below(issuer)
    lines: dict[tuple[str, str, str | None], Line] = {}
    withdraws = revised is not None and draw(st.integers(0, 4)) == 4
    quotas = [one for one in campaign.indicators if one.kind == "quota"]
    keys = [
        (unit, one.code, cohort)
        for unit in below
        for one in quotas
        for cohort in (None, *(cohort.code for cohort in one.cohorts))
    ]
    chosen = [] if withdraws or not keys else draw(st.lists(st.sampled_from(keys), unique=True, max_size=8))
    if not withdraws and draw(st.booleans()):  # or everybody just below is handed something
        children = {unit.code for unit in cascade.units if unit.parent == issuer}
        chosen = [key for key in keys if key[0] in children and key[2] is None][:12] + chosen
    for key in chosen:
        if key not in taken:
            baseline = draw(st.sampled_from([0, 0, 3, 20]))
            lines[key] = Line(key[0], key[1], draw(AMOUNTS), baseline, key[2])
    if not lines and not withdraws:
        return None
    return Issue(plan, issuer, day, tuple(lines.values()), moment)


@st.composite
def openings(draw: st.DrawFn, cascade: Cascade, campaign: Campaign) -> Issue:
    """The plan that most campaigns begin with: every unit of a level is handed something of every indicator."""
    levels = sorted({unit.level for unit in cascade.units[1:]})
    reconciled = [one.level for one in campaign.indicators if one.level in levels]
    level = draw(st.sampled_from([*reconciled, *levels]))
    units = [unit.code for unit in cascade.units[1:] if unit.level == level]
    idle = draw(st.none() | st.sampled_from(units))  # of whom nothing is asked
    alike = draw(st.none() | st.sampled_from([1, 4, 8]))  # then equal counts are equal rates
    lines = [
        Line(
            unit,
            one.code,
            0 if unit == idle else draw(AMOUNTS) if alike is None else alike,
            draw(st.sampled_from([0, 0, 1, 5])),
        )
        for one in campaign.indicators
        if one.kind == "quota"
        for unit in units
    ]
    return Issue(0, cascade.units[0].code, draw(st.integers(-2, 0)), tuple(lines), -2 * DAY)
