from datetime import date
from typing import Any

from services.contracts.words import Outcome
from tests.services.reporting.support import ReadModel, indicator


async def test_reasons_come_in_the_order_of_the_campaign_and_a_zero_is_a_report(
    get: Any, refused: Any, written: Any
) -> None:
    model = ReadModel(indicator("cccd"), indicator("sim"))
    model.report("25002", "cccd", 0, outcome=Outcome.EXEMPT, reason="abroad")
    model.report("25001", "cccd", 3, outcome=Outcome.EXEMPT, reason="absent", day=date(2024, 6, 1))
    model.report("25002", "cccd", 4, outcome=Outcome.EXEMPT, reason="absent", cohort_no=1)
    model.report("25002", "sim", 9, outcome=Outcome.EXEMPT, reason="absent")
    model.report("25002", "cccd", 5)
    await written(model)

    assert await get("exemptions", unit="688", indicator="cccd") == [
        {"reason": "absent", "name": "Vắng mặt", "count": 7, "suppressed": False},
        {"reason": "abroad", "name": "Ở nước ngoài", "count": 0, "suppressed": False},
    ]
    assert await get("exemptions", indicator="cccd", as_of="2024-06-01") == [
        {"reason": "absent", "name": "Vắng mặt", "count": 3, "suppressed": False}
    ]
    assert await get("exemptions", unit="690", indicator="cccd") == []
    assert await refused("bp/exemptions", unit="690") == (422, "invalid_input")
    assert await refused("bp/exemptions", unit="70", indicator="cccd", units=("688",)) == (404, "unit_not_found")
    assert await refused("bp/exemptions", unit="x", indicator="cccd") == (404, "unit_not_found")
