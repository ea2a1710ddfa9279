"""Random reorganisations before a campaign, and how the product is told of them."""

from hypothesis import strategies as st

from tests.laws.model.origins import Formation, Prehistory
from tests.laws.model.story import LEVELS, Story
from tests.laws.model.successions import Act, LaterUnit
from tests.laws.product import Told
from tests.laws.reorganisations import row_of, succession

DAYS = (-300, -500)
"""Days of reorganisations, the latest first."""
EARLIER = (-400, -600)
"""Days before one of them, and before both."""


@st.composite
def prehistories(draw: st.DrawFn, story: Story) -> Prehistory:
    """One or two reorganisations that the campaign's units came out of: merged, split, parted, begun."""
    found = Prehistory(story, ())
    for day in DAYS[: draw(st.sampled_from([1, 1, 2]))]:
        found = Prehistory(story, (draw(_formations(found, day)), *found.formations))
    return found


@st.composite
def _formations(draw: st.DrawFn, later: Prehistory, day: int) -> Formation:
    units = later.units_on(day)
    begun = [name for name in units if draw(st.integers(0, 2))]
    went_on = {name: unit for name, unit in units.items() if name not in begun}
    former = draw(_former([units[name] for name in begun], went_on, day))
    before = {**went_on, **{one.name: one for one in former}}
    takers: dict[str, list[str]] = {name: [] for name in before}
    for name, unit in units.items():
        if name in went_on and draw(st.integers(0, 2)):
            continue  # most that went on were given nothing
        alike = [one for one, other in before.items() if other.level == unit.level and one != name]
        others = [one for one in before if one != name]
        candidates = alike if alike and draw(st.integers(0, 5)) else others
        count = draw(st.sampled_from([1, 1, 1, 2, 2, 0]))
        if candidates and count:
            for giver in draw(st.lists(st.sampled_from(candidates), min_size=1, max_size=count, unique=True)):
                takers[giver].append(name)
    acts = [draw(_acts(giver, names, goes_on=giver in went_on)) for giver, names in takers.items() if names]
    return Formation(day, former, tuple(begun), tuple(acts))


@st.composite
def _former(draw: st.DrawFn, begun: list[LaterUnit], went_on: dict[str, LaterUnit], day: int) -> tuple[LaterUnit, ...]:
    """Units that ended with it; many bore the code of one that began then."""
    levels = [one.level for one in begun] or ["commune"]
    codes = {one.code: one.level for one in begun}
    found: list[LaterUnit] = []
    for number in range(draw(st.sampled_from([3, 5, 4, 2, 1]))):
        level = draw(st.sampled_from(levels))
        above = [
            unit.code
            for unit in (*went_on.values(), *found)
            if unit.level != "body" and LEVELS.index(unit.level) < LEVELS.index(level)
        ]
        name = f"f{-day}{number}"
        code = draw(st.sampled_from([name, *(code for code, of in codes.items() if of == level)]))
        codes.pop(code, None)
        found.append(LaterUnit(name, code, level, draw(st.sampled_from([*above, *above, None]))))
    return tuple(found)


@st.composite
def _acts(draw: st.DrawFn, giver: str, takers: list[str], *, goes_on: bool) -> Act:
    if len(takers) == 1 and not goes_on:
        return Act(giver, ((takers[0], 1),))
    if draw(st.booleans()):
        return Act(giver, tuple((name, None) for name in [*takers, *([giver] if goes_on else [])]))
    weights = draw(st.lists(st.sampled_from([1, 2, 0]), min_size=len(takers), max_size=len(takers)).filter(any))
    kept = [(giver, draw(st.integers(1, 3)))] if goes_on else []
    return Act(giver, (*zip(takers, weights, strict=True), *kept))


def began(prehistory: Prehistory) -> dict[str, int]:
    """Since which day units exist that have not been there since ever."""
    return {name: one.day for one in prehistory.formations for name in one.begun}


async def tell_of_origins(told: Told, prehistory: Prehistory) -> None:
    """The product knows what its units had been; told with `began`, it knows since when they are there."""
    ends = {unit.name: one.day - 1 for one in prehistory.formations for unit in one.former}
    since = began(prehistory)
    rows = [row_of(told, unit, since.get(unit.name), ends) for one in prehistory.formations for unit in one.former]
    await told.send("quota", "PUT", "/v1/units", {"units": rows})
    acts = []
    for one in prehistory.formations:
        eve, day = prehistory.units_on(one.day - 1), prehistory.units_on(one.day)
        acts += [succession(told, act, one.day, eve, day, goes_on=act.unit in day) for act in one.acts]
    if acts:
        await told.send("quota", "POST", "/v1/successions", {"successions": acts})
