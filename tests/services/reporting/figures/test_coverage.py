"""Coverage is remembered for as long as nothing that it follows from changes."""

import uuid
from datetime import date

import pytest

from services.reporting.figures.coverage import Asked, Remembered
from tests.services.reporting.upkeep.province import Province

DAY = date(2024, 5, 1)


def _asked(unit_id: int) -> Asked:
    return uuid.UUID(int=1), DAY, (unit_id,), ((1, "commune"),)


def test_the_answers_asked_for_last_are_kept_within_the_bound() -> None:
    remembered = Remembered(most_pairs=4)
    remembered.put(_asked(1), {(0, 0): (2, 1)})
    remembered.put(_asked(2), {(0, 0): (3, 1)})
    assert remembered.get(_asked(1)) == {(0, 0): (2, 1)}
    remembered.put(_asked(3), {(0, 0): (4, 1)})
    assert remembered.get(_asked(2)) is None
    assert remembered.get(_asked(1)) is not None
    assert remembered.get(_asked(3)) is not None


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
