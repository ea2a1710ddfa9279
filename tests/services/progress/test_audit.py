"""What is administered and withdrawn is in the audit; what is reported has the ledger."""

from typing import Any

from tests.services.progress.support import Progress, reports, row
from tests.services.progress.test_withdrawal import sent, void


async def audit(progress: Progress, query: str) -> list[dict[str, Any]]:
    token = progress.stack.token("admin", subject="an.admin")
    answer = await progress.stack.call("progress", "GET", f"/v1/audit{query}", token=token)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_source_that_changes_shows_from_what_to_what(bare: Progress) -> None:
    await bare.tell_campaign()
    body = {"name": "Viettel", "kind": "operator", "reports": reports("sims"), "aliases": {}}
    await bare.put_source("viettel", 201, **body)
    await bare.put_source("viettel", 200, **{**body, "name": "Tập đoàn Viettel"})
    changed, created = await audit(bare, "?subject=source")
    assert (created["change"], created["key"]) == ("created", {"code": "viettel"})
    assert (changed["before"], changed["after"]) == ({"name": "Viettel"}, {"name": "Tập đoàn Viettel"})


async def test_a_withdrawal_says_who_and_why_and_a_report_is_not_in_it(progress: Progress) -> None:
    batch = await sent(progress, row("C11", value=12))
    assert await audit(progress, "?subject=batch") == []
    assert (await void(progress, batch, reason="sent twice")).status_code == 200
    (found,) = await audit(progress, "?subject=batch")
    assert (found["change"], found["after"]["void_reason"]) == ("changed", "sent twice")
    assert {name: found["key"][name] for name in ("id", "campaign", "source")} == {
        "id": batch,
        "campaign": "drive",
        "source": "registry",
    }
