"""Outcomes above the quota: a warning, since either the rows are wrong or the plan is behind (rules 8, 9 and 16).

What a source reports of a unit by now is compared with what the unit received by the plans in force today. Where it
received nothing itself the unit above it that did is looked at, up to the reconciliation level: above that a figure is
made of several sources (rule 5).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import asyncpg
import msgspec

from services.chassis.database import UnitOfWork
from services.contracts.words import IndicatorKind
from services.progress.copies.plans import Received, received
from services.progress.copies.views import CampaignView
from services.progress.ingestion.headroom import ENDLESS, NOBODY, NUMBER_BITS, Headroom, Headrooms, Known, key_of
from services.progress.ingestion.receipts import SHOWN, RowRemark
from services.progress.ingestion.setting import Setting
from services.progress.ledger.rows import Form, LedgerRows
from services.progress.ledger.standing import COUNTED, Asked, Standing, standing

READ_AT_LEAST = 2_000
"""Live rows that are read for units of which it is known that they were above, at the least."""
HOLDERS_A_QUESTION = 128


class Said(NamedTuple):
    """What a batch says of a unit, at the place of its last row. `value`: the sum of its values, where that matters."""

    unit_id: int
    indicator_no: int
    cohort_no: int
    value: int
    place: int


def headroom_of(headrooms: Headrooms, setting: Setting, work: UnitOfWork, *, keeps: bool) -> Known:
    """What is remembered and will be; a rehearsal remembers nothing."""
    if not keeps:
        return {}
    slot = setting.slot
    return headrooms.of(slot.campaign_id, slot.source_id, version=setting.quota_version, now=work.moment)


def watched(campaign: CampaignView) -> frozenset[int]:
    """The numbers of the indicators that have quotas."""
    numbers = campaign.definition.numbers.indicators
    return frozenset(numbers[one.code] for one in campaign.definition.indicators if one.kind is IndicatorKind.QUOTA)


def running_numbers(forms: Mapping[int, Form]) -> frozenset[int]:
    """The indicators of which a row may change a total by more than it says: running totals have come."""
    return frozenset(number for number, form in forms.items() if form.has_cumulative)


def doubtful(campaign: CampaignView, rows: LedgerRows, forms: Mapping[int, Form], known: Known) -> list[Said]:
    """Of the rows, those that may take a unit above its quota; the others have used up of what was known to be left.

    A daily zero takes nobody there.
    """
    counted, running = watched(campaign), running_numbers(forms)
    # The hot loop: nearly all rows of a batch end in it.
    numbers = [
        head.indicator_no if head.outcome_no in COUNTED and head.indicator_no in counted else 0 for head in rows.heads
    ]
    cohorts = [head.cohort_no for head in rows.heads]
    find = known.get
    found: list[Said] = []
    # Of rows of one holder the last one speaks for all: once a province is above, nearly all rows come here.
    last: dict[tuple[int, int], tuple[int, int, int]] = {}
    for unit_id, at, value, place in zip(rows.unit_id, rows.head, rows.value, rows.place, strict=True):
        number = numbers[at]
        if not number or (not value and number not in running):
            continue
        headroom = find((unit_id << NUMBER_BITS) + number)
        if headroom is NOBODY:
            continue
        if headroom is None:
            found.append(Said(unit_id, number, cohorts[at], value, place))
        elif value <= headroom.left and number not in running:
            headroom.left -= value
        else:
            holder = (id(headroom), cohorts[at])
            if holder not in last or last[holder][0] < place:
                last[holder] = (place, unit_id, number)
    found += [Said(unit_id, number, key[1], 0, place) for key, (place, unit_id, number) in last.items()]
    return found


def doubtful_sums(campaign: CampaignView, sums: Iterable[Said], forms: Mapping[int, Form], known: Known) -> list[Said]:
    """The same for a large batch, of which the sums by unit, indicator and cohort are known."""
    counted, running = watched(campaign), running_numbers(forms)
    found: list[Said] = []
    for one in sums:
        if one.indicator_no not in counted:
            continue
        headroom = known.get(key_of(one.unit_id, one.indicator_no))
        if headroom is NOBODY:
            continue
        if headroom is None or one.value > headroom.left or one.indicator_no in running:
            found.append(one)
        else:
            headroom.left -= one.value
    return found


async def excesses(
    connection: asyncpg.Connection,
    setting: Setting,
    said: Sequence[Said],
    forms: Mapping[int, Form],
    known: Known,
    *,
    now: datetime,
    rows: int,
) -> list[RowRemark]:
    """A warning for each quota that is exceeded where the rows, which are live already, have said something.

    `rows`: how many the batch has. Of units of which it was known that they were above, only so many are looked at
    again that no more live rows are read than twice that; one warning more than a receipt shows tells of the others.
    """
    if not said:
        return []
    await _find_quotas(connection, setting, said, known, now)
    held: dict[int, tuple[Headroom, list[Said]]] = {}
    for one in sorted(said, key=lambda one: one.place):
        headroom = known[key_of(one.unit_id, one.indicator_no)]
        if headroom.received:
            held.setdefault(id(headroom), (headroom, []))[1].append(one)
    budget, wanted = max(READ_AT_LEAST, 2 * rows), []
    for headroom, some in held.values():
        if headroom.left < 0:
            budget -= headroom.rows
            if budget < 0:
                continue
        wanted.append((headroom, some))
    found: list[RowRemark] = []
    running = running_numbers(forms)
    waiting = iter(wanted)
    while len(found) <= SHOWN and (part := list(islice(waiting, HOLDERS_A_QUESTION))):
        sums = await _sums(connection, setting, part, forms, running)
        for nth, (headroom, some) in enumerate(part):
            found += _compared(setting, headroom, some, sums[nth])
    return found


async def _find_quotas(
    connection: asyncpg.Connection,
    setting: Setting,
    said: Iterable[Said],
    known: Known,
    now: datetime,
) -> None:
    """`known` has whoever holds the quota of each unit and indicator: itself, the nearest above it, or nobody."""
    campaign = setting.around.campaign
    levels = {
        campaign.definition.numbers.indicators[one.code]: one.reconciliation_level
        for one in campaign.definition.indicators
    }
    paths: dict[tuple[int, int], list[int]] = {}
    for one in said:
        if key_of(one.unit_id, one.indicator_no) not in known:
            above = campaign.up_to(one.unit_id, levels[one.indicator_no])
            paths[one.unit_id, one.indicator_no] = above
    if not paths:
        return
    day = min(campaign.day_at(now), campaign.definition.last_day)
    asked = sorted({(unit_id, number) for (_, number), path in paths.items() for unit_id in path})
    quotas: defaultdict[tuple[int, int], list[Received]] = defaultdict(list)
    for quota in await received(connection, campaign.id, asked, day=day):
        quotas[quota.unit_id, quota.indicator_no].append(quota)
    holders: dict[tuple[int, int], Headroom] = {}
    for (unit_id, number), path in paths.items():
        holder = next((one for one in path if (one, number) in quotas), None)
        if holder is None:
            known[key_of(unit_id, number)] = NOBODY
            continue
        headroom = known.get(key_of(holder, number)) or holders.get((holder, number))
        if headroom is None or not headroom.received:
            headroom = holders[holder, number] = Headroom(tuple(quotas[holder, number]), 0)
        known[key_of(holder, number)] = known[key_of(unit_id, number)] = headroom


async def _sums(
    connection: asyncpg.Connection,
    setting: Setting,
    part: Sequence[tuple[Headroom, list[Said]]],
    forms: Mapping[int, Form],
    running: frozenset[int],
) -> dict[int, list[Standing]]:
    campaign, slot = setting.around.campaign, setting.slot
    found: defaultdict[int, list[Standing]] = defaultdict(list)
    for has_running in (False, True):
        asked: list[Asked] = []
        for nth, (headroom, some) in enumerate(part):
            number = some[0].indicator_no
            if (number in running) is has_running:
                members = campaign.at_level(headroom.received[0].unit_id, forms[number].level)
                asked += [Asked(nth, one.tenant, one.id, number) for one in members]
        if asked:
            for one in await standing(
                connection, campaign_id=slot.campaign_id, source_id=slot.source_id, asked=asked, running=has_running
            ):
                found[one.nth].append(one)
    return found


def _compared(setting: Setting, headroom: Headroom, some: Sequence[Said], sums: Sequence[Standing]) -> list[RowRemark]:
    """The warnings of one holder; what is left of its quotas is remembered."""
    campaign = setting.around.campaign
    number = some[0].indicator_no
    counts_baseline = campaign.indicators[campaign.words.indicators[number]].counts_baseline
    found: list[RowRemark] = []
    left = ENDLESS
    for quota in _scopes(headroom.received):
        total = sum(one.total for one in sums if quota.cohort_no in (0, one.cohort_no))
        baseline = quota.baseline if counts_baseline else 0
        left = min(left, quota.amount - total - baseline)
        places = [one.place for one in some if quota.cohort_no in (0, one.cohort_no)]
        if places and total + baseline > quota.amount:
            found.append(_remark(setting, quota, max(places), total=total, baseline=baseline))
    headroom.note(left, rows=sum(one.rows for one in sums))
    return found


def _scopes(quotas: Sequence[Received]) -> list[Received]:
    """The quotas of the cohorts, and that of all of them together (rule 8) where it is another one."""
    if len(quotas) == 1:
        return list(quotas)
    documents = ", ".join(dict.fromkeys(one.documents for one in quotas))
    whole = msgspec.structs.replace(
        quotas[0],
        cohort_no=0,
        amount=sum(one.amount for one in quotas),
        baseline=sum(one.baseline for one in quotas),
        documents=documents,
    )
    return [whole, *(one for one in quotas if one.cohort_no)]


def _remark(setting: Setting, quota: Received, place: int, *, total: int, baseline: int) -> RowRemark:
    campaign, words = setting.around.campaign, setting.around.campaign.words
    what = words.indicators[quota.indicator_no]
    if quota.cohort_no:
        what += f" ({words.cohorts[quota.cohort_no]})"
    stood = f" on top of a baseline of {baseline}" if baseline else ""
    detail = (
        f"By now {setting.around.source.code} reports {total} achieved, exempt and declined of {what} for"
        f" {campaign.codes[quota.unit_id]}{stood}; the quota that it received is {quota.amount} (plan"
        f" {quota.documents}). The row counts; send the right number if it is wrong."
    )
    return RowRemark(place, f"/rows/{place}/value", "outcomes_above_quota", detail)
