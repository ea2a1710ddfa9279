"""Writers that repeat a batch, with its Idempotency-Key, until they get a definite answer, and remember it."""

import asyncio
import itertools
import random
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

import httpx2

from tests.faults.campaign import ADDED, CHOSEN, CODE, COMMUNES, FIRST_DAY, SOURCES, campaign_named
from tests.faults.installation import Installation

ALL_COMMUNES = tuple(commune for communes in COMMUNES.values() for commune in communes)
BETWEEN_TRIES_SECONDS = 0.1
BETWEEN_WRITES_SECONDS = 0.05
IMPATIENT = 0.2

Outcome = Literal["acknowledged", "refused", "unknown"]


@dataclass
class Sent:
    """One write: what it was named, how often it was sent, what became of it."""

    name: str
    rows: int
    outcome: Outcome = "unknown"
    tries: int = 0
    answer: dict[str, Any] = field(default_factory=dict)


class Load:
    """Three writers of reports, one of campaigns and one reader of the graph; they stand still while judged."""

    def __init__(self, installation: Installation, seed: int) -> None:
        self.installation = installation
        self.random = random.Random(seed)
        self.batches: list[Sent] = []
        self.campaigns: list[Sent] = []
        self.faults: Counter[str] = Counter()
        self.without_retry_after = 0
        self.read: Counter[str] = Counter()
        self._serial = itertools.count(1)
        self._go = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._working = 0
        self._idle = asyncio.Event()

    async def __aenter__(self) -> "Load":
        self._client = httpx2.AsyncClient(timeout=5)
        # Every key has one writer, who waits for the answer: so it is known which row is the last of its key.
        writers = [
            self._reports(SOURCES[0], ADDED, ALL_COMMUNES),
            self._reports(SOURCES[1], ADDED, ALL_COMMUNES),
            self._reports(SOURCES[0], CHOSEN, ALL_COMMUNES[::2]),
            self._reports(SOURCES[1], CHOSEN, ALL_COMMUNES),
            self._campaigns(),
            self._reader(),
        ]
        self._working = len(writers)
        self._tasks = [asyncio.create_task(writer) for writer in writers]
        self._go.set()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    @asynccontextmanager
    async def standing_still(self) -> Any:
        """Nothing is under way inside the block: every batch has its definite answer, but for the impatient ones'."""
        self._go.clear()
        async with asyncio.timeout(60):
            await self._idle.wait()
        for task in self._tasks:
            if task.done():
                task.result()
        yield
        self._idle.clear()
        self._go.set()

    async def _turn(self) -> None:
        """Returns when it is this writer's turn to write once more."""
        if not self._go.is_set():
            self._working -= 1
            if not self._working:
                self._idle.set()
            await self._go.wait()
            self._working += 1
        await asyncio.sleep(BETWEEN_WRITES_SECONDS)

    async def _reports(self, source: str, indicator: str, communes: tuple[str, ...]) -> None:
        token = self.installation.token("progress:write", source=source)
        url = f"{self.installation.urls['progress']}/v1/campaigns/{CODE}/reports"
        for serial in self._serial:
            await self._turn()
            keys = self.random.sample([(commune, day) for commune in communes for day in _days()], k=30)
            rows = [{"unit": unit, "indicator": indicator, "day": day, "value": serial} for unit, day in keys]
            sent = Sent(str(serial), len(rows))
            self.batches.append(sent)
            await self._send(sent, url, token, {"source": source, "rows": rows})

    async def _campaigns(self) -> None:
        token = self.installation.token("quota:write")
        url = f"{self.installation.urls['quota']}/v1/campaigns"
        for number in itertools.count(1):
            await self._turn()
            await asyncio.sleep(10 * BETWEEN_WRITES_SECONDS)
            sent = Sent(f"extra-{number}", 1)
            self.campaigns.append(sent)
            await self._send(sent, url, token, campaign_named(sent.name))

    async def _send(self, sent: Sent, url: str, token: str, body: dict[str, Any]) -> None:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
        impatient = self.random.random() < IMPATIENT
        while True:
            sent.tries += 1
            try:
                answer = await self._client.post(url, json=body, headers=headers)
            except httpx2.HTTPError as fault:
                self.faults[type(fault).__name__] += 1
            else:
                code = "" if answer.is_success else answer.json()["code"]
                if answer.is_success or (answer.status_code < 500 and code != "idempotency_key_in_use"):
                    sent.outcome = "acknowledged" if answer.is_success else "refused"
                    sent.answer = answer.json()
                    return
                self.faults[f"{answer.status_code} {code}"] += 1
                self.without_retry_after += "retry-after" not in answer.headers
            if impatient:
                return
            await asyncio.sleep(BETWEEN_TRIES_SECONDS)

    async def _reader(self) -> None:
        headers = {"Authorization": f"Bearer {self.installation.token('reporting:read')}"}
        question = {"query": f'{{ campaign(code: "{CODE}") {{ totals {{ achieved }} }} }}'}
        while True:
            await self._turn()
            await asyncio.sleep(4 * BETWEEN_WRITES_SECONDS)
            try:
                url = f"{self.installation.urls['gateway']}/graphql"
                answer = await self._client.post(url, json=question, headers=headers)
            except httpx2.HTTPError as fault:
                self.read[type(fault).__name__] += 1
            else:
                failed = "errors" in answer.json() or not answer.is_success
                self.read[f"{answer.status_code}{' with errors' if failed else ''}"] += 1


def _days() -> Iterator[str]:
    first = date.fromisoformat(FIRST_DAY)
    return ((first + timedelta(days=day)).isoformat() for day in range(0, 91, 3))
