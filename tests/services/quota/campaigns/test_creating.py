"""`POST /v1/campaigns`."""

import copy
from typing import Any

from tests.services.quota.support import Quota, campaign, problem, unit

COMPLETE = {
    "code": "bp-2024-90d-4phu",
    "name": {"vi": "Bốn phủ", "en": "Four coverages"},
    "unit": "P",
    "first_day": "2024-04-04",
    "last_day": "2024-07-03",
    "time_zone": "Asia/Bangkok",
    "hierarchy_day": "2024-04-05",
    "decision": {"number": "128/KH-UBND", "date": "2024-04-04"},
    "allow_stretch": True,
    "rounding": {"decimals": 1, "mode": "truncate"},
    "indicators": [
        {
            "code": "cccd",
            "kind": "quota",
            "name": {"vi": "Căn cước"},
            "measure": "người",
            "cohorts": [
                {
                    "code": "hard_to_reach",
                    "name": {"vi": "Khó"},
                    "target_rate": "0.8",
                    "target_on": "adjusted",
                    "reasons_leaving_denominator": ["abroad"],
                }
            ],
            "target_rate": "0.9",
            "target_on": "adjusted",
            "counts_baseline": True,
            "reconciliation_level": "district",
            "authority": [["csdlqg"], ["viettel", "vnpt"]],
            "reasons": [{"code": "abroad", "name": {"vi": "đi nước ngoài"}, "sensitive": True}],
            "reasons_leaving_denominator": [],
            "of": None,
            "fed_by": None,
        },
        {
            "code": "share",
            "kind": "ratio",
            "name": {"vi": "Tỷ lệ"},
            "measure": "",
            "cohorts": [],
            "target_rate": "1",
            "target_on": "raw",
            "counts_baseline": False,
            "reconciliation_level": "commune",
            "authority": [],
            "reasons": [],
            "reasons_leaving_denominator": None,
            "of": "cccd",
            "fed_by": None,
        },
    ],
    "pauses": [{"first_day": "2024-06-24", "last_day": "2024-06-30", "indicators": ["cccd"], "reason": "C06"}],
    "compliance": {"level": "commune", "due_hour": 17, "due_days_after": 1, "final_report_due": "2024-07-01"},
    "commendation": {
        "level": "commune",
        "minimum_on_time_share": "0.9",
        "tolerance": "0.02",
        "weights": {"cccd": 3, "share": 1},
    },
    "published_to": ["D1", "*"],
    "part_of": "sb-90d",
    "labels": ["imputed", "simulated"],
    "small_count": 7,
}


async def test_a_campaign_is_answered_as_it_was_sent_with_its_etag(quota: Quota):
    answer = await quota.call("POST", "/v1/campaigns", json=COMPLETE)
    assert answer.status_code == 201, answer.text
    assert answer.json() == COMPLETE
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["consistency-token"]
    read = await quota.call("GET", "/v1/campaigns/bp-2024-90d-4phu")
    assert (read.json(), read.headers["etag"]) == (COMPLETE, '"1"')
    assert (await quota.events())[-1] == "campaign_changed"


async def test_what_is_left_out_has_the_defaults_of_the_contract(bare: Quota):
    await bare.province()
    minimal = {
        "code": "sb",
        "name": {"vi": "90 ngày"},
        "unit": "P",
        "first_day": "2024-04-04",
        "last_day": "2024-07-03",
        "indicators": [
            {
                "code": "cccd",
                "kind": "quota",
                "name": {"vi": "Căn cước"},
                "target_rate": "0.9",
                "cohorts": [{"code": "hard", "name": {"vi": "Khó"}}],
            }
        ],
    }
    answer = (await bare.call("POST", "/v1/campaigns", json=minimal)).json()
    indicator = answer.pop("indicators")[0]
    assert answer == {
        "code": "sb",
        "name": {"vi": "90 ngày"},
        "unit": "P",
        "first_day": "2024-04-04",
        "last_day": "2024-07-03",
        "time_zone": "Asia/Ho_Chi_Minh",
        "hierarchy_day": "2024-04-04",
        "decision": None,
        "allow_stretch": False,
        "rounding": {"decimals": 2, "mode": "half_up"},
        "pauses": [],
        "compliance": None,
        "commendation": None,
        "published_to": [],
        "part_of": None,
        "labels": [],
        "small_count": 5,
    }
    cohort = indicator.pop("cohorts")[0]
    assert (cohort["target_rate"], cohort["target_on"]) == ("0.9", "raw"), "a cohort follows its indicator"
    assert indicator == {
        "code": "cccd",
        "kind": "quota",
        "name": {"vi": "Căn cước"},
        "measure": "",
        "target_rate": "0.9",
        "target_on": "raw",
        "counts_baseline": False,
        "reconciliation_level": "commune",
        "authority": [],
        "reasons": [],
        "reasons_leaving_denominator": None,
        "of": None,
        "fed_by": None,
    }


async def test_a_one_day_campaign_and_a_pause_of_all_its_days_are_fine(quota: Quota):
    await quota.campaign(
        code="day", last_day="2024-04-04", pauses=[{"first_day": "2024-04-04", "last_day": "2024-04-04"}]
    )


def changed(path: str, value: Any) -> dict[str, Any]:
    body = copy.deepcopy(COMPLETE)
    target: Any = body
    *way, last = [int(part) if part.isdigit() else part for part in path.split("/")[1:]]
    for part in way:
        target = target[part]
    target[last] = value
    return body


SECOND = {"code": "cccd", "kind": "quota", "name": {"vi": "Lần nữa"}}
FED = {"code": "planned", "kind": "milestone", "name": {"vi": "Xã đã giao kế hoạch"}, "fed_by": "cascade"}
PART = {"code": "part", "name": {"vi": "Một phần"}}
WRONG = [
    ("/unit", "X9", "/unit", "unknown_unit"),
    ("/last_day", "2024-04-03", "/last_day", "last_day_before_first_day"),
    ("/last_day", "2044-04-03", "/last_day", "campaign_too_long"),
    ("/time_zone", "Asia/Atlantis", "/time_zone", "unknown_time_zone"),
    ("/time_zone", "../etc/passwd", "/time_zone", "unknown_time_zone"),
    ("/part_of", "no-such", "/part_of", "unknown_campaign"),
    ("/part_of", "bp-2024-90d-4phu", "/part_of", "part_of_itself"),
    ("/indicators/1", SECOND, "/indicators/1/code", "indicator_twice"),
    ("/indicators/0/of", "share", "/indicators/0/of", "of_without_ratio"),
    ("/indicators/1/of", None, "/indicators/1/of", "ratio_without_of"),
    ("/indicators/1/of", "sim", "/indicators/1/of", "unknown_indicator"),
    ("/indicators/1/of", "share", "/indicators/1/of", "unknown_indicator"),
    ("/indicators/1/fed_by", "cascade", "/indicators/1/fed_by", "fed_by_without_milestone"),
    ("/indicators/1", {**FED, "authority": [["a"]]}, "/indicators/1/authority", "fed_indicator_is_bare"),
    ("/indicators/1", {**FED, "cohorts": [PART]}, "/indicators/1/cohorts", "fed_indicator_is_bare"),
    ("/indicators/1", {**FED, "reasons": [PART]}, "/indicators/1/reasons", "fed_indicator_is_bare"),
    (
        "/indicators/0/reasons",
        [{"code": "abroad", "name": {"vi": "a"}}, {"code": "abroad", "name": {"vi": "b"}}],
        "/indicators/0/reasons/1/code",
        "reason_twice",
    ),
    (
        "/indicators/0/cohorts",
        [{"code": "c", "name": {"vi": "a"}}, {"code": "c", "name": {"vi": "b"}}],
        "/indicators/0/cohorts/1/code",
        "cohort_twice",
    ),
    (
        "/indicators/0/reasons_leaving_denominator",
        ["abroad", "dead"],
        "/indicators/0/reasons_leaving_denominator/1",
        "unknown_reason",
    ),
    (
        "/indicators/0/cohorts/0/reasons_leaving_denominator",
        ["dead"],
        "/indicators/0/cohorts/0/reasons_leaving_denominator/0",
        "unknown_reason",
    ),
    ("/indicators/0/authority", [["a"], ["b", "a"]], "/indicators/0/authority/1/1", "source_twice"),
    ("/indicators/0/reconciliation_level", "country", "/indicators/0/reconciliation_level", "level_above_province"),
    ("/pauses/0/first_day", "2024-04-03", "/pauses/0/first_day", "pause_outside_campaign"),
    ("/pauses/0/last_day", "2024-07-04", "/pauses/0/last_day", "pause_outside_campaign"),
    ("/pauses/0/last_day", "2024-06-23", "/pauses/0/last_day", "last_day_before_first_day"),
    ("/pauses/0/indicators", ["cccd", "sim"], "/pauses/0/indicators/1", "unknown_indicator"),
    ("/commendation/weights", {"sim": 1}, "/commendation/weights/sim", "unknown_indicator"),
    ("/compliance/final_report_due", "2024-04-03", "/compliance/final_report_due", "before_first_day"),
]
ILL_FORMED = [
    ("/color", "red", "/color"),
    ("/first_day", "2024-02-30", "/first_day"),
    ("/allow_stretch", "yes", "/allow_stretch"),
    ("/rounding/decimals", 2.5, "/rounding/decimals"),
    ("/indicators/0/target_rate", 0.9, "/indicators/0/target_rate"),
    ("/indicators/0/target_rate", "9e-1", "/indicators/0/target_rate"),
    ("/indicators/0/kind", "stock", "/indicators/0/kind"),
    ("/indicators/0/authority", [[]], "/indicators/0/authority/0"),
    ("/compliance/due_hour", 25, "/compliance/due_hour"),
    ("/published_to", ["**"], "/published_to/0"),
    ("/labels", ["Có dấu"], "/labels/0"),
    ("/small_count", -1, "/small_count"),
    ("/name", {}, "/name"),
]


async def test_every_senseless_field_is_named_and_nothing_is_taken(quota: Quota):
    revisions, events = await quota.rows("campaign_revision"), await quota.events()
    for path, value, pointer, code in WRONG:
        answer = await quota.call("POST", "/v1/campaigns", json=changed(path, value))
        assert (pointer, code) in problem(answer, 422, "invalid_input"), path
    assert await quota.rows("campaign_revision") == revisions == await quota.rows("campaign")
    assert await quota.events() == events


async def test_the_top_unit_has_to_be_valid_on_the_hierarchy_day(bare: Quota):
    await bare.put_units(unit("P", "province", None, "Tỉnh", valid_from="2024-04-05"))
    answer = await bare.call("POST", "/v1/campaigns", json=campaign())
    assert problem(answer, 422, "invalid_input") == [("/unit", "unknown_unit")]
    await bare.campaign(hierarchy_day="2024-04-05")


async def test_every_ill_formed_field_is_named_and_nothing_is_taken(quota: Quota):
    events = await quota.events()
    for path, value, pointer in ILL_FORMED:
        answer = await quota.call("POST", "/v1/campaigns", json=changed(path, value))
        assert [at for at, _ in problem(answer, 422, "invalid_input")] == [pointer], path
    assert await quota.rows("campaign") == 1
    assert await quota.events() == events


async def test_a_code_that_is_taken_is_refused_and_the_campaign_stays(quota: Quota):
    before = await quota.get("/v1/campaigns/sb-90d")
    answer = await quota.call("POST", "/v1/campaigns", json=campaign(small_count=9))
    problem(answer, 409, "campaign_code_taken")
    assert await quota.get("/v1/campaigns/sb-90d") == before
    assert await quota.rows("campaign_revision") == 1


async def test_the_definition_for_the_other_services_bears_ids_and_numbers(quota: Quota):
    definition = await quota.get("/internal/campaigns/sb-90d")
    top = (await quota.get("/internal/units?codes=P&on=2024-04-04"))["units"][0]
    assert definition["unit_id"] == top["id"]
    assert definition["revision"] == 1
    assert definition["numbers"] == {
        "indicators": {"cccd": 1, "sim": 2, "news": 3},
        "cohorts": {"first": 1, "hard": 2},
        "reasons": {"abroad": 1},
    }


async def test_a_definition_that_no_event_could_carry_is_refused(quota: Quota):
    reasons = [{"code": f"r{n}", "name": {"vi": "x" * 400}} for n in range(500)]
    indicators = [{"code": f"i{n}", "kind": "quota", "name": {"vi": "x"}, "reasons": reasons} for n in range(3)]
    answer = await quota.call("POST", "/v1/campaigns", json=campaign(code="big", indicators=indicators))
    assert problem(answer, 422, "invalid_input") == [("", "definition_too_large")]
    assert await quota.rows("campaign") == 1
