"""Copies of quota's units and campaigns: by event in any order, by question where one is missing."""

from datetime import date

import pytest

from services.contracts.events import CampaignChanged, UnitsChanged
from services.contracts.words import Level
from services.progress.copies import views
from services.progress.copies.asking import Quota
from services.progress.copies.filling import Filling
from services.progress.copies.queries import campaigns_with
from services.progress.copies.views import CampaignViews
from tests.conftest import Starting
from tests.services.progress.support import UNITS, Progress, StubQuota, campaign, given, plan, reports, row, unit
from tests.support.waiting import until


async def tree(progress: Progress) -> dict[str, tuple[int, list[int]]]:
    """Tenant and path of each unit of the campaign, by code."""
    rows = await progress.fetch("SELECT code, tenant, path FROM campaign_unit WHERE campaign_id = 7")
    return {one["code"]: (one["tenant"], one["path"]) for one in rows}


async def version(progress: Progress) -> int:
    return (await progress.fetch("SELECT version FROM campaign_copy WHERE id = 7"))[0][0]


async def test_the_tree_holds_the_units_of_the_hierarchy_day(bare: Progress) -> None:
    await bare.tell(
        UnitsChanged([*UNITS, unit(13, "C13", Level.COMMUNE, "D1", valid_from=date(2025, 7, 1))]),
        CampaignChanged(campaign()),
    )
    found = await tree(bare)
    assert found["C11"] == (1, [1, 10, 11])
    assert sorted(found) == ["C11", "C12", "C21", "D1", "D2", "H111", "P"]


async def test_a_campaign_waits_for_its_top_unit(bare: Progress) -> None:
    early = await bare.publish(CampaignChanged(campaign()))

    async def waiting() -> list[str]:
        return [one["needs"] for one in await bare.fetch("SELECT needs FROM waiting_event")]

    assert await until(waiting, bool) == ["unit:1"]
    assert await bare.fetch("SELECT FROM campaign_copy") == []
    await bare.tell(UnitsChanged(UNITS))
    await bare.seen(early)
    assert "C11" in await tree(bare)
    assert await waiting() == []


async def test_a_campaign_stops_waiting_for_a_unit_that_a_question_brought_first(
    bare: Progress, quota: StubQuota
) -> None:
    early = await bare.publish(CampaignChanged(campaign()))
    await until(lambda: bare.fetch("SELECT FROM waiting_event"), bool)
    quota.campaigns["other"], quota.units = campaign(id=8, code="other"), UNITS
    await bare.put_source("registry", reports=reports("sims", of="other"))
    await bare.tell(UnitsChanged(UNITS))
    await bare.seen(early)
    assert "C11" in await tree(bare)


async def test_older_revisions_are_ignored(bare: Progress) -> None:
    await bare.tell(UnitsChanged([*UNITS[:3], unit(11, "C11", Level.COMMUNE, "D2", revision=5)]))
    await bare.tell(CampaignChanged(campaign(revision=5, last_day=date(2024, 8, 1))))
    before = await version(bare)
    await bare.tell(UnitsChanged([unit(11, "C11", Level.COMMUNE, "D1", revision=4)]), CampaignChanged(campaign()))
    assert (await tree(bare))["C11"] == (1, [1, 20, 11])
    assert (await bare.fetch("SELECT definition ->> 'last_day' FROM campaign_copy"))[0][0] == "2024-08-01"
    assert await version(bare) == before


async def test_a_changed_unit_moves_in_the_tree(bare: Progress) -> None:
    await bare.tell_campaign()
    before = await version(bare)
    await bare.tell(UnitsChanged([unit(11, "C11", Level.COMMUNE, "D2", revision=2)]))
    found = await tree(bare)
    assert found["C11"] == (1, [1, 20, 11])
    assert found["H111"] == (1, [1, 20, 11, 111])
    assert await version(bare) == before + 1


async def test_units_elsewhere_leave_the_tree_alone(bare: Progress) -> None:
    await bare.tell_campaign()
    before = await version(bare)
    await bare.tell(UnitsChanged([unit(91, "C91", Level.COMMUNE, "Q")]))
    assert await version(bare) == before
    async with bare.chassis.database.connected() as connection:
        touched = [await campaigns_with(connection, [one]) for one in (91, 90, 11, 111, 1)]
    assert touched == [[], [], [7], [7], [7]], "nothing else is made anew, however many campaigns there are"


async def test_a_unit_that_comes_later_hangs_what_waited_for_it_into_the_tree(bare: Progress) -> None:
    await bare.tell(UnitsChanged([one for one in UNITS if one.id != 11]), CampaignChanged(campaign()))
    assert "H111" not in await tree(bare)
    await bare.tell(UnitsChanged([unit(11, "C11", Level.COMMUNE, "D1")]))
    assert (await tree(bare))["H111"] == (1, [1, 10, 11, 111])


async def test_what_stands_above_the_top_unit_follows_its_units(bare: Progress) -> None:
    async def above() -> list[str]:
        return (await bare.fetch("SELECT above FROM campaign_copy WHERE id = 7"))[0][0]

    await bare.tell(UnitsChanged(UNITS), CampaignChanged(campaign(unit="D1", unit_id=10)))
    assert await above() == ["P"]
    await bare.tell(UnitsChanged([unit(1, "P", Level.PROVINCE, "K", revision=2)]))
    assert await above() == ["K", "P"]
    await bare.tell(UnitsChanged([unit(5, "K", Level.COUNTRY, None)]))
    assert await above() == ["K", "P"]
    await bare.tell(UnitsChanged([unit(1, "P", Level.PROVINCE, None, revision=3)]))
    assert await above() == ["P"]
    await bare.tell(UnitsChanged([unit(10, "D1", Level.DISTRICT, "Q", revision=2)]))
    assert await above() == ["Q"]


async def test_a_unit_that_ends_leaves_the_tree(bare: Progress) -> None:
    await bare.tell_campaign()
    await bare.tell(UnitsChanged([unit(10, "D1", Level.DISTRICT, "P", revision=2, valid_to=date(2024, 1, 1))]))
    assert sorted(await tree(bare)) == ["C21", "D2", "P"]


async def test_campaigns_that_are_not_asked_for_give_way_in_memory(
    bare: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bare.tell_campaign()
    await bare.tell(CampaignChanged(campaign(id=8, code="other")), CampaignChanged(campaign(id=9, code="third")))
    kept = CampaignViews()
    monkeypatch.setattr(views, "KEPT_UNITS", 2 * len(await tree(bare)))
    async with bare.chassis.database.connected() as connection:
        for code in ("drive", "other", "drive", "third"):
            assert await kept.current(connection, code) is kept.known(code)
        assert [code for code in ("drive", "other", "third") if kept.known(code)] == ["drive", "third"]
        monkeypatch.setattr(views, "KEPT_UNITS", 1)
        assert await kept.current(connection, "other") is kept.known("other"), "the last one stays, however large"
        assert kept.known("drive") is None


async def test_the_tenant_is_the_province(bare: Progress) -> None:
    nation = [unit(5, "K", Level.COUNTRY, None), *(unit(n, c, Level.PROVINCE, "K") for n, c in ((1, "P"), (2, "Q")))]
    await bare.tell(UnitsChanged([*nation, *(one for one in UNITS if one.id not in (1, 2))]))
    await bare.tell(CampaignChanged(campaign(unit="K", unit_id=5)))
    found = await tree(bare)
    assert (found["K"][0], found["C11"][0], found["C90"][0]) == (5, 1, 2)


async def test_an_unknown_unit_is_asked_of_quota_once(progress: Progress, quota: StubQuota) -> None:
    quota.units = [*UNITS, unit(14, "C14", Level.COMMUNE, "D1")]
    answer = await progress.post(row("C14"), row("C11"))
    assert answer.status_code == 200, answer.text
    assert quota.asked == ["/internal/units?codes=C14&on=2024-04-04"]
    assert (await tree(progress))["C14"] == (1, [1, 10, 14])
    await progress.post(row("C14"))
    assert len(quota.asked) == 1


async def test_an_unknown_campaign_is_asked_of_quota_with_its_units(bare: Progress, quota: StubQuota) -> None:
    quota.campaigns["drive"], quota.units = campaign(), UNITS
    await bare.put_source("registry", reports=reports("sims"))
    answer = await bare.post(row("C11"))
    assert answer.status_code == 200, answer.text
    assert (await tree(bare))["C11"] == (1, [1, 10, 11])
    await bare.tell_campaign()
    assert len(await tree(bare)) == 7


async def test_what_quota_does_not_know_either_is_refused(progress: Progress, quota: StubQuota) -> None:
    answer = await progress.post(row("C99"))
    assert answer.json()["errors"][0]["code"] == "unknown_unit"
    assert quota.asked == ["/internal/units?codes=C99&on=2024-04-04"]


async def test_what_cannot_be_a_code_is_not_asked(progress: Progress, quota: StubQuota) -> None:
    await progress.post(row("C99,C98"), row("?on=x"), row(""))
    assert quota.asked == []


async def test_nothing_is_refused_as_unknown_while_quota_is_silent(progress: Progress, quota: StubQuota) -> None:
    await quota.__aexit__(None, None, None)
    answer = await progress.post(row("C99"))
    assert (answer.status_code, answer.json()["code"]) == (503, "dependency_unavailable")
    assert answer.headers["Retry-After"]
    assert await progress.taken() == (0, 0, 0)


@pytest.mark.parametrize("silent", [False, True])
async def test_quota_is_asked_of_what_is_hidden_as_of_what_is_not_there(
    progress: Progress, quota: StubQuota, silent: bool
) -> None:
    quota.campaigns["drive"], quota.units = campaign(), UNITS
    if silent:
        await quota.__aexit__(None, None, None)
    elsewhere, district = progress.token(units=["Q"]), progress.token(units=["D1"])
    told = []
    for code, unit_code in (("drive", "C21"), ("drove", "C29")):
        batches = await progress.stack.call("progress", "GET", f"/v1/campaigns/{code}/batches", token=elsewhere)
        posted = await progress.post(row("C90"), of=code, token=elsewhere)
        receipt = await progress.post(row(unit_code), token=district, query="?dry_run=true")
        answers = [(one.status_code, one.json().get("code")) for one in (batches, posted, receipt)]
        told.append((answers, [one.replace(code, "?").replace(unit_code, "?") for one in quota.asked]))
        quota.asked.clear()
    assert told[0] == told[1]
    expected = [(503, "dependency_unavailable")] * 3 if silent else [(404, "not_found")] * 2 + [(422, None)]
    assert told[0][0] == expected


async def test_plans_that_were_issued_before_this_service_listened_are_asked_for_once(
    start: Starting, quota: StubQuota
) -> None:
    quota.plans = [plan(given(11, 10)), plan(given(12, 20), family=2)]

    async with start("progress", BONPHU_QUOTA_URL=quota.url) as stack:
        progress = Progress(stack)

        async def filled() -> int:
            return len(await progress.fetch("SELECT FROM copy_filled"))

        await until(filled, bool)
        assert len(await progress.fetch("SELECT FROM plan_copy WHERE lines_come = lines_total")) == 2
        await progress.tell_campaign()
        await progress.put_sources()
        answer = await progress.post(row("C11", value=11), row("C12", value=11))
        assert [one["row"] for one in answer.json()["warnings"]] == [0]
        quota.plans = [plan(given(11, 50), revision=2)]
        await Filling(progress.chassis.database, Quota.__new__(Quota)).fill()
