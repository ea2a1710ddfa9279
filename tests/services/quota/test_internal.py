"""What the other services ask of quota."""

from datetime import date

import msgspec

from services.contracts.definitions import CampaignDefinition, UnitDefinition
from tests.services.quota.support import Quota, problem, unit


class Units(msgspec.Struct):
    units: list[UnitDefinition]


async def test_a_campaign_is_answered_as_its_definition(quota: Quota):
    answer = await quota.call("GET", "/internal/campaigns/sb-90d")
    definition = msgspec.json.decode(answer.content, type=CampaignDefinition)
    assert (definition.code, definition.first_day, definition.revision) == ("sb-90d", date(2024, 4, 4), 1)
    problem(await quota.call("GET", "/internal/campaigns/none"), 404, "not_found")


async def test_units_come_with_their_ancestors_of_that_day(quota: Quota):
    await quota.put_units(
        unit("C31", "commune", "D1", "Xã mới", valid_to="2024-06-30"),
        unit("C31", "commune", "D2", "Xã mới", valid_from="2024-07-01"),
    )
    for day, codes in (("2024-06-30", {"C31", "D1", "P"}), ("2024-07-01", {"C31", "D2", "P"})):
        answer = await quota.call("GET", f"/internal/units?codes=C31,NOBODY&on={day}")
        assert {one.code for one in msgspec.json.decode(answer.content, type=Units).units} == codes


async def test_only_what_sees_everything_may_ask(quota: Quota):
    for path in ("/internal/campaigns/sb-90d", "/internal/units?codes=P&on=2024-04-04"):
        problem(await quota.as_token(units=("P",)).call("GET", path), 404, "not_found")
        problem(await quota.as_token("quota:write").call("GET", path), 403, "scope_missing")


async def test_internal_paths_are_not_part_of_the_public_contract(quota: Quota):
    paths = (await quota.get("/openapi.json"))["paths"]
    assert "/v1/units" in paths
    assert not [path for path in paths if path.startswith("/internal")]
