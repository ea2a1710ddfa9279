"""Recording acts of succession."""

from collections.abc import Sequence
from datetime import date, timedelta

from services.chassis.database import UnitOfWork
from services.chassis.identity import Caller
from services.chassis.problems import FieldError, InvalidInput
from services.contracts.definitions import UnitDefinition
from services.contracts.events import SuccessionsChanged, in_events
from services.quota.access import covers
from services.quota.hierarchy.commands import hold_hierarchy
from services.quota.hierarchy.queries import places, units_bearing
from services.quota.successions import queries, rules
from services.quota.successions.rules import Act
from services.quota.successions.shapes import SuccessionInput, SuccessionsRecorded

MAX_ERRORS = 1_000
ONE_DAY = timedelta(days=1)


async def record_successions(
    work: UnitOfWork, caller: Caller, acts: Sequence[SuccessionInput], *, at: str = "/successions/{}"
) -> SuccessionsRecorded:
    """All the acts are known, and every service is told. `at`: the pointer of an act by its position.

    Raises: InvalidInput, with every act's own errors.
    """
    await hold_hierarchy(work)
    await queries.lock_successions(work.connection)
    _refuse([_at(at.format(place), fault) for place, act in enumerate(acts) for fault in rules.form_faults(act)])
    book = _Book(work, caller)
    await book.open(acts)
    faults = [_at(at.format(place), fault) for place, act in enumerate(acts) for fault in book.faults(act)]
    _refuse(faults)
    by_ids = [book.by_ids(act) for act in acts]
    known = await queries.acts_of(work.connection, {edge.predecessor_id for act in by_ids for edge in act.edges})
    new: list[Act] = []
    taken: dict[tuple[int, date], int] = {}
    for place, act in enumerate(by_ids):
        keys = {(edge.predecessor_id, act.day) for edge in act.edges}
        standing = [known[key] for key in keys if key in known]
        earlier = {taken[key] for key in keys if key in taken}
        taken |= dict.fromkeys(keys, place)
        if (standing and any(one != act for one in standing)) or earlier:
            detail = (
                "an act of that day says already what became of a predecessor; facts are never rewritten. State all"
                " its successors in one act"
            )
            faults.append(FieldError(f"{at.format(place)}/predecessors", "succession_recorded", detail))
        elif not standing:
            new.append(act)
    _refuse(faults)
    if new:
        edges = await queries.record_acts(work.connection, new, moment=work.moment, actor=work.actor)
        for part in in_events(edges):
            work.record(SuccessionsChanged(list(part)))
    return SuccessionsRecorded(created=len(new), unchanged=len(acts) - len(new))


class _Book:
    """The units that acts name, on the eve and on the day of each."""

    def __init__(self, work: UnitOfWork, caller: Caller) -> None:
        self._connection = work.connection
        self._caller = caller
        self._units: dict[date, dict[str, UnitDefinition]] = {}

    async def open(self, acts: Sequence[SuccessionInput]) -> None:
        """Every unit that is named is at hand, where it exists and the token covers it."""
        wanted: dict[date, set[str]] = {}
        for act in acts:
            wanted.setdefault(act.day - ONE_DAY, set()).update(act.predecessors)
            wanted.setdefault(act.day, set()).update(act.successors)
        for day, codes in sorted(wanted.items()):
            found = await units_bearing(self._connection, codes, day=day)
            if not self._caller.sees_everything:
                paths = await places(self._connection, found, day=day)
                found = {code: unit for code, unit in found.items() if covers(self._caller, paths[code].path)}
            self._units[day] = found

    def faults(self, act: SuccessionInput) -> list[FieldError]:
        """What is wrong with the units of an act."""
        found: list[FieldError] = []
        for field, codes, day in self._named(act):
            for place, code in enumerate(codes):
                if code not in self._units[day]:
                    detail = f"no unit bears the code {code} on {day}; load it first, or correct code or day"
                    found.append(FieldError(f"/{field}/{place}", "unknown_unit", detail))
        if found:
            return found
        (_, before, eve), (_, after, day) = self._named(act)
        units = self._units
        return list(
            rules.validity_faults(act, [units[eve][code] for code in before], [units[day][code] for code in after])
        )

    def by_ids(self, act: SuccessionInput) -> Act:
        """The act by the ids of its units."""
        before, after = ({code: self._units[day][code].id for code in codes} for _, codes, day in self._named(act))
        return Act(act.day, act.relation, act.decision.number, act.decision.date, rules.edges(act, before, after))

    def _named(self, act: SuccessionInput) -> tuple[tuple[str, list[str], date], tuple[str, list[str], date]]:
        return ("predecessors", act.predecessors, act.day - ONE_DAY), ("successors", act.successors, act.day)


def _at(place: str, fault: FieldError) -> FieldError:
    return FieldError(place + fault.pointer, fault.code, fault.detail)


def _refuse(faults: Sequence[FieldError]) -> None:
    if faults:
        raise InvalidInput(count=len(faults), errors=faults[:MAX_ERRORS])
