"""What is sent to the quota and progress services."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from deploy.demo.documents import BINH_PHUOC, Documents, read_documents
from deploy.demo.requests import campaign_body, plan_requests, source_bodies, successions_body, units_body


@pytest.fixture(scope="module")
def documents() -> Documents:
    return read_documents(BINH_PHUOC)


def test_parents_come_before_their_children(documents: Documents) -> None:
    known: set[str] = set()
    for unit in units_body(documents)["units"]:
        assert unit["parent_code"] is None or unit["parent_code"] in known
        known.add(unit["code"])
    assert len(known) == 1 + 11 + 111 + 7 + 1, "one new code: of the province that took this one over"


def test_a_town_is_known_by_its_earlier_name_too(documents: Documents) -> None:
    names = [(unit["name"], unit["valid_from"]) for unit in units_body(documents)["units"] if unit["code"] == "697"]
    assert set(names) == {("Thị xã Chơn Thành", "2022-10-01"), ("Huyện Chơn Thành", None)}


def test_the_reorganisation_of_2025_is_told_as_acts(documents: Documents) -> None:
    acts = successions_body(documents)["successions"]
    assert {act["day"] for act in acts} == {"2025-07-01"}
    assert Counter(act["relation"] for act in acts) == {"merge": 39, "move": 1, "rename": 1, "abolish": 1}
    assert sum(len(act["predecessors"]) for act in acts) == 1 + 11 + 111
    assert ["70"] in [act["predecessors"] for act in acts if act["successors"] == ["75"]]
    later = [unit for unit in units_body(documents)["units"] if unit["valid_from"] == "2025-07-01"]
    assert len(later) == 1 + 40
    assert {unit["code"] for unit in later} == {act["successors"][0] for act in acts if act["successors"]}


def test_the_campaign_is_the_one_of_the_documents(documents: Documents) -> None:
    body = campaign_body(documents)
    assert (body["code"], body["unit"], body["first_day"], body["last_day"]) == (
        "bp-2024-90d-4phu",
        "70",
        "2024-04-04",
        "2024-07-03",
    )
    assert body["decision"] == {"number": "128/KH-UBND", "date": "2024-04-04"}
    assert [(one["first_day"], one["last_day"], one["indicators"]) for one in body["pauses"]] == [
        ("2024-06-24", "2024-06-30", ["cccd", "eid_activation"])
    ]
    assert body["labels"] == ["simulated"]
    cccd = body["indicators"][0]
    assert cccd["code"] == "cccd"
    assert [one["code"] for one in cccd["reasons"]][:3] == ["absent_unknown", "absent_known", "abroad"]
    assert {one["code"] for one in cccd["reasons"] if one["sensitive"]} == {
        "serving_sentence_or_rehab",
        "mental_illness",
        "hospitalised",
    }


def test_each_plan_hands_down_exactly_what_its_unit_received(documents: Documents) -> None:
    received: Counter[tuple[str, str]] = Counter()
    plans = plan_requests(documents)
    assert [plan.unit for plan in plans[:3]] == [None, "70", "688"]
    assert len(plans) == 13
    for plan in plans:
        handed: Counter[str] = Counter()
        for line in plan.lines:
            handed[line["indicator"]] += line["amount"]
            received[line["unit"], line["indicator"]] += line["amount"]
        if plan.unit is not None:
            assert handed == {code: received[plan.unit, code] for code in handed}
            assert len(handed) == 4


def test_plans_are_issued_from_the_top_down_on_the_day_of_the_decision(documents: Documents) -> None:
    moments = [plan.issued_at for plan in plan_requests(documents)]
    assert moments == sorted(moments)
    assert moments[0] == datetime(2024, 4, 4, 0, 0, tzinfo=UTC)
    assert len(set(moments)) == 3


def test_every_source_of_an_authority_is_registered(documents: Documents) -> None:
    sources = source_bodies(documents)
    assert {code: body["kind"] for code, body in sources.items()} == {
        "csdlqg": "register",
        "police": "police",
        "viettel": "operator",
        "vnpt": "operator",
        "self_report": "unit",
    }
    named = {code for one in documents.indicators for group in one.authority for code in group}
    assert named == sources.keys()
    assert [one["indicator"] for one in sources["vnpt"]["reports"]] == ["smartphone_4g", "sim_esign"]
    assert {one["level"] for body in sources.values() for one in body["reports"]} == {"commune"}
