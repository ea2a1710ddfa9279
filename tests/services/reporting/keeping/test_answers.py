"""An answer is sent again only while the same would be answered anew, to whoever has the same access."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from services.contracts.words import Outcome
from services.reporting.keeping.answers import KeptAnswers
from tests.services.reporting.support import REASONS, ReadModel, indicator
from tests.services.reporting.upkeep.province import EVERYTHING, Province
from tests.support.clock import MovableClock
from tests.support.stack import Stack

Made = Callable[[], int]
DECISION = {"number": "9/QĐ", "date": "2024-07-05"}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """How many answers have been made anew."""
    count = 0
    keep = KeptAnswers.keep

    def counted(*arguments: Any) -> None:
        nonlocal count
        count += 1
        keep(*arguments)

    monkeypatch.setattr(KeptAnswers, "keep", counted)
    return lambda: count


def forget(stack: Stack) -> None:
    stack.apps["reporting"].state.kept_answers = KeptAnswers(most_bytes=1 << 20)


@pytest.mark.parametrize("what", [("figures", {"depth": "2"}), ("ranking", {"indicator": "cccd", "level": "commune"})])
async def test_what_is_asked_again_is_sent_again(province: Province, made: Made, what: tuple[str, Any]) -> None:
    path, asked = what
    forget(province.stack)
    first = await province.read(path, **asked)
    assert made() == 1
    assert await province.read(path, **asked) == first
    assert made() == 1
    await province.read(path, **asked, limit="2")
    assert made() == 2


CHANGES: dict[str, tuple[str, str, str, Any]] = {
    "campaign": ("quota", "PATCH", "/v1/campaigns/bp", {"rounding": {"decimals": 1, "mode": "half_up"}}),
    "close": ("quota", "POST", "/v1/campaigns/bp/close", {"decision": DECISION}),
    "publication": ("quota", "PATCH", "/v1/campaigns/bp", {"published_to": ["*"]}),
    "units": (
        "quota",
        "PUT",
        "/v1/units",
        {"units": [{"code": "25009", "level": "commune", "kind": "xa", "parent_code": "688", "name": "Xã mới"}]},
    ),
}


@pytest.mark.parametrize("change", ["report", "void", "plan", "rebuild", *CHANGES])
async def test_whatever_changes_is_answered_anew(province: Province, made: Made, change: str) -> None:
    batch = await province.report("csdlqg", ("25002", "2024-05-05", 7))
    asked = [("figures", {"depth": "2"}), ("ranking", {"indicator": "cccd", "level": "commune"})]
    before = [await province.read(path, **parameters) for path, parameters in asked]
    for path, parameters in asked:
        await province.read(path, **parameters)
    assert made() == 2
    match change:
        case "report":
            await province.report("csdlqg", ("25002", "2024-05-06", 8))
        case "void":
            await province.tell("progress", "POST", f"/v1/batches/{batch}/void", {"reason": "nhầm"})
        case "plan":
            await province.plan("688", ("25001", 500), ("25002", 337))
        case "rebuild":
            await province.rebuild()
        case _:
            await province.tell(*CHANGES[change])
    after = [await province.read(path, **parameters) for path, parameters in asked]
    assert made() == 4
    forget(province.stack)
    assert after == [await province.read(path, **parameters) for path, parameters in asked]
    if change in ("report", "void", "plan", "campaign", "units"):
        assert [one["items"] for one in after] != [one["items"] for one in before]


async def test_what_is_sent_again_bears_the_token_of_now(province: Province, made: Made) -> None:
    before = await province.read("figures")
    body = {"name": "hamlets", "kind": "unit", "reports": []}
    await province.tell("progress", "PUT", "/v1/sources/hamlets", body)
    after = await province.read("figures")
    assert made() == 1
    assert after["as_of_token"] != before["as_of_token"]
    assert after | {"as_of_token": None} == before | {"as_of_token": None}
    forget(province.stack)
    assert await province.read("figures") == after


async def test_when_the_day_turns_figures_are_of_the_new_one(
    province: Province, clock: MovableClock, made: Made
) -> None:
    clock.set(datetime(2024, 5, 1, 16, 59, tzinfo=UTC))
    assert [(await province.read("figures"))["as_of"] for _ in range(2)] == ["2024-05-01"] * 2
    assert made() == 1
    clock.set(datetime(2024, 5, 1, 17, 0, tzinfo=UTC))
    assert (await province.read("figures"))["as_of"] == "2024-05-02"
    assert made() == 2


@pytest.fixture
async def illnesses(written: Any) -> None:
    model = ReadModel(indicator("cccd", reasons=REASONS[2:]), published_to=("689",))
    for code, quota, achieved in (("70", 2324, None), ("688", 837, 579), ("689", 1487, 834)):
        model.quota(code, "cccd", quota)
        if achieved is not None:
            model.report(code, "cccd", achieved)
    model.report("688", "cccd", 187, outcome=Outcome.EXEMPT, reason="illness")
    await written(model)


@pytest.mark.usefixtures("illnesses")
async def test_tokens_that_see_otherwise_never_share(reading: Stack, made: Made) -> None:
    """Each token in turn, twice, is answered as where nothing is kept; a right that is not needed counts too."""
    units = [("*",), ("70",), ("688",), ("689",), ("688", "75"), ("75",), ()]
    scopes = ["reporting:read", "reporting:read reporting:sensitive"]
    accesses = list(product(units, scopes, (None, "csdlqg")))

    async def answered(held: tuple[str, ...], scope: str, source: str | None) -> tuple[int, bytes]:
        token = reading.token(scope, units=held, source=source)
        path = "/v1/campaigns/bp/figures?depth=1"
        answer = await reading.call("reporting", "GET", path, token=token)
        return answer.status_code, answer.content.replace(answer.headers["x-request-id"].encode(), b"")

    kept = [await answered(*one) for _ in range(2) for one in accesses]
    seen = sum(status == 200 for status, _ in kept)
    assert 0 < seen < len(kept)
    assert made() == seen // 2
    anew = []
    for one in accesses:
        forget(reading)
        anew.append(await answered(*one))
    assert kept == anew * 2
    assert made() == seen
    assert len({body for status, body in anew if status == 200}) > 3


@pytest.mark.usefixtures("illnesses")
async def test_whoever_lacks_the_right_is_refused_whatever_is_kept(reading: Stack) -> None:
    path = "/v1/campaigns/bp/figures"
    answer = await reading.call("reporting", "GET", path, token=reading.token("reporting:read"))
    assert answer.status_code == 200
    for scope, status in (("quota:read", 403), (EVERYTHING, 200)):
        answer = await reading.call("reporting", "GET", path, token=reading.token(scope))
        assert answer.status_code == status
    assert (await reading.call("reporting", "GET", path, token=None)).status_code == 401


@pytest.mark.usefixtures("illnesses")
async def test_an_answer_above_its_share_of_the_room_is_not_kept(reading: Stack, made: Made) -> None:
    reading.apps["reporting"].state.kept_answers = KeptAnswers(most_bytes=8 * 2_000)
    for _ in range(2):
        await reading.call(
            "reporting", "GET", "/v1/campaigns/bp/figures?depth=1", token=reading.token("reporting:read")
        )
    assert made() == 2
