"""Rule 1: what is handed down is split to the last unit, as the model splits it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.comparison import Disagreement
from tests.laws.conftest import LAWS
from tests.laws.model.splits import Claim, split
from tests.laws.model.story import Campaign, Indicator, Source, Story, Unit
from tests.laws.product import Told, tell
from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOP = "u00"
CODES = [f"u{number:02d}" for number in range(1, 7)]
SMALL = st.integers(0, 12)


@st.composite
def splits(draw: st.DrawFn) -> tuple[dict[str, Claim], int]:
    """Claims and an amount that their bounds leave room for."""
    claims = {}
    for code in draw(st.lists(st.sampled_from(CODES), unique=True, min_size=1)):
        if draw(st.integers(0, 4)) == 4:
            claims[code] = Claim(draw(st.integers(1, 9)), held=draw(SMALL))
            continue
        minimum = draw(st.sampled_from([0, 0, 0, 3, 10]))
        room = draw(st.none() | st.integers(0, 20))
        maximum = None if room is None else minimum + room
        claims[code] = Claim(draw(st.one_of(st.integers(1, 9), st.just(2**40))), minimum, maximum)
    held = sum(claim.held or 0 for claim in claims.values())
    least = sum(claim.minimum for claim in claims.values() if claim.held is None)
    free = [claim for claim in claims.values() if claim.held is None]
    most = None if any(one.maximum is None for one in free) else sum(one.maximum or 0 for one in free)
    return claims, held + draw(st.integers(least, most if most is not None else least + 10**6))


@pytest.fixture(scope="module")
def handing_down() -> dict[int, Told]:
    """The campaign whose top unit hands down, once it has been told."""
    return {}


@LAWS
@given(asked=splits())
async def test_a_split_is_that_of_the_model(
    judged: Stack, handing_down: dict[int, Told], asked: tuple[dict[str, Claim], int]
) -> None:
    if not handing_down:
        units = (Unit(TOP, "province", None), *(Unit(code, "district", TOP) for code in CODES))
        indicator = Indicator("i0", "district", (("s0",),))
        story = Story(units, Campaign(5, (indicator,)), (Source("s0", (("i0", "district"),)),))
        handing_down[0] = await tell(judged, story)
    told, (claims, amount) = handing_down[0], asked
    body = {
        "unit": told.code(TOP),
        "indicator": "i0",
        "amount": amount,
        "weights": {told.code(code): claim.weight for code, claim in claims.items()},
        "minimum": {told.code(code): claim.minimum for code, claim in claims.items() if claim.minimum},
        "maximum": {told.code(code): claim.maximum for code, claim in claims.items() if claim.maximum is not None},
        "held": {told.code(code): claim.held for code, claim in claims.items() if claim.held is not None},
    }
    path = f"/v1/campaigns/{told.campaign}/apportionments"
    answer = await judged.call("quota", "POST", path, token=judged.token("quota:read quota:write"), json=body)
    assert answer.status_code == 200, answer.text
    found = {told.short(line["unit"]): line["amount"] for line in answer.json()["lines"]}
    expected = split(claims, amount)
    assert sum(expected.values()) == amount
    if found != expected:
        raise Disagreement(f"{claims} of {amount}: the model says {expected}, the product {found}")
