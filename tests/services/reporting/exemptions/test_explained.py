"""What a batch brought would tell how many of the reasons that are told of together its rows are of."""

from typing import Any

import pytest

from tests.services.reporting.series.office import Office
from tests.services.reporting.series.test_past import CARDS
from tests.services.reporting.support import NOON


@pytest.fixture
async def office(start: Any, clock: Any) -> Any:
    clock.set(NOON)
    async with start("quota", "progress", "reporting") as stack:
        yield Office(stack)


async def test_batches_of_exempt_cases_are_told_to_those_who_may_know_their_reasons(office: Office) -> None:
    await office.set_up(indicators=[CARDS])

    def row(day: int, reason: str, value: int) -> dict[str, Any]:
        exempt = {"outcome": "exempt", "reason": reason, "mode": "cumulative"}
        return {"unit": "25001", "indicator": "cccd", "day": f"2024-04-0{day}", "value": value, **exempt}

    await office.send([row(5, "illness", 3), row(5, "abroad", 5)], "portal")
    await office.send([row(6, "illness", 4)], "portal")

    async def explained(scope: str, outcome: str) -> Any:
        answer = await office.stack.call(
            *("reporting", "GET", "/v1/campaigns/bp/explain"),
            token=office.stack.token(scope),
            params={"indicator": "cccd", "unit": "25001", "outcome": outcome},
            after=",".join(office.tokens),
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    plain = await explained("reporting:read", "exempt")
    assert (plain["value"], plain["batches"]) == (9, None)
    assert [one["value"] for one in plain["sources"]] == [9]
    full = await explained("reporting:read reporting:sensitive", "exempt")
    assert sorted(one["value"] for one in full["batches"]) == [4, 5]
    assert (await explained("reporting:read", "achieved"))["batches"] is not None
