"""Random reorganisations after a campaign, and how the product is told of them."""

from typing import Any

from hypothesis import strategies as st

from tests.laws.model.story import LEVELS, Story
from tests.laws.model.successions import Act, Aftermath, LaterUnit, Reorganisation
from tests.laws.product import Told, day_of

DAYS = (300, 500)
"""Days of reorganisations: long after any campaign, long before now."""
DECISION = {"number": "202/2025/QH15", "date": "2025-06-12"}


@st.composite
def aftermaths(draw: st.DrawFn, story: Story) -> Aftermath:
    """One or two reorganisations: units are merged, split, parted, renamed, abolished; codes are used again."""
    found = Aftermath(story, ())
    for day in DAYS[: draw(st.sampled_from([1, 1, 2]))]:
        found = Aftermath(story, (*found.reorganisations, draw(_reorganisations(found, day))))
    return found


@st.composite
def _reorganisations(draw: st.DrawFn, before: Aftermath, day: int) -> Reorganisation:
    units = before.units_on(day)
    ended = [name for name in units if draw(st.integers(0, 2))]
    stay = {name: unit for name, unit in units.items() if name not in ended}
    codes = {units[name].code: units[name].level for name in ended}
    levels = sorted({unit.level for unit in units.values()} - {"body"}, key=LEVELS.index)
    reconciled = [one.level for one in before.story.campaign.indicators]
    begun: dict[str, LaterUnit] = {}
    for number in range(draw(st.sampled_from([3, 5, 4, 2, 1]))):
        level = draw(st.sampled_from([*reconciled, *reconciled, *levels, levels[-1]]))
        above = [
            unit.code
            for unit in (*stay.values(), *begun.values())
            if unit.level != "body" and LEVELS.index(unit.level) < LEVELS.index(level)
        ]
        used_again = [code for code, of in codes.items() if of == level]
        name = f"n{day}{number}"
        code = draw(st.sampled_from([name, *used_again]))
        codes.pop(code, None)
        parent = draw(st.sampled_from([*above, *above, None]))
        begun[name] = LaterUnit(name, code, level, parent)
    acts = [draw(_acts(units[name], stay | begun, is_ended=name in ended)) for name in units]
    return Reorganisation(day, tuple(begun.values()), tuple(ended), tuple(act for act in acts if act is not None))


@st.composite
def _acts(draw: st.DrawFn, unit: LaterUnit, after: dict[str, LaterUnit], *, is_ended: bool) -> Act | None:
    """What became of a unit; None: nobody took over any of it, or it goes on as it was."""
    if draw(st.integers(0, 5)) == 0 or (not is_ended and draw(st.integers(0, 2))):
        return None
    alike = [name for name, one in after.items() if one.level == unit.level and name != unit.name]
    others = [name for name in after if name != unit.name]
    candidates = alike if alike and draw(st.integers(0, 5)) else others
    if not candidates:
        return None
    count = draw(st.sampled_from([2, 1, 2, 3])) if is_ended else 1
    chosen = draw(st.lists(st.sampled_from(candidates), min_size=1, max_size=count, unique=True))
    if is_ended and len(chosen) == 1:
        return Act(unit.name, ((chosen[0], 1),))
    if not is_ended:
        chosen.append(unit.name)
    if draw(st.booleans()):
        return Act(unit.name, tuple((name, None) for name in chosen))
    weights = draw(st.lists(st.integers(0, 3), min_size=len(chosen), max_size=len(chosen)).filter(any))
    return Act(unit.name, tuple(zip(chosen, weights, strict=True)))


async def reorganise(told: Told, aftermath: Aftermath) -> None:
    """The product knows all of it: units that have ended, those that began, and the acts between them."""
    ends: dict[str, int] = {name: one.day - 1 for one in aftermath.reorganisations for name in one.ended}
    rows = [row_of(told, LaterUnit(one.code, one.code, one.level, one.parent), None, ends) for one in told.story.units]
    rows += [row_of(told, unit, one.day, ends) for one in aftermath.reorganisations for unit in one.units]
    await told.send("quota", "PUT", "/v1/units", {"units": rows})
    acts = []
    for one in aftermath.reorganisations:
        eve, day = aftermath.units_on(one.day - 1), aftermath.units_on(one.day)
        acts += [succession(told, act, one.day, eve, day, goes_on=act.unit not in one.ended) for act in one.acts]
    if acts:
        await told.send("quota", "POST", "/v1/successions", {"successions": acts})


def row_of(told: Told, unit: LaterUnit, since: int | None, ends: dict[str, int]) -> dict[str, Any]:
    """The unit as it is told; `ends`: the last days of those that end, by name."""
    return {
        "code": told.code(unit.code),
        "level": unit.level,
        "kind": unit.level,
        "parent_code": told.code(unit.parent),
        "name": unit.name,
        "valid_from": None if since is None else day_of(since),
        "valid_to": day_of(ends[unit.name]) if unit.name in ends else None,
    }


def succession(
    told: Told, act: Act, on: int, eve: dict[str, LaterUnit], day: dict[str, LaterUnit], *, goes_on: bool
) -> dict[str, Any]:
    """The act as it is told; `eve` and `day`: the units before and after it."""
    successors = [name for name, _ in act.successors if name != act.unit]
    is_whole = len(act.successors) == 1
    return {
        "day": day_of(on),
        "decision": DECISION,
        "relation": "part" if goes_on else "merge" if is_whole else "split",
        "predecessors": [told.code(eve[act.unit].code)],
        "successors": [told.code(day[name].code) for name in successors],
        "weights": {}
        if is_whole
        else {told.code(day[name].code): weight for name, weight in act.successors if weight is not None},
    }
