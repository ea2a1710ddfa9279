"""League tables are kept for as long as nothing that they follow from changes."""

import uuid
from datetime import date
from fractions import Fraction

import pytest

from services.reporting.rankings.kept import Asked, Kept, State
from tests.services.reporting.upkeep.province import Province


def _asked(unit_id: int) -> Asked:
    state = State(uuid.UUID(int=1), 1, 1, uuid.UUID(int=2))
    return Asked(state, 1, "cccd", "commune", unit_id, "best", date(2024, 5, 1), False)


def test_the_tables_asked_for_last_are_kept_within_the_bound() -> None:
    kept: Kept[str] = Kept(most_lines=6)
    kept.put(_asked(1), "one", lines=2)
    kept.put(_asked(2), "two", lines=2)
    assert kept.get(_asked(1)) == "one"
    kept.put(_asked(3), "three", lines=2)
    assert kept.get(_asked(2)) is None
    assert (kept.get(_asked(1)), kept.get(_asked(3))) == ("one", "three")


async def _rates(province: Province, **more: str) -> dict[str, Fraction | None]:
    page = await province.read("ranking", indicator="cccd", level="commune", **more)
    rates = {one["unit"]: one["rate"] for one in page["items"]}
    return {
        code: None if rate is None else Fraction(rate["numerator"], rate["denominator"]) for code, rate in rates.items()
    }


@pytest.mark.parametrize("change", ["report", "void", "plan"])
async def test_whatever_changes_a_table_shows_at_once(province: Province, change: str) -> None:
    await province.plan("688", ("25001", 500), ("25002", 100))
    before = await _rates(province)
    assert await _rates(province) == before
    match change:
        case "report":
            await province.report("csdlqg", ("25002", "2024-05-05", 7))
            assert await _rates(province) != before
        case "void":
            batch = await province.report("csdlqg", ("25002", "2024-05-05", 7))
            assert await _rates(province) != before
            await province.tell("progress", "POST", f"/v1/batches/{batch}/void", {"reason": "nhầm"})
            assert await _rates(province) == before
        case "plan":
            await province.plan("689", ("25003", 163))
            assert (await _rates(province))["25003"] != before["25003"]
