"""Each fault of a row: its own code and place, and nothing is taken."""

from typing import Any

from tests.services.progress.support import Progress, campaign, reports, row

FAULTS: list[tuple[dict[str, Any], str, str]] = [
    (row("nowhere"), "unit", "unknown_unit"),
    (row("C90"), "unit", "unknown_unit"),
    (row("D1"), "unit", "wrong_level"),
    (row("H111"), "unit", "wrong_level"),
    (row(code="nothing"), "indicator", "unknown_indicator"),
    (row(code="share"), "indicator", "indicator_not_reported_by_source"),
    (row(code="handed_on", value=1), "indicator", "indicator_not_reportable"),
    (row(day="2024-02-30"), "day", "day_malformed"),
    (row(day="3 May"), "day", "day_malformed"),
    (row(day="20240503"), "day", "day_malformed"),
    (row(day="2024-05-03T00:00:00Z"), "day", "day_malformed"),
    (row(day="2024-04-03"), "day", "day_outside_campaign"),
    (row(day="2024-07-04"), "day", "day_outside_campaign"),
    (row(day="2024-05-11"), "day", "day_in_future"),
    (row(value=-1), "value", "value_negative"),
    (row(value=1.5), "value", "value_not_whole"),
    (row(value=1.0), "value", "value_not_whole"),
    (row(value="5"), "value", "value_not_whole"),
    (row(value=True), "value", "value_not_whole"),
    (row(value=None), "value", "value_not_whole"),
    (row(value=2**53), "value", "value_too_large"),
    (row(value=10**40), "value", "value_too_large"),
    ({key: value for key, value in row().items() if key != "value"}, "value", "field_missing"),
    ({key: value for key, value in row().items() if key != "day"}, "day", "field_missing"),
    (row(valeu=1), "valeu", "field_unknown"),
    (row(day=20240503), "day", "text_expected"),
    (row(mode=1), "mode", "text_expected"),
    (row(mode="weekly"), "mode", "unknown_mode"),
    (row(cohort="young"), "cohort", "unknown_cohort"),
    (row(code="cards", cohort="old"), "cohort", "unknown_cohort"),
    (row(outcome="done"), "outcome", "unknown_outcome"),
    (row(outcome="resolved"), "outcome", "wrong_outcome"),
    (row(code="dossiers"), "outcome", "wrong_outcome"),
    (row(code="dossiers", outcome="exempt", reason="abroad"), "outcome", "wrong_outcome"),
    (row(code="cards", outcome="exempt"), "reason", "reason_missing"),
    (row(code="cards", outcome="exempt", reason="bored"), "reason", "unknown_reason"),
    (row(code="sims", outcome="exempt", reason="abroad"), "reason", "unknown_reason"),
    (row(code="cards", reason="abroad"), "reason", "reason_forbidden"),
    (row(code="cards", outcome="declined", reason="abroad"), "reason", "reason_forbidden"),
    (row(hedge="about"), "hedge", "hedge_forbidden"),
    (row(code="news", hedge="nearly"), "hedge", "unknown_hedge"),
    (row(code="plan_made", value=2), "value", "milestone_value"),
    (row(code="dossiers", outcome="carried_over", mode="cumulative"), "mode", "mode_forbidden"),
]


async def test_a_bad_row_has_its_own_error_and_nothing_is_taken(progress: Progress) -> None:
    for bad, field, code in FAULTS:
        answer = await progress.post(row("C11"), row("C12"), row("C21"), bad)
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/json"
        assert "Consistency-Token" not in answer.headers
        receipt = answer.json()
        assert receipt["status"] == "rejected"
        assert receipt["rows"] == {"received": 4, "created": 0, "corrected": 0, "unchanged": 0, "rejected": 4}
        errors = [(one["row"], one["pointer"], one["code"]) for one in receipt["errors"]]
        assert errors == [(3, f"/rows/3/{field}", code)], bad
    assert await progress.taken() == (0, 0, 0)


async def test_a_row_that_is_no_object(progress: Progress) -> None:
    for bad in (None, 5, "row", [], [1]):
        answer = await progress.post(row(), bad)
        errors = [(one["row"], one["pointer"], one["code"]) for one in answer.json()["errors"]]
        assert errors == [(1, "/rows/1", "object_expected")], bad
    assert await progress.taken() == (0, 0, 0)


async def test_every_fault_of_every_row_is_named(progress: Progress) -> None:
    answer = await progress.post(
        row("nowhere", day="2024-07-04", code="plan_made", value=3),
        row(value=-3, extra=1),
        row(code="cards", outcome="exempt", hedge="about"),
    )
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/rows/0/unit", "unknown_unit"),
        ("/rows/0/day", "day_outside_campaign"),
        ("/rows/0/value", "milestone_value"),
        ("/rows/1/value", "value_negative"),
        ("/rows/1/extra", "field_unknown"),
        ("/rows/2/reason", "reason_missing"),
        ("/rows/2/hedge", "hedge_forbidden"),
    ]
    assert await progress.taken() == (0, 0, 0)


async def test_a_key_twice_is_an_error_on_both_rows(progress: Progress) -> None:
    answer = await progress.post(row("C11", value=1), row("C12"), row("C11", value=1, mode="cumulative"))
    assert [(one["row"], one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        (0, "/rows/0", "duplicate_row"),
        (2, "/rows/2", "duplicate_row"),
    ]
    assert await progress.taken() == (0, 0, 0)


async def test_neither_row_of_a_key_twice_is_taken_when_good_ones_are(progress: Progress) -> None:
    answer = await progress.post(
        row("C11", value=1), row("C12"), row("C11", value=2), row("C11", value=2), query="?atomic=false"
    )
    assert answer.json()["rows"]["rejected"] == 3
    assert [(one["row"], one["code"]) for one in answer.json()["errors"]] == [
        (0, "duplicate_row"),
        (2, "duplicate_row"),
        (3, "duplicate_row"),
    ]
    assert await progress.live() == {(12, 2, "2024-05-03"): 5}


async def test_a_row_that_cannot_be_read_has_no_key(progress: Progress) -> None:
    answer = await progress.post(row("C11", value=1), row("C11", value=-1), query="?atomic=false")
    assert [(one["row"], one["code"]) for one in answer.json()["errors"]] == [(1, "value_negative")]
    assert await progress.live() == {(11, 2, "2024-05-03"): 1}


async def test_an_alias_and_the_official_code_are_one_key(progress: Progress) -> None:
    answer = await progress.post(row("T-1"), row("C11"), source="telco")
    assert [one["code"] for one in answer.json()["errors"]] == ["duplicate_row", "duplicate_row"]
    assert await progress.taken() == (0, 0, 0)


async def test_an_indicator_that_the_source_does_not_report(progress: Progress) -> None:
    answer = await progress.post(row(code="cards"), source="telco")
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/rows/0/indicator", "indicator_not_reported_by_source")
    ]
    assert await progress.taken() == (0, 0, 0)


async def test_units_outside_the_token_s_subtree_are_unknown_in_the_same_words(progress: Progress) -> None:
    token = progress.token(units=["D1"])
    assert (await progress.post(row("C11"), row("C12"), token=token)).status_code == 200
    before = await progress.taken()
    outside = await progress.post(row("C21"), token=token)
    nowhere = await progress.post(row("nowhere"), token=token)
    (one,), (other,) = outside.json()["errors"], nowhere.json()["errors"]
    assert one["code"] == other["code"] == "unknown_unit"
    assert one["detail"].replace("C21", "nowhere") == other["detail"]
    assert await progress.taken() == before


async def test_an_alias_of_a_unit_outside_the_subtree_is_unknown(progress: Progress) -> None:
    answer = await progress.post(row("T-1"), source="telco", token=progress.token("telco", units=["D2"]))
    assert answer.json()["errors"][0]["code"] == "unknown_unit"


async def test_a_token_above_the_campaign_s_top_unit_sees_all_of_it(progress: Progress) -> None:
    await progress.tell_campaign(id=8, code="district-drive", unit="D1", unit_id=10)
    await progress.put_source("d", reports=reports("sims", of="district-drive"))
    answer = await progress.post(row(), source="d", token=progress.token("d", units=["P"]), of="district-drive")
    assert answer.status_code == 200, answer.text


async def test_cohorts_and_no_cohorts_do_not_mix_in_a_batch(progress: Progress) -> None:
    answer = await progress.post(
        row(code="cards", cohort="young"), row(code="cards"), row(code="cards", cohort="hard"), row(code="sims")
    )
    assert [(one["row"], one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        (1, "/rows/1/cohort", "cohorts_mixed")
    ]
    assert await progress.taken() == (0, 0, 0)


async def test_cohorts_do_not_mix_with_what_was_reported_before(progress: Progress) -> None:
    await progress.post(row(code="cards"))
    before = await progress.taken()
    answer = await progress.post(row("C12", code="cards", cohort="young"))
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("/rows/0/cohort", "cohorts_mixed")]
    assert await progress.taken() == before


async def test_one_hundred_errors_are_shown_at_most(progress: Progress) -> None:
    rows = [row("nowhere", day=f"2024-{month:02}-{day:02}") for month in (1, 2, 3, 4) for day in range(1, 29)]
    answer = await progress.post(*rows)
    receipt = answer.json()
    assert len(receipt["errors"]) == 100
    assert receipt["truncated"] is True
    assert receipt["rows"]["rejected"] == 112


async def test_exactly_one_hundred_errors_are_all_of_them(progress: Progress) -> None:
    days = [f"2024-04-{day:02}" for day in range(4, 29)]
    rows = [row(f"nowhere{number}", day=day) for number in range(4) for day in days]
    receipt = (await progress.post(*rows)).json()
    assert len(receipt["errors"]) == 100
    assert receipt["truncated"] is False


async def test_the_day_of_a_historical_batch_is_that_of_its_receipt(progress: Progress) -> None:
    admin = progress.stack.token("progress:write admin")
    answer = await progress.post(row(day="2024-05-05"), token=admin, received_at="2024-05-04T16:00:00Z")
    assert [one["code"] for one in answer.json()["errors"]] == ["day_in_future"]
    assert await progress.taken() == (0, 0, 0)


async def test_a_milestone_may_be_taken_back(progress: Progress) -> None:
    assert (await progress.post(row(code="plan_made", value=0))).status_code == 200


async def test_a_code_of_the_campaign_s_own_numbers_is_no_cohort(progress: Progress) -> None:
    assert campaign().numbers.cohorts["young"] == 1
    answer = await progress.post(row(code="cards", cohort="1"))
    assert answer.json()["errors"][0]["code"] == "unknown_cohort"
