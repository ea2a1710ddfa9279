"""Which rows of a batch are taken."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import msgspec

from services.contracts.events import day_number
from services.progress.copies.views import CampaignView, KnownUnit
from services.progress.ingestion.faults import Blame, remarks_on
from services.progress.ingestion.lines import Combination, Line, Text, judge_line
from services.progress.ingestion.reading import Batch
from services.progress.ingestion.receipts import SHOWN, RowRemark
from services.progress.ledger.rows import Form, Head, LedgerRows
from services.progress.sources.views import SourceView


class Surroundings(msgspec.Struct, frozen=True):
    """What the rows of a batch are judged against.

    `units`: those that the token may report for, by the codes that the source may use. `today`: the day on which the
    batch was received, in the campaign's time zone. `forms`: how the source has reported each indicator so far.
    `closed_through`: the last closed day, None where none is; `may_amend`: whether its rows are taken all the same.
    """

    campaign: CampaignView
    source: SourceView
    units: dict[str, KnownUnit]
    today: date
    forms: Mapping[int, Form]
    closed_through: date | None = None
    may_amend: bool = False

    @property
    def refused_through(self) -> date | None:
        """The last day whose rows are refused because it is closed."""
        return None if self.may_amend else self.closed_through


class Judged(msgspec.Struct):
    """The good rows; how many are not, and every error; warnings, one more than a receipt shows where there are more.

    `twice`: rows whose key stands twice, in no order. `keys`: how many fields the rows have. `forms`: of the good rows'
    indicators; `decided`: of all that its rows were judged by. `amends`: whether a good row is of a closed day.
    """

    rows: LedgerRows
    twice: LedgerRows
    rejected: int
    errors: list[RowRemark]
    warnings: list[RowRemark]
    keys: int
    forms: dict[int, Form]
    decided: dict[int, Form]
    amends: bool


class _Known(NamedTuple):
    """A head that has been judged; where its rows cannot be taken, no unit is of its `level`."""

    head: Head
    number: int
    order: int
    level: str
    most: int
    keys: int


_NO_HEAD = Head(0, 0, 0, 0, 0, 0, False)
_NO_LEVEL = ""
_Said = tuple[str, Text, Text, Text, Text, Text, str]
_Taken = tuple[KnownUnit, int, int, int]
"""unit, number of the head, value, place in the batch."""


class _Heads:
    """The heads of a batch: each combination is judged once, and each day on it once."""

    def __init__(self, batch: Batch, around: Surroundings) -> None:
        self.lines: dict[Combination, Line] = {}
        self.known: dict[_Said, _Known] = {}
        self.all: list[Head] = []
        self._batch = batch
        self._campaign = around.campaign.definition
        self._levels = around.source.levels.get(self._campaign.code, {})
        self._days = around.campaign.days_until(day_number(around.today))
        if around.refused_through is not None:
            closed = day_number(around.refused_through)
            self._days = {spelt: number for spelt, number in self._days.items() if number > closed}

    def judge(self, said: _Said) -> _Known:
        """The head of the rows that say this."""
        line = self.lines.get(said[:6])
        if line is None:
            line = self.lines[said[:6]] = judge_line(
                said[:6],
                campaign=self._campaign,
                levels=self._levels,
                source=self._batch.source,
                mode=self._batch.mode,
            )
        day = self._days.get(said[6])
        if line.faults or day is None:
            known = _Known(_NO_HEAD, -1, 0, _NO_LEVEL, 0, line.keys)
        else:
            head = Head(
                line.indicator_no, line.cohort_no, line.outcome_no, line.reason_no, day, line.mode_no, line.about
            )
            known = _Known(head, len(self.all), head.order, line.level, line.most, line.keys)
            self.all.append(head)
        self.known[said] = known
        return known

    def least(self, head: Head) -> int:
        """The smallest value of its rows."""
        return max((line.least for line in self.lines.values() if line.indicator_no == head.indicator_no), default=0)


def judge(batch: Batch, around: Surroundings) -> Judged:
    """Every row of the batch judged, each on its own but for those whose key stands twice."""
    heads = _Heads(batch, around)
    find_head, find_unit = heads.known.get, around.units.get
    taken: dict[int, _Taken] = {}
    rejected: set[int] = set(batch.misshapen)
    twice: dict[int, _Taken] = {}
    keys = 0
    # The hot loop: a batch has a thousand rows and more, and a handful of heads.
    for place, row in enumerate(batch.rows):
        said = (row.indicator, row.cohort, row.outcome, row.reason, row.mode, row.hedge, row.day)
        _, number, order, level, most, count = find_head(said) or heads.judge(said)
        keys += count
        unit, value = find_unit(row.unit), row.value
        if unit is None or unit[1] != level or value > most:
            rejected.add(place)
            continue
        one = (unit, number, value, place)
        other = taken.setdefault(unit[0] + order, one)
        if other is not one:
            twice[place] = one
            twice[other[3]] = other
    if any(line.least for line in heads.lines.values()):
        least = [heads.least(head) for head in heads.all]
        low = {key for key, (_, number, value, _) in taken.items() if value < least[number]}
        rejected.update(taken[key][3] for key in low)
    good = {number for _, number, _, _ in taken.values()}
    forms, mixed = _forms(good, heads, taken, around.forms)
    if mixed:
        rejected.update(one[3] for one in taken.values() if _form_of(heads.all[one[1]]) in mixed)
    rejected |= twice.keys()
    if rejected:
        taken = {key: one for key, one in taken.items() if one[3] not in rejected}
        good = {number for _, number, _, _ in taken.values()}
    blame = Blame(
        batch,
        around.campaign.definition,
        around.units,
        around.today,
        around.refused_through,
        heads.lines,
        mixed,
        twice.keys(),
    )
    indicators = {heads.all[number].indicator_no for number in good}
    rows = _rows([taken[key] for key in sorted(taken)], heads.all)
    amending = _of_closed_days(good, heads.all, around.closed_through)
    return Judged(
        rows=rows,
        twice=_rows(list(twice.values()), heads.all),
        rejected=len(rejected),
        errors=[remark for place in sorted(rejected) for remark in remarks_on(place, blame)],
        warnings=_on_paused_days(batch, rows, good, around.campaign) + _amendments(batch, rows, amending, around),
        keys=keys,
        forms={number: form for number, form in forms.items() if number in indicators},
        decided=forms,
        amends=bool(amending),
    )


def _rows(rows: list[_Taken], heads: list[Head]) -> LedgerRows:
    return LedgerRows(
        heads,
        tenant=[one[0][2] for one in rows],
        unit_id=[one[0][3] for one in rows],
        head=[one[1] for one in rows],
        value=[one[2] for one in rows],
        place=[one[3] for one in rows],
    )


def _form_of(head: Head) -> tuple[int, bool]:
    return head.indicator_no, head.cohort_no != 0


def _forms(
    good: set[int], heads: _Heads, taken: Mapping[int, _Taken], before: Mapping[int, Form]
) -> tuple[dict[int, Form], set[tuple[int, bool]]]:
    """How each indicator is reported, and the (indicator number, by cohorts) that contradict it (rule 6).

    What was reported before decides; where nothing was, the first good row does.
    """
    used = {_form_of(heads.all[number]) for number in good}
    undecided = {number for number, by_cohorts in used if (number, not by_cohorts) in used} - before.keys()
    first: dict[int, tuple[int, bool]] = {}
    if undecided:
        for _, head, _, place in taken.values():
            number, by_cohorts = _form_of(heads.all[head])
            first[number] = min(first.get(number, (place, by_cohorts)), (place, by_cohorts))
    levels = {line.indicator_no: line.level for line in heads.lines.values() if not line.faults}
    forms: dict[int, Form] = {}
    for number, by_cohorts in used:
        decided = first[number][1] if number in undecided else by_cohorts
        forms[number] = before.get(number) or Form(levels[number], decided, False)
    mixed = {one for one in used if forms[one[0]].by_cohorts != one[1]}
    for head in (heads.all[number] for number in good):
        if head.mode_no and _form_of(head) not in mixed:
            forms[head.indicator_no] = forms[head.indicator_no]._replace(has_cumulative=True)
    return forms, mixed


def _on_paused_days(batch: Batch, rows: LedgerRows, good: set[int], campaign: CampaignView) -> list[RowRemark]:
    heads = rows.heads
    paused = {number for number in good if (heads[number].indicator_no, heads[number].day) in campaign.paused}
    if not paused:
        return []
    places = sorted(place for head, place in zip(rows.head, rows.place, strict=True) if head in paused)
    return [
        RowRemark(
            place,
            f"/rows/{place}/day",
            "paused_day",
            f"{batch.rows[place].indicator} is paused on {batch.rows[place].day}; the row counts.",
        )
        for place in places[: SHOWN + 1]
    ]


def _of_closed_days(good: set[int], heads: list[Head], closed_through: date | None) -> set[int]:
    if closed_through is None:
        return set()
    closed = day_number(closed_through)
    return {number for number in good if heads[number].day <= closed}


def _amendments(batch: Batch, rows: LedgerRows, amending: set[int], around: Surroundings) -> list[RowRemark]:
    if not amending:
        return []
    places = sorted(place for head, place in zip(rows.head, rows.place, strict=True) if head in amending)
    return [
        RowRemark(
            place,
            f"/rows/{place}/day",
            "amendment",
            f"The days up to {around.closed_through} are closed; the row counts, and is marked as an amendment.",
        )
        for place in places[: SHOWN + 1]
    ]
