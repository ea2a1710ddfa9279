"""The fixed words of the domain, spelled as REST spells them; the graph has them in capitals."""

from enum import StrEnum

MAX_COUNT = 2**53 - 1
"""Largest quota or count (rule 1): the largest integer that every JSON reader keeps exact."""


class Level(StrEnum):
    """Where a unit stands in the hierarchy."""

    COUNTRY = "country"
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    RESIDENTIAL_AREA = "residential_area"
    TEAM = "team"
    BODY = "body"


LEVEL_ORDER: dict[Level, int] = {level: order for order, level in enumerate(Level)}
"""From the country down; a unit stands below its parent. `body` is not territorial and may stand under any."""


class IndicatorKind(StrEnum):
    """What kind of thing an indicator counts."""

    QUOTA = "quota"
    FLOW = "flow"
    ACTIVITY = "activity"
    MILESTONE = "milestone"
    RATIO = "ratio"
    RANK = "rank"


class FedBy(StrEnum):
    """What an indicator's figures follow from where nobody reports it."""

    CASCADE = "cascade"


class Outcome(StrEnum):
    """What became of a case; for `flow` indicators, which of its counts a row gives."""

    ACHIEVED = "achieved"
    EXEMPT = "exempt"
    DECLINED = "declined"
    CARRIED_OVER = "carried_over"
    RECEIVED = "received"
    RESOLVED = "resolved"


OUTCOME_NO: dict[Outcome, int] = {outcome: number for number, outcome in enumerate(Outcome, start=1)}
OUTCOME_BY_NO: dict[int, Outcome] = {number: outcome for outcome, number in OUTCOME_NO.items()}


class Mode(StrEnum):
    """How a row counts (rule 4): what happened on its day, or the total since the first day."""

    DAILY = "daily"
    CUMULATIVE = "cumulative"


MODE_NO: dict[Mode, int] = {Mode.DAILY: 0, Mode.CUMULATIVE: 1}


class SourceKind(StrEnum):
    """Who reports."""

    REGISTER = "register"
    OPERATOR = "operator"
    POLICE = "police"
    UNIT = "unit"


class TargetOn(StrEnum):
    """Which rate a target is set on."""

    RAW = "raw"
    ADJUSTED = "adjusted"


class RoundingMode(StrEnum):
    """How a rate is printed."""

    HALF_UP = "half_up"
    TRUNCATE = "truncate"


class Band(StrEnum):
    """How a unit does (rule 10): it has reached the target, is where it is expected to be by the day, or is not."""

    REACHED = "reached"
    ON_TRACK = "on_track"
    BEHIND = "behind"
    UNKNOWN = "unknown"


class QuotaBasis(StrEnum):
    """Where a unit's quota comes from (rule 8): lines it received, or its children's sum."""

    RECEIVED = "received"
    DERIVED = "derived"


class ReportStatus(StrEnum):
    """What became of a report that somebody may owe (rule 12)."""

    ON_TIME = "on_time"
    LATE = "late"
    MISSING = "missing"
    NOT_OWED = "not_owed"


class NotOwed(StrEnum):
    """Why a report is not owed: paused, no quota in force yet, or not due yet and not all there."""

    PAUSED = "paused"
    NO_QUOTA = "no_quota"
    NOT_DUE = "not_due"


class ReportKind(StrEnum):
    """The report of a day, or the final one, which is due on a day of its own."""

    DAILY = "daily"
    FINAL = "final"


class Verdict(StrEnum):
    """Whether a unit may be commended (rule 13)."""

    ELIGIBLE = "eligible"
    FELL_SHORT = "fell_short"
    EXCLUDED = "excluded"


class VerdictReason(StrEnum):
    """Why a unit may be commended, or not.

    Too many of its own reports came late or not at all; its final report has not come; its own report differs from
    whoever speaks; the target is not reached; nothing achieved is known; the target is reached;
    whether it is would tell this reader of sensitive reasons (rule 14).
    """

    REPORTS_NOT_ON_TIME = "reports_not_on_time"
    FINAL_REPORT_MISSING = "final_report_missing"
    DIFFERS_FROM_AUTHORITY = "differs_from_authority"
    BELOW_TARGET = "below_target"
    NOTHING_KNOWN = "nothing_known"
    TARGET_REACHED = "target_reached"
    WITHHELD = "withheld"


class Explained(StrEnum):
    """What of a figure is explained."""

    ACHIEVED = "achieved"
    EXEMPT = "exempt"
    DECLINED = "declined"
    QUOTA = "quota"


class PartKind(StrEnum):
    """What a part of a figure is: a child's figure, what was told of the unit itself, or its baseline."""

    CHILD = "child"
    OWN = "own"
    BASELINE = "baseline"


class NotCounted(StrEnum):
    """Why what a source tells is not in the figure (rule 5)."""

    EARLIER_GROUP_SPEAKS = "earlier_group_speaks"
    IN_NO_GROUP = "in_no_group"


class ContradictionKind(StrEnum):
    """What cannot all be right (rule 16)."""

    OPENING_STOCK = "opening_stock"
    OUTCOMES_ABOVE_QUOTA = "outcomes_above_quota"
    QUOTA_HANDED_DOWN = "quota_handed_down_above_received"
    CHILDREN_ABOVE_PARENT = "children_above_parent"
    PRINTED_SHARE = "printed_share"
