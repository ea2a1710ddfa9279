"""`GET /v1/campaigns/{code}/quotas`."""

from datetime import UTC, datetime

from tests.services.quota.support import Quota, line, problem


async def test_a_quota_is_received_or_the_sum_of_the_children(quota: Quota):
    plan_id = await quota.issued("P", line("D1", 10, baseline=3), line("C21", 4, baseline=1), number="128/KH")
    documents = [{"number": "128/KH", "date": "2024-04-04", "plan": plan_id}]
    assert await quota.get("/v1/campaigns/sb-90d/quotas?as_of=2024-07-03") == {
        "items": [
            {
                "unit": code,
                "indicator": "cccd",
                "cohort": None,
                "amount": amount,
                "basis": basis,
                "baseline": baseline,
                "documents": documents,
            }
            for code, amount, basis, baseline in (
                ("P", 14, "derived", 4),
                ("D1", 10, "received", 3),
                ("D2", 4, "derived", 1),
                ("C21", 4, "received", 1),
            )
        ],
        "next_cursor": None,
        "as_of": "2024-07-03",
        "known_at": None,
    }


async def test_what_a_unit_received_counts_whatever_it_handed_down(quota: Quota):
    await quota.issued(None, line("P", 100))
    await quota.issued("P", line("D1", 10))
    await quota.issued("D1", line("C11", 4))
    assert await quota.amounts() == {
        ("P", "cccd", None): 100,
        ("D1", "cccd", None): 10,
        ("C11", "cccd", None): 4,
    }


async def test_cohorts_are_shown_beside_their_sum(quota: Quota):
    await quota.issued("P", line("D1", 10, cohort="hard"), line("D1", 5, cohort="first"), line("D1", 1))
    assert await quota.amounts("?unit=D1&depth=0") == {
        ("D1", "cccd", None): 16,
        ("D1", "cccd", "first"): 5,
        ("D1", "cccd", "hard"): 10,
    }


async def test_a_derived_quota_names_every_document_below(quota: Quota):
    await quota.issued("P", line("C11", 1), number="1/KH", date="2024-04-10")
    await quota.issued("P", line("C12", 2), number="2/KH", date="2024-04-05")
    items = (await quota.get("/v1/campaigns/sb-90d/quotas?unit=D1&depth=0"))["items"]
    assert [(one["number"], one["date"]) for one in items[0]["documents"]] == [
        ("2/KH", "2024-04-05"),
        ("1/KH", "2024-04-10"),
    ]


async def test_a_plan_is_in_force_from_its_documents_date(quota: Quota):
    await quota.issued("P", line("D1", 10), date="2024-05-01")
    await quota.issued("P", line("D2", 7), date="2024-05-02")
    assert await quota.amounts("?as_of=2024-04-30") == {}
    assert await quota.amounts("?as_of=2024-05-01&depth=0") == {("P", "cccd", None): 10}
    assert await quota.amounts("?as_of=2024-05-02&depth=0") == {("P", "cccd", None): 17}


async def test_the_day_is_the_earlier_of_today_in_the_campaigns_zone_and_its_last_day(quota: Quota, clock):
    assert (await quota.get("/v1/campaigns/sb-90d/quotas"))["as_of"] == "2024-07-03"
    clock.set(datetime(2024, 5, 1, 16, 59, tzinfo=UTC))
    assert (await quota.as_token().get("/v1/campaigns/sb-90d/quotas"))["as_of"] == "2024-05-01"
    clock.move(minutes=1)
    assert (await quota.as_token().get("/v1/campaigns/sb-90d/quotas"))["as_of"] == "2024-05-02"


async def test_units_indicators_and_depth_are_chosen(quota: Quota):
    await quota.issued("P", line("D1", 10), line("C11", 1), line("D2", 7), line("D1", 3, indicator="sim"))
    assert set(await quota.amounts("?unit=D1")) == {
        ("D1", "cccd", None),
        ("D1", "sim", None),
        ("C11", "cccd", None),
    }
    assert set(await quota.amounts("?indicator=sim")) == {("P", "sim", None), ("D1", "sim", None)}
    assert set(await quota.amounts("?depth=1&indicator=cccd")) == {
        ("P", "cccd", None),
        ("D1", "cccd", None),
        ("D2", "cccd", None),
    }


async def test_pages_go_by_depth_code_and_indicator(quota: Quota):
    await quota.issued(
        "P", line("C11", 1), line("D1", 2, indicator="sim"), line("D2", 3), line("D1", 4), line("C11", 5, cohort="hard")
    )
    pages = [page async for page in quota.pages("/v1/campaigns/sb-90d/quotas?limit=3")]
    assert [len(page) for page in pages] == [3, 3, 3]
    assert [(one["unit"], one["indicator"], one["cohort"]) for page in pages for one in page] == [
        ("P", "cccd", None),
        ("P", "cccd", "hard"),
        ("P", "sim", None),
        ("D1", "cccd", None),
        ("D1", "cccd", "hard"),
        ("D1", "sim", None),
        ("D2", "cccd", None),
        ("C11", "cccd", None),
        ("C11", "cccd", "hard"),
    ]


async def test_a_token_sees_the_quotas_of_its_units_only(quota: Quota):
    await quota.issued("P", line("D1", 10), line("D2", 7), line("C11", 1))
    district = quota.as_token(units=("D1",))
    assert await district.amounts() == {("D1", "cccd", None): 10, ("C11", "cccd", None): 1}
    assert await quota.as_token(units=("C11", "D2")).amounts() == {("D2", "cccd", None): 7, ("C11", "cccd", None): 1}
    for unseen in ("P", "D2", "NOBODY"):
        problem(await district.call("GET", f"/v1/campaigns/sb-90d/quotas?unit={unseen}"), 404, "not_found")


async def test_what_the_campaign_does_not_have_is_refused(quota: Quota):
    path = "/v1/campaigns/sb-90d/quotas"
    problem(await quota.call("GET", "/v1/campaigns/none/quotas"), 404, "not_found")
    assert problem(await quota.call("GET", f"{path}?indicator=gold"), 422, "invalid_input") == [
        ("/query/indicator", "unknown_indicator")
    ]
    for query in ("depth=-1", "as_of=yesterday", "limit=0"):
        problem(await quota.call("GET", f"{path}?{query}"), 422, "invalid_input")
    problem(await quota.call("GET", f"{path}?cursor=x"), 422, "cursor_malformed")
