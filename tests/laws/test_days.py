"""Rule 7: official days, around midnight of the campaign's zone and around what is closed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.comparison import Disagreement
from tests.laws.conftest import LAWS
from tests.laws.model.days import is_closed, is_taken
from tests.laws.model.story import DAY, Campaign, Indicator, Source, Story, Unit
from tests.laws.product import Told, day_of, tell
from tests.support.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAYS = 5


@pytest.fixture(scope="module")
def open_campaigns() -> dict[int | None, Told]:
    """A campaign for each day through which one may be closed."""
    return {}


async def _closed(stack: Stack, through: int | None) -> Told:
    units = (Unit("u00", "province", None), Unit("u01", "commune", "u00"))
    campaign = Campaign(DAYS, (Indicator("i0", "commune", (("s0",),)),))
    told = await tell(stack, Story(units, campaign, (Source("s0", (("i0", "commune"),)),)))
    if through is not None:
        answer = await stack.call(
            "progress",
            "PUT",
            f"/v1/campaigns/{told.campaign}/closure",
            token=stack.token("progress:write progress:amend admin"),
            json={"through": day_of(through), "decision": {"number": "1/QĐ", "date": day_of(through)}},
            after=",".join(told.tokens),
        )
        assert answer.is_success, answer.text
        told.tokens.append(answer.headers["Consistency-Token"])
    return told


@LAWS
@given(
    day=st.integers(-2, DAYS + 1),
    received=st.integers(-1, DAYS + 1).flatmap(
        lambda on: st.sampled_from([on * DAY - 1, on * DAY, on * DAY + 600, on * DAY + DAY - 1])
    ),
    closed_through=st.sampled_from([None, 0, 2]),
    may_amend=st.booleans(),
)
async def test_a_row_is_taken_on_the_days_that_the_model_names(
    judged: Stack,
    open_campaigns: dict[int | None, Told],
    day: int,
    received: int,
    closed_through: int | None,
    may_amend: bool,
) -> None:
    if closed_through not in open_campaigns:
        open_campaigns[closed_through] = await _closed(judged, closed_through)
    told = open_campaigns[closed_through]
    scope = "progress:write admin progress:amend" if may_amend else "progress:write admin"
    answer = await judged.call(
        "progress",
        "POST",
        f"/v1/campaigns/{told.campaign}/reports",
        token=judged.token(scope),
        after=",".join(told.tokens),
        json={
            "source": told.code("s0"),
            "received_at": told.moment(received),
            "rows": [{"unit": told.code("u01"), "indicator": "i0", "day": day_of(day), "value": 1}],
        },
    )
    assert answer.status_code in (200, 422), answer.text
    receipt = answer.json()
    taken = receipt["status"] == "accepted"
    expected = is_taken(day, days=DAYS, received=received, closed_through=closed_through, may_amend=may_amend)
    amends = taken and any(one["code"] == "amendment" for one in receipt["warnings"])
    if (taken, amends) != (expected, expected and is_closed(day, closed_through=closed_through)):
        raise Disagreement(
            f"day {day} received at {received}, closed through {closed_through}, may amend {may_amend}: the model says "
            f"{'taken' if expected else 'refused'}, the product {'taken' if taken else 'refused'} {receipt}"
        )
