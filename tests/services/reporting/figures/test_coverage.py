"""Coverage is remembered for as long as nothing that it follows from changes."""

import pytest

from tests.services.reporting.upkeep.province import Province


async def _coverage(province: Province, **more: str) -> dict[str, int]:
    answer = await province.figures(**more)
    return answer["70"]["coverage"]


@pytest.mark.parametrize("change", ["report", "void", "plan", "rebuild"])
async def test_whatever_changes_coverage_shows_at_once(province: Province, change: str) -> None:
    await province.plan("688", ("25001", 500), ("25002", 337))
    assert await _coverage(province) == {"reported": 2, "expected": 2}
    assert await _coverage(province, as_of="2024-04-30") == {"reported": 1, "expected": 2}
    match change:
        case "report":
            await province.report("csdlqg", ("25002", "2024-04-30", 1))
            assert await _coverage(province, as_of="2024-04-30") == {"reported": 2, "expected": 2}
        case "void":
            batch = await province.report("csdlqg", ("25002", "2024-04-30", 1))
            assert await _coverage(province, as_of="2024-04-30") == {"reported": 2, "expected": 2}
            await province.tell("progress", "POST", f"/v1/batches/{batch}/void", {"reason": "nhầm"})
            assert await _coverage(province, as_of="2024-04-30") == {"reported": 1, "expected": 2}
        case "plan":
            await province.plan("689", ("25003", 163))
            assert await _coverage(province) == {"reported": 3, "expected": 3}
        case "rebuild":
            await province.sql("DELETE FROM anchor_reported")
            await province.rebuild()
            assert await _coverage(province, as_of="2024-04-30") == {"reported": 1, "expected": 2}
