"""Sends what is not there yet: what was interrupted goes on where it stopped, what is complete costs one question."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.demo.documents import BINH_PHUOC, Documents, read_documents
from deploy.demo.reports import Batch, report_batches
from deploy.demo.requests import campaign_body, plan_requests, source_bodies, successions_body, units_body
from deploy.loading.api import Apis, LoadingRefused, Tokens
from services.chassis.local_issuer import LocalIssuer

Announce = Callable[[str], None]
AT_ONCE = 4
"""Reports under way at the same time."""
TOKENS_AT_ONCE = 50
"""Consistency tokens that one question bears."""


async def load(
    *,
    quota_url: str,
    progress_url: str,
    reporting_url: str,
    issuer: LocalIssuer,
    announce: Announce,
    data: Path = BINH_PHUOC,
) -> str:
    """The campaign of the folder `data` is loaded, and reporting shows all of it; answers its code.

    Raises: LoadingRefused, and what `read_documents` and `CannotSplit` say of the folder.
    """
    documents = read_documents(data)
    batches = report_batches(documents)
    code = documents.campaign.code
    tokens = Tokens(issuer, (source.code for source in documents.sources))
    async with Apis(quota_url=quota_url, progress_url=progress_url, reporting_url=reporting_url) as apis:
        known = await apis.progress.pages(f"/v1/campaigns/{code}/batches", tokens.reader) or []
        missing = _missing(batches, known)
        if not missing:
            announce(f"The demonstration {code} is loaded already.")
            return code
        announce(f"loading the demonstration {code} …")
        written = await _load_campaign(apis, tokens, documents)
        # The sources name the campaign: progress must have seen it.
        written += await _load_sources(apis, tokens, documents, after=",".join(written))
        written += await _load_plans(apis, tokens, documents)
        written += await _load_reports(apis, tokens, documents, missing)
        await _wait_until_shown(apis, tokens, documents, written)
        rows = sum(len(batch.rows) for batch in missing)
        announce(f"The demonstration {code} is loaded: {rows} rows in {len(missing)} reports.")
        return code


def _missing(batches: Sequence[Batch], known: Sequence[dict[str, Any]]) -> list[Batch]:
    taken = {(one["source"], _moment(one["received_at"])) for one in known if one["status"] == "accepted"}
    return [batch for batch in batches if (batch.source, batch.received_at) not in taken]


async def _load_campaign(apis: Apis, tokens: Tokens, documents: Documents) -> list[str]:
    """Units, what became of them, and campaign are there; the tokens of what was written."""
    answers = [
        await apis.quota.call("PUT", "/v1/units", tokens.official, units_body(documents)),
        await apis.quota.call("POST", "/v1/successions", tokens.official, successions_body(documents)),
    ]
    path = f"/v1/campaigns/{documents.campaign.code}"
    if (await apis.quota.call("GET", path, tokens.reader, accepts=(404,))).status == 404:
        answers.append(await apis.quota.call("POST", "/v1/campaigns", tokens.official, campaign_body(documents)))
    return [answer.written for answer in answers if answer.written]


async def _load_plans(apis: Apis, tokens: Tokens, documents: Documents) -> list[str]:
    """Every plan is issued, as of its time; the tokens of what was written."""
    path = f"/v1/campaigns/{documents.campaign.code}/plans"
    listed = await apis.quota.pages(path, tokens.reader) or []
    known = {(one["unit"], one["document"]["number"], one["document"]["date"]): one for one in listed}
    answers = []
    for wanted in plan_requests(documents):
        plan = known.get((wanted.unit, wanted.number, wanted.date))
        if plan is None:
            plan = (await apis.quota.call("POST", path, tokens.official, wanted.body)).body
        if plan["status"] == "draft":
            issue = {"issued_at": _rfc3339(wanted.issued_at)}
            answers.append(await apis.quota.call("POST", f"/v1/plans/{plan['id']}/issue", tokens.historian, issue))
    return [answer.written for answer in answers if answer.written]


async def _load_sources(apis: Apis, tokens: Tokens, documents: Documents, *, after: str) -> list[str]:
    answers = [
        await apis.progress.call("PUT", f"/v1/sources/{code}", tokens.historian, body, after=after)
        for code, body in source_bodies(documents).items()
    ]
    return [answer.written for answer in answers if answer.written]


async def _load_reports(apis: Apis, tokens: Tokens, documents: Documents, missing: Sequence[Batch]) -> list[str]:
    """Each source sends its reports itself, in the order of their days; a few are under way at once."""
    path = f"/v1/campaigns/{documents.campaign.code}/reports"
    waiting = iter(missing)
    written: list[str] = []

    async def send() -> None:
        for batch in waiting:
            body = {
                "source": batch.source,
                "received_at": _rfc3339(batch.received_at),
                "labels": list(batch.labels),
                "rows": batch.rows,
            }
            answer = await apis.progress.call("POST", path, tokens.source[batch.source], body)
            if answer.body["status"] != "accepted":
                raise LoadingRefused(f"A report of {batch.source} was not taken whole: {str(answer.body)[:600]}")
            if answer.written:
                written.append(answer.written)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(send())
    return written


async def _wait_until_shown(apis: Apis, tokens: Tokens, documents: Documents, written: Sequence[str]) -> None:
    """Returns when reporting has applied everything that was written."""
    path = f"/v1/campaigns/{documents.campaign.code}/figures"
    for some in _portions(written, TOKENS_AT_ONCE):
        await apis.reporting.call("GET", path, tokens.reader, after=",".join(some))


def _portions(things: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(things), most):
        yield things[start : start + most]


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
