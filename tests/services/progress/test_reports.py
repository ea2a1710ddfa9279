"""Batches that are taken: what the receipt says, what is live, what is told to others."""

from services.contracts.events import UnitsChanged
from services.contracts.words import MODE_NO, OUTCOME_NO, Level, Mode, Outcome
from tests.services.progress.support import Progress, campaign, reports, row, unit
from tests.support.clock import MovableClock


async def test_the_receipt_says_what_became_of_every_row(progress: Progress) -> None:
    answer = await progress.post(row("C11", value=5), row("C12", value=0))
    assert answer.status_code == 200, answer.text
    receipt = answer.json()
    fields = ["batch", "source", "received_at", "status", "rows", "errors", "warnings", "truncated"]
    assert list(receipt) == fields
    assert receipt["source"] == "registry"
    assert receipt["received_at"] == "2024-05-10T03:00:00Z"
    assert receipt["status"] == "accepted"
    assert receipt["rows"] == {"received": 2, "created": 2, "corrected": 0, "unchanged": 0, "rejected": 0}
    assert (receipt["errors"], receipt["warnings"], receipt["truncated"]) == ([], [], False)
    assert answer.headers["Consistency-Token"]
    assert await progress.live() == {(11, 2, "2024-05-03"): 5, (12, 2, "2024-05-03"): 0}


async def test_a_correction_replaces_and_a_repetition_is_a_statement(progress: Progress) -> None:
    await progress.post(row("C11", value=5), row("C12", value=6))
    answer = await progress.post(row("C11", value=4), row("C12", value=6), row("C21", value=1))
    assert answer.json()["rows"] == {"received": 3, "created": 1, "corrected": 1, "unchanged": 1, "rejected": 0}
    assert (await progress.live())[(11, 2, "2024-05-03")] == 4
    assert (await progress.taken())[0] == 5


async def test_the_other_mode_with_the_same_value_is_a_correction(progress: Progress) -> None:
    await progress.post(row(value=5))
    answer = await progress.post(row(value=5, mode="cumulative"))
    assert answer.json()["rows"]["corrected"] == 1


async def test_the_mode_of_the_batch_holds_for_rows_without_one(progress: Progress) -> None:
    await progress.post(row("C11"), row("C12", mode="daily"), row("C21", mode=None), mode="cumulative")
    rows = await progress.fetch("SELECT unit_id, mode_no FROM latest ORDER BY unit_id")
    assert [tuple(one) for one in rows] == [(11, MODE_NO[Mode.CUMULATIVE]), (12, 0), (21, 1)]


async def test_an_older_batch_does_not_replace_a_newer_row(progress: Progress) -> None:
    admin = progress.stack.token("progress:write admin")
    await progress.post(row("C11", value=5))
    answer = await progress.post(
        row("C11", value=9), row("C12", value=2), token=admin, received_at="2024-05-04T00:00:00Z"
    )
    receipt = answer.json()
    assert receipt["received_at"] == "2024-05-04T00:00:00Z"
    assert receipt["rows"] == {"received": 2, "created": 1, "corrected": 0, "unchanged": 1, "rejected": 0}
    assert [(one["row"], one["pointer"], one["code"]) for one in receipt["warnings"]] == [(0, "/rows/0", "superseded")]
    assert (await progress.live())[(11, 2, "2024-05-03")] == 5
    assert (await progress.taken())[:2] == (3, 2)


async def test_exempt_and_declined_cases_stand_beside_achieved_ones(progress: Progress) -> None:
    answer = await progress.post(
        row(code="cards", value=1),
        row(code="cards", value=2, outcome="exempt", reason="abroad"),
        row(code="cards", value=3, outcome="exempt", reason="deceased"),
        row(code="cards", value=4, outcome="declined", reason=None),
    )
    assert answer.json()["rows"]["created"] == 4
    found = await progress.fetch("SELECT outcome_no, reason_no, value FROM latest ORDER BY value")
    exempt, declined = OUTCOME_NO[Outcome.EXEMPT], OUTCOME_NO[Outcome.DECLINED]
    assert [tuple(one) for one in found] == [(1, 0, 1), (exempt, 1, 2), (exempt, 2, 3), (declined, 0, 4)]


async def test_flows_activities_and_milestones(progress: Progress) -> None:
    answer = await progress.post(
        row(code="dossiers", outcome="carried_over", value=7),
        row(code="dossiers", outcome="received", value=3),
        row(code="dossiers", outcome="resolved", value=2),
        row(code="news", value=91, hedge="about"),
        row(code="plan_made", value=1),
    )
    assert answer.json()["rows"]["created"] == 5, answer.text
    found = await progress.fetch("SELECT about FROM latest WHERE indicator_no = 4")
    assert found[0]["about"] is True
    (event,) = await progress.events()
    assert [event.rows.value[place] for place in event.rows.about] == [91]


async def test_a_stock_has_no_mode_even_in_a_cumulative_batch(progress: Progress) -> None:
    await progress.post(row(code="dossiers", outcome="carried_over"), mode="cumulative")
    assert (await progress.fetch("SELECT mode_no FROM latest"))[0]["mode_no"] == 0


async def test_aliases_are_the_source_s_own_codes(progress: Progress) -> None:
    answer = await progress.post(row("T-1", value=8), row("C12", value=9), source="telco")
    assert answer.status_code == 200, answer.text
    assert await progress.live() == {(11, 2, "2024-05-03"): 8, (12, 2, "2024-05-03"): 9}
    other = await progress.post(row("T-1"))
    assert other.json()["errors"][0]["code"] == "unknown_unit"


async def test_events_carry_all_rows_by_tenant_and_first_reports_once(progress: Progress) -> None:
    await progress.tell(
        UnitsChanged(
            [
                unit(5, "K", Level.COUNTRY, None),
                unit(1, "P", Level.PROVINCE, "K", revision=2),
                unit(2, "Q", Level.PROVINCE, "K", revision=2),
            ]
        )
    )
    await progress.tell_campaign(id=8, code="nation", unit="K", unit_id=5)
    await progress.put_source("census", reports=reports("sims", of="nation"))
    first = await progress.post(
        row("C90", value=1),
        row("C11", value=2),
        row("C12", value=3),
        source="census",
        of="nation",
        labels=["simulated"],
    )
    assert first.status_code == 200, first.text
    await progress.post(row("C90", value=1), source="census", of="nation")
    events = await progress.events()
    assert [(one.tenant, one.rows.unit_id, one.rows.value) for one in events] == [
        (1, [11, 12], [2, 3]),
        (2, [90], [1]),
        (2, [90], [1]),
    ]
    header = events[0].batch
    assert (header.campaign, header.source, header.labels, header.amends) == ("nation", "census", ("simulated",), False)
    assert str(header.id) == first.json()["batch"]
    assert events[2].batch.acknowledgement > header.acknowledgement
    kinds = await progress.fetch("SELECT kind FROM outbox WHERE kind = 'indicator_first_reported'")
    assert len(kinds) == 1


async def test_a_large_batch_is_several_events(progress: Progress) -> None:
    days = [f"2024-04-{day:02}" for day in range(4, 31)]
    units = [unit(1000 + number, f"N{number}", Level.COMMUNE, "D1") for number in range(80)]
    await progress.tell(UnitsChanged(units))
    answer = await progress.post(*(row(one.code, value=1, day=day) for one in units for day in days))
    assert answer.json()["rows"]["created"] == 80 * 27
    assert [len(one.rows.value) for one in await progress.events()] == [2000, 160]


async def test_a_dry_run_says_the_same_and_changes_nothing(progress: Progress) -> None:
    await progress.post(row("C11", value=5))
    before = await progress.taken()
    rows = (row("C11", value=4), row("C12", value=6), row("C21", code="cards", value=1))
    dry = await progress.post(*rows, query="?dry_run=true")
    assert dry.status_code == 200
    assert await progress.taken() == before
    assert (await progress.fetch("SELECT count(*) FROM batch"))[0][0] == 1
    assert (await progress.fetch("SELECT count(*) FROM source_indicator"))[0][0] == 1
    assert "Consistency-Token" not in dry.headers
    wet = await progress.post(*rows)
    assert {name: value for name, value in dry.json().items() if name != "rollup"} == {**wet.json(), "batch": None}
    assert dry.json()["batch"] is None


async def test_a_dry_run_that_finds_errors_is_not_kept(progress: Progress) -> None:
    answer = await progress.post(row("nowhere"), query="?dry_run=true")
    assert answer.status_code == 422
    assert answer.json()["batch"] is None
    assert (await progress.fetch("SELECT count(*) FROM batch"))[0][0] == 0


async def test_without_atomic_the_good_rows_are_taken(progress: Progress) -> None:
    answer = await progress.post(row("C11", value=-1), row("C12", value=2), row("nowhere"), query="?atomic=false")
    assert answer.status_code == 200
    receipt = answer.json()
    assert receipt["status"] == "partially_accepted"
    assert receipt["rows"] == {"received": 3, "created": 1, "corrected": 0, "unchanged": 0, "rejected": 2}
    assert [one["row"] for one in receipt["errors"]] == [0, 2]
    assert await progress.live() == {(12, 2, "2024-05-03"): 2}


async def test_rows_on_paused_days_count_with_a_warning(progress: Progress) -> None:
    answer = await progress.post(
        row(code="cards", day="2024-05-01"), row(code="sims", day="2024-05-01"), row(code="cards", day="2024-05-03")
    )
    receipt = answer.json()
    assert receipt["rows"]["created"] == 3
    assert [(one["pointer"], one["code"]) for one in receipt["warnings"]] == [("/rows/0/day", "paused_day")]


async def test_a_total_that_falls_is_warned_of(progress: Progress) -> None:
    await progress.post(row(day="2024-05-03", value=10), mode="cumulative")
    falls = await progress.post(row(day="2024-05-05", value=7), mode="cumulative")
    assert [(one["row"], one["pointer"], one["code"]) for one in falls.json()["warnings"]] == [
        (0, "/rows/0/value", "total_falls")
    ]
    assert "from 10 to 7" in falls.json()["warnings"][0]["detail"]


async def test_a_late_daily_row_may_make_a_later_total_fall(progress: Progress) -> None:
    await progress.post(row(day="2024-05-05", value=7), mode="cumulative")
    fine = await progress.post(row(day="2024-05-03", value=6))
    assert fine.json()["warnings"] == []
    falls = await progress.post(row(day="2024-05-04", value=2))
    assert "On 2024-05-05 the total falls from 8 to 7" in falls.json()["warnings"][0]["detail"]
    again = await progress.post(row(day="2024-05-04", value=2))
    assert again.json()["warnings"] == []


async def test_a_stock_may_fall_without_a_warning(progress: Progress) -> None:
    await progress.post(row(code="dossiers", outcome="received", value=1), mode="cumulative")
    await progress.post(row(code="dossiers", outcome="carried_over", value=9, day="2024-05-03"))
    answer = await progress.post(row(code="dossiers", outcome="carried_over", value=2, day="2024-05-04"))
    assert answer.json()["warnings"] == []


async def test_the_day_is_that_of_the_campaign_s_time_zone(progress: Progress, clock: MovableClock) -> None:
    clock.set(clock.now().replace(hour=16, minute=59, second=59))
    refused = await progress.post(row(day="2024-05-11"))
    assert refused.json()["errors"][0]["code"] == "day_in_future"
    clock.move(seconds=1)
    assert (await progress.post(row(day="2024-05-11"))).status_code == 200


async def test_first_and_last_day_belong_to_the_campaign(progress: Progress, clock: MovableClock) -> None:
    clock.set(clock.now().replace(month=8))
    answer = await progress.post(row(day="2024-04-04"), row(day="2024-07-03"))
    assert answer.status_code == 200


async def test_an_idempotency_key_takes_a_batch_once(progress: Progress) -> None:
    headers = {"Idempotency-Key": "one"}
    first = await progress.post(row(), headers=headers)
    second = await progress.post(row(), headers=headers)
    assert second.content == first.content
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (await progress.taken())[0] == 1


async def test_a_rejected_batch_is_kept_with_its_key_too(progress: Progress) -> None:
    headers = {"Idempotency-Key": "two"}
    first = await progress.post(row("nowhere"), headers=headers)
    second = await progress.post(row("nowhere"), headers=headers)
    assert (first.status_code, second.status_code) == (422, 422)
    assert second.content == first.content


async def test_escaped_texts_mean_the_same(progress: Progress) -> None:
    body = b'{"source":"registry","rows":[{"unit":"C11","indicator":"s\\u0069ms","day":"2024-05-03","value":1}]}'
    answer = await progress.post_bytes(body)
    assert answer.status_code == 200, answer.text


async def test_an_indicator_of_a_changed_campaign_is_known_at_once(progress: Progress) -> None:
    await progress.post(row())
    more = campaign(revision=2)
    await progress.tell_campaign(revision=2, indicators=(*more.indicators[1:],))
    answer = await progress.post(row(code="cards"))
    assert answer.json()["errors"][0]["code"] == "unknown_indicator"
