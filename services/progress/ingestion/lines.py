"""What the rows of one combination of indicator, cohort, outcome, reason, mode and hedge have in common.

A batch has many rows and few combinations: each combination is judged once.
"""

from typing import NamedTuple

from msgspec import UNSET, UnsetType

from services.contracts.definitions import CampaignDefinition, IndicatorDefinition
from services.contracts.words import MAX_COUNT, MODE_NO, OUTCOME_NO, IndicatorKind, Mode, Outcome

Text = str | None | UnsetType
Combination = tuple[str, Text, Text, Text, Text, Text]
"""indicator, cohort, outcome, reason, mode, hedge, as a row has them."""

Fault = tuple[str, str, str]
"""Field, code, sentence."""

REQUIRED_KEYS = 4
OUTCOMES: dict[IndicatorKind, tuple[Outcome, ...]] = {
    IndicatorKind.QUOTA: (Outcome.ACHIEVED, Outcome.EXEMPT, Outcome.DECLINED),
    IndicatorKind.FLOW: (Outcome.CARRIED_OVER, Outcome.RECEIVED, Outcome.RESOLVED),
    IndicatorKind.ACTIVITY: (Outcome.ACHIEVED,),
    IndicatorKind.MILESTONE: (Outcome.ACHIEVED,),
    IndicatorKind.RATIO: (Outcome.ACHIEVED,),
    IndicatorKind.RANK: (Outcome.ACHIEVED,),
}


class Line(NamedTuple):
    """A judged combination. Where it has `faults`, no row of it is taken and the numbers mean nothing.

    `keys`: how many fields its rows have. `level`: at which level its units stand. `least`, `most`: bounds of a value.
    """

    keys: int
    faults: tuple[Fault, ...]
    indicator_no: int = 0
    cohort_no: int = 0
    outcome_no: int = 0
    reason_no: int = 0
    mode_no: int = 0
    about: bool = False
    level: str = ""
    most: int = MAX_COUNT
    least: int = 0

    @property
    def by_cohorts(self) -> bool:
        """Whether the rows are of a cohort."""
        return self.cohort_no != 0

    @property
    def is_running_total(self) -> bool:
        """Whether the rows are totals since the first day."""
        return self.mode_no == MODE_NO[Mode.CUMULATIVE]


def judge_line(
    combination: Combination, *, campaign: CampaignDefinition, levels: dict[str, str], source: str, mode: Mode
) -> Line:
    """The line of a combination. `levels`: at which level the source reports each indicator of this campaign."""
    code, cohort, outcome_text, reason, mode_text, hedge = combination
    keys = REQUIRED_KEYS + sum(one is not UNSET for one in combination[1:])
    indicator = campaign.indicator(code)
    if indicator is None:
        detail = f"The campaign has no indicator {code[:64]!r}."
        return Line(keys, (("indicator", "unknown_indicator", detail),))
    if indicator.follows is not None:
        detail = f"Nobody reports {code}; it follows from {indicator.follows}."
        return Line(keys, (("indicator", "indicator_not_reportable", detail),))
    if code not in levels:
        detail = f"The source {source} is not registered to report {code} in this campaign."
        return Line(keys, (("indicator", "indicator_not_reported_by_source", detail),))
    faults: list[Fault] = []
    if cohort and cohort not in {one.code for one in indicator.cohorts}:
        faults.append(("cohort", "unknown_cohort", f"{code} has no cohort {str(cohort)[:64]!r}."))
    outcome = _outcome(outcome_text, indicator, faults)
    _judge_reason(reason, outcome, indicator, faults)
    row_mode = _mode(mode_text, outcome, indicator.kind, mode, faults)
    if hedge and hedge != "about":
        faults.append(("hedge", "unknown_hedge", 'The only hedge is "about".'))
    elif hedge and indicator.kind is not IndicatorKind.ACTIVITY:
        faults.append(("hedge", "hedge_forbidden", "Only an activity's count may carry a hedge."))
    if faults or outcome is None:
        return Line(keys, tuple(faults))
    return Line(
        keys,
        (),
        indicator_no=campaign.numbers.indicators[code],
        cohort_no=campaign.numbers.cohorts[cohort] if isinstance(cohort, str) and cohort else 0,
        outcome_no=OUTCOME_NO[outcome],
        reason_no=campaign.numbers.reasons[reason] if isinstance(reason, str) and reason else 0,
        mode_no=MODE_NO[row_mode],
        about=bool(hedge),
        level=levels[code],
        most=1 if indicator.kind is IndicatorKind.MILESTONE else MAX_COUNT,
        least=1 if indicator.kind is IndicatorKind.RANK else 0,
    )


def _outcome(text: Text, indicator: IndicatorDefinition, faults: list[Fault]) -> Outcome | None:
    allowed = OUTCOMES[indicator.kind]
    if text not in [*Outcome] and isinstance(text, str):
        words = ", ".join(one.value for one in allowed)
        faults.append(("outcome", "unknown_outcome", f"{indicator.code} takes the outcomes {words}."))
        return None
    outcome = Outcome(text) if isinstance(text, str) else Outcome.ACHIEVED
    if outcome not in allowed:
        words = ", ".join(one.value for one in allowed)
        detail = f"{indicator.code} is of the kind {indicator.kind.value}: its outcomes are {words}."
        faults.append(("outcome", "wrong_outcome", detail))
        return None
    return outcome


def _judge_reason(reason: Text, outcome: Outcome | None, indicator: IndicatorDefinition, faults: list[Fault]) -> None:
    if outcome is None:
        return
    if outcome is not Outcome.EXEMPT:
        if reason:
            detail = f"Only exempt cases have a reason; this row counts {outcome.value} ones."
            faults.append(("reason", "reason_forbidden", detail))
    elif not reason:
        faults.append(("reason", "reason_missing", "Say why the cases are exempt: add the `reason`."))
    elif reason not in {one.code for one in indicator.reasons}:
        faults.append(("reason", "unknown_reason", f"{indicator.code} has no reason {str(reason)[:64]!r}."))


def _mode(text: Text, outcome: Outcome | None, kind: IndicatorKind, of_batch: Mode, faults: list[Fault]) -> Mode:
    if isinstance(text, str) and text not in [*Mode]:
        faults.append(("mode", "unknown_mode", "`mode` is daily or cumulative."))
        return of_batch
    mode = Mode(text) if isinstance(text, str) else of_batch
    if outcome is Outcome.CARRIED_OVER:
        if text == Mode.CUMULATIVE:
            detail = "What is carried over is the state at the start of its day and has no mode; leave it out."
            faults.append(("mode", "mode_forbidden", detail))
        return Mode.DAILY
    if kind is IndicatorKind.RANK:
        if text == Mode.CUMULATIVE:
            detail = "A rank is the place on its day; places add up to nothing, so leave the mode out."
            faults.append(("mode", "mode_forbidden", detail))
        return Mode.DAILY
    # Done or not as of its day: said on two days it is done once, and a later 0 takes it back.
    return Mode.CUMULATIVE if kind is IndicatorKind.MILESTONE else mode
