"""Sends what is not there yet, through the public APIs: a second run finds what the first one left."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.loading.api import Apis, LoadingRefused
from deploy.loading.batches import Batch
from deploy.local.tokens import mint
from deploy.simulation.bulk import Bulk
from deploy.simulation.hierarchy import LAST_DAY, Unit
from deploy.simulation.scenario import PlanRequest, Scenario, Way
from deploy.simulation.series import batches, rows_expected
from services.chassis.local_issuer import LocalIssuer

AT_ONCE = 4
"""Requests under way at the same time."""
TOKENS_AT_ONCE = 50
"""Consistency tokens that one question bears."""
UNITS_AT_ONCE = 5_000
_TOKEN_LASTS = timedelta(hours=12)


class Tokens:
    """The tokens of everybody who acts here, each with the scopes of its part and no more."""

    def __init__(self, issuer: LocalIssuer, scenario: Scenario) -> None:
        self._issuer = issuer
        self.historian = self._mint("simulator", "quota:read", "quota:write", "admin")
        self.reader = self._mint("simulator-reader", "quota:read", "progress:read", "reporting:read")
        sources = (scenario.register, scenario.field)
        self.source = {code: self._mint(code, "progress:write", "admin", source=code) for code in sources}
        """Of each source its own; admin, since its reports bear the moments at which they came in then."""

    def _mint(self, subject: str, *scopes: str, source: str | None = None) -> str:
        return mint(self._issuer, subject=subject, scopes=scopes, source=source, units=["*"], ttl=_TOKEN_LASTS)


async def simulate(
    scenario: Scenario,
    *,
    way: Way,
    quota_url: str,
    progress_url: str,
    reporting_url: str,
    issuer: LocalIssuer,
    console: Console,
    bulk: Bulk | None = None,
) -> None:
    """The campaign of the scenario is loaded, and reporting shows all of it. `bulk` is needed by `Way.SQL` alone.

    Raises: LoadingRefused, NotEnoughDisk.
    """
    expected = f"{len(scenario.hamlets):,} hamlets, about {rows_expected(scenario):,} rows"
    console.print(f"{scenario.code}: {scenario.top.name}, {len(scenario.days)} days, {expected}")
    if way is Way.SQL:
        if bulk is None:
            raise LoadingRefused("Facts by SQL need the databases of progress and reporting.")
        await bulk.check_disk(scenario, console)
    apis = Apis(quota_url=quota_url, progress_url=progress_url, reporting_url=reporting_url)
    async with apis, _progress(console) as progress:
        loading = Loading(scenario, apis, Tokens(issuer, scenario), progress)
        await loading.units()
        await loading.campaign_and_sources()
        await loading.plans()
        if way is Way.SQL:
            assert bulk is not None
            await loading.wait_until_shown()
            written = await bulk.load(scenario, progress)
        else:
            written = await loading.reports()
            await loading.wait_until_shown()
    console.print(
        f"{scenario.code} is loaded: {written:,} rows, labelled simulated."
        if written
        else f"{scenario.code} is loaded already."
    )


def _progress(console: Console) -> "_AsyncProgress":
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return _AsyncProgress(*columns, console=console)


class _AsyncProgress(Progress):
    async def __aenter__(self) -> Progress:
        return self.__enter__()

    async def __aexit__(self, *fault: object) -> None:
        self.stop()


class Loading:
    """The steps of one load; each finds what an earlier one left."""

    def __init__(self, scenario: Scenario, apis: Apis, tokens: Tokens, progress: Progress) -> None:
        self._scenario = scenario
        self._apis = apis
        self._tokens = tokens
        self._progress = progress
        self._path = f"/v1/campaigns/{scenario.code}"
        self._written: list[str] = []

    async def units(self) -> None:
        """The units are known, ancestors first."""
        hierarchy, top = self._scenario.hierarchy, self._scenario.top.code
        units = [*hierarchy.above(top), *hierarchy.within(top)]
        task = self._progress.add_task("units", total=len(units))
        for some in _portions(units, UNITS_AT_ONCE):
            body = {"units": [_unit_body(one) for one in some]}
            answer = await self._apis.quota.call("PUT", "/v1/units", self._tokens.historian, body)
            self._note(answer.written)
            self._progress.advance(task, len(some))

    async def campaign_and_sources(self) -> None:
        """The campaign exists and both sources are registered."""
        quota, historian = self._apis.quota, self._tokens.historian
        if (await quota.call("GET", self._path, self._tokens.reader, accepts=(404,))).status == 404:
            answer = await quota.call("POST", "/v1/campaigns", historian, self._scenario.campaign_body())
            self._note(answer.written)
        # The sources name the campaign: progress must have seen it.
        after = ",".join(self._written[-1:])
        for code, body in self._scenario.source_bodies().items():
            answer = await self._apis.progress.call("PUT", f"/v1/sources/{code}", historian, body, after=after)
            self._note(answer.written)

    async def plans(self) -> None:
        """Every plan is issued, as of its time, a parent's before its children's."""
        listed = await self._apis.quota.pages(f"{self._path}/plans", self._tokens.reader) or []
        known = {(one["unit"], one["document"]["number"], one["document"]["date"]): one for one in listed}
        waves = self._scenario.plan_waves()
        task = self._progress.add_task("plans", total=sum(map(len, waves)))

        async def issue(wanted: PlanRequest) -> None:
            plan = known.get((wanted.unit, wanted.number, wanted.date))
            historian, quota = self._tokens.historian, self._apis.quota
            if plan is None:
                plan = (await quota.call("POST", f"{self._path}/plans", historian, wanted.body)).body
            if plan["status"] == "draft":
                moment = {"issued_at": _rfc3339(wanted.issued_at)}
                self._note((await quota.call("POST", f"/v1/plans/{plan['id']}/issue", historian, moment)).written)
            self._progress.advance(task)

        for wave in waves:
            await _few_at_once(wave, issue)

    async def reports(self) -> int:
        """Each source has sent its reports, a few at once; answers how many rows were missing."""
        listed = await self._apis.progress.pages(f"{self._path}/batches", self._tokens.reader) or []
        taken = {(one["source"], _moment(one["received_at"])) for one in listed if one["status"] == "accepted"}
        task = self._progress.add_task("rows reported", total=rows_expected(self._scenario))
        written = 0

        async def send(batch: Batch) -> None:
            nonlocal written
            if (batch.source, batch.received_at) not in taken:
                body = {
                    "source": batch.source,
                    "received_at": _rfc3339(batch.received_at),
                    "labels": list(batch.labels),
                    "rows": batch.rows,
                }
                token = self._tokens.source[batch.source]
                answer = await self._apis.progress.call("POST", f"{self._path}/reports", token, body)
                if answer.body["status"] != "accepted":
                    raise LoadingRefused(f"A report of {batch.source} was not taken whole: {str(answer.body)[:600]}")
                self._note(answer.written)
                written += len(batch.rows)
            self._progress.advance(task, len(batch.rows))

        await _few_at_once(batches(self._scenario), send)
        self._progress.update(task, total=written, completed=written)
        return written

    async def wait_until_shown(self) -> None:
        """Returns when reporting has applied everything that was written."""
        task = self._progress.add_task("shown by reporting", total=len(self._written))
        for some in _portions(self._written, TOKENS_AT_ONCE):
            await self._apis.reporting.call("GET", f"{self._path}/figures", self._tokens.reader, after=",".join(some))
            self._progress.advance(task, len(some))

    def _note(self, written: str | None) -> None:
        if written:
            self._written.append(written)


async def _few_at_once(things: Iterable, act: Callable[..., Awaitable[None]]) -> None:
    """Every thing has been acted on; the first failure ends all."""
    waiting = iter(things)

    async def work() -> None:
        for thing in waiting:
            await act(thing)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work())
    except BaseExceptionGroup as faults:
        raise faults.exceptions[0] from None


def _portions(things: Sequence, most: int) -> Iterable[Sequence]:
    for start in range(0, len(things), most):
        yield things[start : start + most]


def _unit_body(unit: Unit) -> dict[str, str | None]:
    return {
        "code": unit.code,
        "level": unit.level,
        "kind": unit.kind,
        "parent_code": unit.parent_code,
        "name": unit.name,
        "valid_from": None,
        "valid_to": LAST_DAY,
    }


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
