"""`bonphu reporting rebuild` and `verify` beside running services: what was damaged is named, and mended."""

import asyncio

import pytest

from services.reporting.upkeep import rebuild, verify
from services.reporting.upkeep.rebuild import RowsOfNobody
from tests.services.reporting.upkeep.province import Province
from tests.support.waiting import until

FIGURES = {"70": 754, "688": 591, "689": 163, "25001": 531, "25002": 60, "25003": 163}

DERIVED = [
    (
        "UPDATE rollup_day SET delta = delta + 1 WHERE unit_id = {25001} AND day = '2024-05-01'",
        "rollup_day",
        "delta 526",
    ),
    ("DELETE FROM rollup_total WHERE unit_id = {70}", "rollup_total", "missing"),
    ("INSERT INTO rollup_label SELECT tenant, campaign_id, unit_id, 1, 'x', day, 1 FROM rollup_label LIMIT 1", "x", ""),
    ("UPDATE live SET value = 3 WHERE unit_id = {25003}", "live", "value 163"),
    ("UPDATE rollup_received SET received_at = now() WHERE unit_id = {70}", "rollup_received", "2024-07-10"),
    ("UPDATE anchor_source SET has_cumulative = NOT has_cumulative", "anchor_source", "has_cumulative"),
    ("DELETE FROM anchor_reported WHERE anchor_id = {25001}", "anchor_reported", "missing"),
    ("UPDATE quota_step SET amount = 1 WHERE unit_id = {688}", "quota_step", "amount 837"),
    ("DELETE FROM campaign_closure WHERE descendant_id = {25001}", "campaign_closure", "missing"),
    ("UPDATE campaign_unit SET name = 'x' WHERE unit_id = {25001}", "campaign_unit", "Thác Mơ"),
    ("UPDATE fact SET tenant = 4711 WHERE unit_id = {25001}", "fact", "4711"),
]
OWNED = [
    ("UPDATE unit_copy SET name = 'Xã Khác' WHERE code = '25001'", "copies of units", "Phường Thác Mơ"),
    (
        "INSERT INTO succession_copy (id, day, relation, predecessor_id, successor_id, is_main)"
        " VALUES (7, '2024-05-01', 'merge', {25001}, {25002}, true)",
        "copies of successions",
        "should not be there",
    ),
    ("UPDATE campaign_copy SET definition = '{{}}'", "copies of campaigns", "{}"),
    ("UPDATE source_copy SET name = 'ai đó' WHERE code = 'csdlqg'", "copies of sources", "ai đó"),
    ("DELETE FROM plan_line_copy WHERE unit_id = {688}", "copies of plans", "837"),
    ("UPDATE closure_copy SET through = NULL", "copies of closures", "2024-05-03"),
    ("DELETE FROM closure_copy", "copies of closures", "15/TB-UBND"),
    (
        "INSERT INTO closure_copy SELECT campaign_id, 7, through, decision_number, decision_date, closed_at"
        " FROM closure_copy",
        "copies of closures",
        "should not be there",
    ),
    ("DELETE FROM batch_copy WHERE voided_at IS NOT NULL", "copies of batches", "missing"),
    ("UPDATE batch_copy SET labels = '{{}}'", "copies of batches", "simulated"),
    ("UPDATE fact SET value = 8 WHERE value = 7", "log", "value 7"),
    ("DELETE FROM fact WHERE value = 530", "log", "missing"),
    (
        "INSERT INTO fact SELECT tenant, campaign_id, indicator_no, unit_id, source_id, cohort_no, outcome_no,"
        " reason_no, day + 1, received_at, acknowledgement, mode_no, value, about FROM fact WHERE value = 163",
        "log",
        "should not be there",
    ),
]


async def _damage(province: Province, statement: str) -> None:
    async with province.upkeep() as connection:
        codes = await connection.fetch("SELECT code, id FROM unit_copy")
    for row in codes:
        statement = statement.replace("{" + row["code"] + "}", str(row["id"]))
    await province.sql(statement.replace("{{", "{").replace("}}", "}"))


async def test_where_nothing_is_wrong_all_agrees_and_rebuilds_change_nothing(province: Province) -> None:
    assert await province.shown() == FIGURES
    async with province.upkeep() as connection, province.owners() as owners:
        verified = await verify.verify(connection, owners, say=province.said.append)
    assert verified.difference is None
    assert verified.compared["rows"] == 8
    assert verified.compared["batches"] == 5
    await province.rebuild()
    await province.rebuild_from_source()
    assert "bp: 8 rows told, 0 taken out of the log, 0 put in; derived anew" in province.said
    assert await province.difference() is None
    assert await province.shown() == FIGURES


async def test_every_damage_to_what_is_derived_is_named_and_mended(province: Province) -> None:
    for statement, where, what in DERIVED:
        await _damage(province, statement)
        difference = await province.difference()
        assert difference is not None, statement
        assert where in difference, statement
        assert what in difference, statement
        await province.rebuild()
        assert await province.difference() is None, statement
    assert await province.shown() == FIGURES


async def test_every_damage_to_copies_and_log_is_named_and_mended_from_its_owner(province: Province) -> None:
    await province.close("2024-05-03")
    for statement, where, what in OWNED:
        await _damage(province, statement)
        difference = await province.difference()
        assert difference is not None, statement
        assert where in difference, statement
        assert what in difference, statement
        await province.rebuild_from_source()
        assert await province.difference() is None, statement
    assert await province.shown() == FIGURES


async def test_an_emptied_read_model_is_filled_again_and_goes_on(province: Province) -> None:
    await province.close("2024-05-03")
    tables = ("fact", "batch_copy", "closure_copy", "plan_line_copy", "plan_copy", "source_copy", "unit_copy")
    for table in tables:
        await province.sql(f"DELETE FROM {table}")
    await province.rebuild_from_source()
    assert await province.difference() is None
    assert await province.shown() == FIGURES
    await province.report("csdlqg", ("25003", "2024-05-04", 10))
    assert (await province.shown())["70"] == FIGURES["70"] + 10


async def test_rows_of_nobody_are_kept_until_it_is_said_that_they_go(province: Province) -> None:
    await province.sql(
        "INSERT INTO fact SELECT tenant, campaign_id, indicator_no, unit_id, source_id, cohort_no, outcome_no,"
        " reason_no, day, received_at, 4711, mode_no, value, about FROM fact WHERE value = 163"
    )
    assert "a batch that progress does not know" in (await province.difference() or "")
    with pytest.raises(RowsOfNobody, match="1 rows of 1 batches"):
        await province.rebuild_from_source()
    assert "a batch that progress does not know" in (await province.difference() or "")
    await province.rebuild_from_source(drop_unknown=True)
    assert await province.difference() is None


async def test_readers_see_the_old_figures_until_the_commit_and_what_comes_meanwhile_counts(
    province: Province,
) -> None:
    await province.sql("UPDATE rollup_total SET value = 1")
    await province.sql("UPDATE campaign_copy SET version = version + 1")  # answers that were kept hide the damage
    wrong = await province.shown()
    assert wrong["70"] == 1
    async with province.upkeep() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await rebuild.rebuild(connection, say=province.said.append, tell=lambda *_: None)
        assert await province.shown() == wrong
        # The projector is held off: what comes now is acknowledged at once, and shown when the rebuild has ended.
        await province.report("csdlqg", ("25003", "2024-05-04", 10))
        waiting = asyncio.create_task(province.shown())
        await until(lambda: _projector_waits(province), bool)
        assert not waiting.done()
        await transaction.commit()
    assert (await waiting)["70"] == FIGURES["70"] + 10
    assert await province.difference() is None


async def _projector_waits(province: Province) -> bool:
    async with province.upkeep() as connection:
        return await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%projector%'"
            " AND datname = current_database())"
        )
