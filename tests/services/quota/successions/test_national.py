"""The whole country before and after 1 July 2025, through the public API."""

import time
from collections import Counter

from deploy.simulation.national import national_successions, national_units
from tests.services.quota.support import Quota


async def test_the_country_loads_whole_and_says_what_became_of_whom(bare: Quota):
    units, acts = national_units(), national_successions()
    assert len(units) == 10_795 + 3_355
    answer = await bare.put_units(*units)
    assert answer.status_code == 200, answer.text
    assert answer.json()["created"] == len(units)
    begun = time.process_time()
    answer = await bare.call("POST", "/v1/successions", json={"successions": acts})
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"created": len(acts), "unchanged": 0}
    assert time.process_time() - begun < 15
    # 10,665 rows of the data, and the districts that ended without a successor.
    assert await bare.rows("succession") == 10_665 + 691
    assert await bare.rows("succession WHERE successor_id IS NULL") == 691
    assert (await bare.call("POST", "/v1/successions", json={"successions": acts})).json()["unchanged"] == len(acts)

    binh_phuoc = await bare.get("/v1/units/70/succession?on=2025-06-30")
    assert [(one["code"], one["name"]) for one in binh_phuoc["successors"]] == [("75", "Tỉnh Đồng Nai")]
    ward = await bare.get("/v1/units/25195/succession?on=2025-07-01")
    assert [one["code"] for one in ward["predecessors"]] == ["25195", "25198", "25201", "25204", "25205", "25213"]
    divided = await bare.get("/v1/units/00007/succession?on=2025-06-30")
    assert Counter(one["share"] is None for one in divided["successors"])[True] == len(divided["successors"]) > 1
