from datetime import date, timedelta
from typing import Any

from tests.services.reporting.drive import CCCD, SIM, Drive, row


async def judged(drive: Drive, **changes: Any) -> None:
    """25001 reports each day and reaches its quota; 25002 does too, late; 25003 tells too much and does not."""
    await drive.begin(CCCD, SIM, last_day="2024-04-08", **changes)
    for code in ("cccd", "sim"):
        await drive.plan(None, f"1{code}", code=code, p70=300)
        await drive.plan("70", f"2{code}", code=code, d688=200, d689=100)
    await drive.plan("688", "3", c25001=100, c25002=100)
    await drive.plan("689", "4", c25003=100)
    await drive.plan("688", "3sim", code="sim", c25001=100)
    await drive.report(
        "csdlqg",
        row("25001", "2024-04-08", 120),
        row("25002", "2024-04-08", 100),
        row("25003", "2024-04-08", 90),
        at="2024-04-08T08:00:00Z",
    )
    await drive.report("viettel", row("25001", "2024-04-08", 50, code="sim"), at="2024-04-08T08:00:00Z")
    for passed in range(5):
        day = date(2024, 4, 4) + timedelta(days=passed)
        rows = [row("25001", str(day), 24), row("25003", str(day), 20), row("25001", str(day), 10, code="sim")]
        await drive.report("self_report", *rows, at=f"{day}T09:00:00Z")
        await drive.report("self_report", row("25002", str(day), 20), at=f"{day}T10:00:01Z")


def outline(page: Any) -> dict[str, Any]:
    return {
        one["unit"]: (
            one["verdict"],
            one["score"] and one["score"]["printed"],
            one["rank"],
            {each["indicator"]: [reason["code"] for reason in each["reasons"]] for each in one["indicators"]},
        )
        for one in page["items"]
    }


async def test_every_unit_has_a_verdict_with_its_reasons(drive: Drive) -> None:
    await judged(drive)

    page = await drive.get("commendation")

    assert (page["level"], page["as_of"]) == ("commune", "2024-04-08")
    assert outline(page) == {
        "25001": ("fell_short", "85,00", 1, {"cccd": ["target_reached"], "sim": ["below_target"]}),
        "25002": ("excluded", "100,00", None, {"cccd": ["reports_not_on_time", "target_reached"]}),
        "25003": ("excluded", "90,00", None, {"cccd": ["differs_from_authority", "below_target"]}),
    }
    assert page["items"][0]["ranked_of"] == 1
    assert page["items"][2]["indicators"] == [
        {
            "indicator": "cccd",
            "verdict": "excluded",
            "weight": 1,
            "rate": {"numerator": 90, "denominator": 100, "printed": "90,00"},
            "reasons": [
                {
                    "code": "differs_from_authority",
                    "leads_to": "excluded",
                    "value": 100,
                    "of": 90,
                    "actual": {"numerator": 10, "denominator": 90, "printed": "11,11"},
                    "limit": "0.02",
                },
                {
                    "code": "below_target",
                    "leads_to": "fell_short",
                    "value": 90,
                    "of": 100,
                    "actual": {"numerator": 90, "denominator": 100, "printed": "90,00"},
                    "limit": "1",
                },
            ],
        }
    ]


async def test_districts_answer_for_the_reports_of_their_communes(drive: Drive) -> None:
    await judged(drive)
    items = {one["unit"]: one for one in (await drive.get("commendation", level="district"))["items"]}
    late = items["688"]["indicators"][0]["reasons"][0]
    # 25001 reported five times on time, 25002 five times late.
    assert (late["code"], late["value"], late["of"]) == ("reports_not_on_time", 5, 10)


async def test_an_earlier_day_knows_the_reports_up_to_it(drive: Drive) -> None:
    await judged(drive)
    verdict, score, rank, reasons = outline(await drive.get("commendation", as_of="2024-04-05"))["25001"]
    # By then the commune alone has told of both, and speaks: 48 cards and 20 SIMs of 100.
    assert (verdict, score, rank) == ("fell_short", "34,00", 2)
    assert reasons == {"cccd": ["below_target"], "sim": ["below_target"]}


async def test_pages_and_the_gateway_tell_the_same(drive: Drive) -> None:
    await judged(drive)
    whole = (await drive.get("commendation"))["items"]
    first = await drive.get("commendation", limit=2)
    second = await drive.get("commendation", limit=2, cursor=first["next_cursor"])
    assert first["items"] + second["items"] == whole
    assert second["next_cursor"] is None
    asked = await drive.graph("commendations", units=["25003", "688", "9001", "x"])
    assert [one["unit"] for one in asked["items"]] == ["25003", "688"]
    assert asked["items"][0] == whole[2]


async def test_a_part_is_seen_without_ranks_and_a_publication_opens_nothing(drive: Drive) -> None:
    await judged(drive, published_to=["*"])
    own = await drive.get("commendation", units=("688",))
    assert [(one["unit"], one["rank"], one["ranked_of"]) for one in own["items"]] == [
        ("25001", None, None),
        ("25002", None, None),
    ]
    assert (await drive.get("commendation", units=("75",)))["items"] == []


async def test_a_campaign_that_commends_nobody_says_so(drive: Drive) -> None:
    await drive.begin(commendation=None)
    assert (await drive.ask("commendation"))[1]["code"] == "commendation_not_defined"
    assert (await drive.ask("commendation", level="district"))[1]["code"] == "commendation_not_defined"
    assert (await drive.graph("commendations", units=["688"]))["items"] == []
