"""Flows through the services: what progress is told becomes stocks, what came in, what was settled, and breaks."""

import csv
from typing import Any

from deploy.demo.documents import BINH_PHUOC
from tests.services.reporting.series.office import Office


async def test_stocks_are_followed_unit_by_unit_and_breaks_are_shown(office: Office) -> None:
    await office.set_up()
    await office.report(
        ("25001", "2024-04-04", "carried_over", 100),
        ("25001", "2024-04-04", "received", 20),
        ("25001", "2024-04-05", "resolved", 50),
        ("25001", "2024-04-08", "carried_over", 60),
        ("25001", "2024-04-08", "received", 5),
        ("25002", "2024-04-06", "carried_over", 10),
        ("25002", "2024-04-08", "carried_over", 12),
        ("25003", "2024-04-05", "received", 7),
        ("25003", "2024-04-09", "resolved", 3),
    )
    off = [("2024-04-08", 60, 70, -10)]
    assert await office.flow("25001") == (100, 25, 50, 65, off)
    assert await office.flow("25001", "2024-04-08", "2024-04-08") == (60, 5, 0, 65, off)
    assert await office.flow("25001", "2024-04-09") == (65, 0, 0, 65, [])
    assert await office.flow("25001", "2024-04-05", "2024-04-07") == (120, 0, 50, 70, [])
    assert await office.flow("25002") == (None, None, None, 12, [("2024-04-08", 12, 10, 2)])
    assert await office.flow("25003") == (None, 7, 3, None, []), "no stock was ever stated"
    both = [("2024-04-08", 72, 80, -8)]
    assert await office.flow("688") == (100, 25, 50, 77, both)
    assert await office.flow("70") == (100, 32, 53, 77 + 7 - 3, both)
    assert await office.flow("70", as_of="2024-04-05") == (100, 27, 50, 70 + 7, [])

    items = (await office.ask("series", unit="70", to="2024-04-08"))["items"]
    assert [(one["carried_over"], one["received"], one["resolved"]) for one in items] == [
        (100, 20, None),
        (None, 27, 50),
        (10, 27, 50),
        (None, 27, 50),
        (72, 32, 50),
    ]
    assert items[0]["achieved"] is None


async def test_stocks_are_those_of_whoever_speaks(office: Office) -> None:
    await office.set_up()
    await office.report(("25001", "2024-04-04", "carried_over", 100), source="self_report")
    await office.report(("25001", "2024-04-07", "carried_over", 1), source="self_report")
    await office.report(("25001", "2024-04-06", "carried_over", 90), ("25001", "2024-04-04", "received", 3))
    assert await office.flow("25001") == (100, 3, None, 90, [("2024-04-06", 90, 103, -13)])
    withdrawn = await office.report(("25001", "2024-04-05", "carried_over", 40))
    assert (await office.flow("25001"))[4] == [("2024-04-05", 40, 103, -63), ("2024-04-06", 90, 40, 50)]
    await office.tell("progress", "POST", f"/v1/batches/{withdrawn}/void", {"reason": "nhầm"})
    assert (await office.flow("25001"))[3:] == (90, [("2024-04-06", 90, 103, -13)])


async def test_the_campaign_of_2022_for_online_public_services(office: Office) -> None:
    """Its days, name and units are the documents'; the counts are made up, since they name none."""
    campaign = next(one for one in _document("campaigns") if one["campaign_code"] == "bp-2022-92d-dvc")
    units: list[dict[str, Any]] = [
        {
            **{name: one[name] or None for name in ("code", "level", "parent_code", "valid_from", "valid_to")},
            "kind": one["unit_type"],
            "name": one["name_vi"],
        }
        for one in (*_document("units"), *_document("units_history"))
        if one["level"] in ("province", "district", "commune")
    ]
    days = {"first_day": campaign["start_date"], "last_day": campaign["end_date"], "hierarchy_day": None}
    definition = {"name": {"vi": campaign["name_vi"]}, "labels": ["simulated"], "decision": None, **days}
    await office.set_up(units, **definition)
    communes = sorted({one["code"] for one in units if one["level"] == "commune"})
    districts = {one["code"]: one["parent_code"] for one in units}
    rows = []
    for place, code in enumerate(communes):
        rows += [
            (code, "2022-06-01", "carried_over", 30 + place),
            (code, "2022-06-01", "received", 10),
            (code, "2022-08-29", "received", 5),
            (code, "2022-08-29", "resolved", 40 + place),
        ]
    # Ten communes state in July what June has not left.
    rows += [(code, "2022-07-01", "carried_over", 40 + communes.index(code) - 1) for code in communes[:10]]
    await office.report(*rows)

    stock = sum(30 + place for place in range(111))
    asked = {"as_of": campaign["result_as_of"]}
    broken = [("2022-07-01", sum(39 + place for place in range(10)), sum(40 + place for place in range(10)), -10)]
    assert len(communes) == 111
    assert await office.flow("70", **asked) == (stock, 1665, stock + 1110, 555 - 10, broken)
    found = await office.ask("series", unit="70", **asked, to=campaign["end_date"])
    assert len(found["items"]) == int(campaign["days_inclusive"]) == 92
    flows = [await office.flow(code, **asked) for code in sorted({districts[one] for one in communes})]
    assert len(flows) == 11
    assert [sum(one[place] for one in flows) for place in range(4)] == [stock, 1665, stock + 1110, 545]
    assert sum(len(one[4]) for one in flows) == len({districts[one] for one in communes[:10]})


def _document(name: str) -> list[dict[str, str]]:
    with (BINH_PHUOC / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
