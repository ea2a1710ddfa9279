"""League tables are kept for as long as nothing that they follow from changes."""

from fractions import Fraction

import pytest

from tests.services.reporting.upkeep.province import Province


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
