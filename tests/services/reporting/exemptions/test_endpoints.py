from datetime import date
from typing import Any

import pytest

from services.contracts.definitions import ReasonDefinition
from services.contracts.words import Outcome, TargetOn
from tests.services.reporting.support import ReadModel, indicator

FULL = "reporting:read reporting:sensitive"


def counted(reason: str, name: str, count: int | None, *, suppressed: bool = False) -> dict[str, Any]:
    return {"reason": reason, "name": name, "count": count, "suppressed": suppressed}


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

    assert await get("exemptions", unit="688", indicator="cccd", scope=FULL) == [
        counted("absent", "Vắng mặt", 7),
        counted("abroad", "Ở nước ngoài", 0),
    ]
    asked = {"indicator": "cccd", "as_of": "2024-06-01"}
    assert await get("exemptions", **asked, scope=FULL) == [counted("absent", "Vắng mặt", 3)]
    assert await get("exemptions", unit="690", indicator="cccd") == []
    assert await refused("bp/exemptions", unit="690") == (422, "invalid_input")
    assert await refused("bp/exemptions", unit="70", indicator="cccd", units=("688",)) == (404, "unit_not_found")
    assert await refused("bp/exemptions", unit="x", indicator="cccd") == (404, "unit_not_found")


async def test_sensitive_reasons_are_told_of_together_with_another_unless_the_token_may_know_them(
    get: Any, ask: Any, written: Any
) -> None:
    model = ReadModel(indicator("cccd"))
    for reason, count in (("absent", 40), ("abroad", 8), ("illness", 2)):
        model.report("25001", "cccd", count, outcome=Outcome.EXEMPT, reason=reason)
    model.report("25002", "cccd", 600, outcome=Outcome.EXEMPT, reason="illness")
    await written(model)

    asked = {"unit": "25001", "indicator": "cccd"}
    assert await get("exemptions", **asked) == [
        counted("absent", "Vắng mặt", 40),
        counted("abroad", "Ở nước ngoài", None, suppressed=True),
        counted("illness", "Ốm đau", None, suppressed=True),
        counted("abroad+illness", "Ở nước ngoài; Ốm đau", 10),
    ]
    assert await get("exemptions", **asked, scope=FULL) == [
        counted("absent", "Vắng mặt", 40),
        counted("abroad", "Ở nước ngoài", 8),
        counted("illness", "Ốm đau", 2),
    ]
    many = await get("exemptions", unit="25002", indicator="cccd")
    assert [(one["reason"], one["count"]) for one in many] == [
        ("abroad", None),
        ("illness", None),
        ("abroad+illness", 600),
    ], "not by the number: it may have been small yesterday"
    found = await ask("exemptions", campaign="bp", units=["25001", "25002"], indicator="cccd")
    assert found["items"]["25001"] == await get("exemptions", **asked)


async def test_the_right_holds_for_the_tokens_own_units_not_for_what_is_published_to_it(get: Any, written: Any) -> None:
    model = ReadModel(indicator("cccd"), published_to=("75",))
    model.report("25001", "cccd", 2, outcome=Outcome.EXEMPT, reason="illness")
    await written(model)

    reasons = [("illness", 2)]
    hidden = [("abroad", None), ("illness", None), ("abroad+illness", 2)]
    for units, unit, shown in (
        (("70",), "70", reasons),
        (("688",), "688", reasons),
        (("688",), "25001", reasons),
        (("75",), "25001", hidden),
        (("75", "689"), "70", hidden),
    ):
        found = await get("exemptions", unit=unit, indicator="cccd", units=units, scope=FULL)
        assert [(one["reason"], one["count"]) for one in found] == shown


@pytest.mark.parametrize("leaving", [("illness",), ("absent", "abroad")])
async def test_a_rate_that_would_tell_of_sensitive_reasons_alone_is_withheld_with_what_follows_from_it(
    get: Any, written: Any, leaving: tuple[str, ...]
) -> None:
    told = indicator("told", target_on=TargetOn.ADJUSTED, target_rate="0.8")
    model = ReadModel(
        indicator("cccd", target_on=TargetOn.ADJUSTED, target_rate="0.8", reasons_leaving_denominator=leaving), told
    )
    for code in ("cccd", "told"):
        model.quota("25001", code, 100)
        model.report("25001", code, 70)
        for reason in ("absent", "abroad", "illness"):
            model.report("25001", code, 4, outcome=Outcome.EXEMPT, reason=reason)
    await written(model)

    figure, open_one = (await get("figures", unit="25001"))["items"]
    assert (figure["adjusted_rate"], figure["reached"], figure["band"]) == (None, None, "unknown")
    assert (figure["exempt"], figure["outstanding"], figure["rate"]["numerator"]) == (12, 18, 70)
    assert (open_one["adjusted_rate"]["denominator"], open_one["reached"]) == (88, False)
    (line, *_) = (await get("ranking", indicator="cccd", level="commune"))["items"]
    assert (line["unit"], line["adjusted_rate"], line["reached"], line["rank"]) == ("25001", None, None, 1)
    (figure, _) = (await get("figures", unit="25001", scope=FULL))["items"]
    assert figure["adjusted_rate"]["denominator"] == 100 - 4 * len(leaving)
    assert figure["reached"] is not None


async def test_where_every_reason_is_sensitive_even_their_total_is_withheld(get: Any, written: Any) -> None:
    model = ReadModel(indicator("cccd", reasons=(ReasonDefinition("illness", {"vi": "Ốm đau"}, sensitive=True),)))
    model.quota("25001", "cccd", 100)
    model.report("25001", "cccd", 70)
    model.report("25001", "cccd", 4, outcome=Outcome.EXEMPT, reason="illness")
    await written(model)

    (figure,) = (await get("figures", unit="25001", as_of="2024-07-03"))["items"]
    assert (figure["exempt"], figure["outstanding"], figure["adjusted_rate"]) == (None, None, None)
    assert (figure["achieved"], figure["rate"]["denominator"]) == (70, 100)
    assert await get("exemptions", unit="25001", indicator="cccd") == [
        counted("illness", "Ốm đau", None, suppressed=True)
    ]
    (figure,) = (await get("figures", unit="25001", scope=FULL))["items"]
    assert (figure["exempt"], figure["outstanding"]) == (4, 26)
