"""Sends what is due while the process runs. Any number of replicas may: each takes other rows."""

import asyncio
import contextlib
import random
from datetime import timedelta

import structlog

from services.chassis.app import Chassis
from services.chassis.database import UnitOfWork
from services.reporting.webhooks import queries
from services.reporting.webhooks.queries import Due
from services.reporting.webhooks.rules import MAX_ATTEMPTS, pause_after
from services.reporting.webhooks.sending import ATTEMPT_SECONDS, Outcome, Sender

log = structlog.get_logger("webhooks")

LOOK_SECONDS = 2.0
AT_ONCE = 20
HOLD = timedelta(seconds=6 * ATTEMPT_SECONDS)
"""After which a delivery whose sender died is due again."""
KEEPS = timedelta(days=30)
_FORGET_SECONDS = 3600.0
_GONE = 410


class Delivering:
    """Background work of reporting."""

    def __init__(self, chassis: Chassis, *, private_allowed: bool) -> None:
        self._database = chassis.database
        self._clock = chassis.clock
        self._private_allowed = private_allowed
        self._wake = asyncio.Event()
        chassis.database.after_commit.append(self._on_commit)

    def _on_commit(self, work: UnitOfWork) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Sends until cancelled: at once after a commit of this process, else by looking every few seconds."""
        now = asyncio.get_running_loop().time
        forget_at = now() + _FORGET_SECONDS
        async with Sender(private_allowed=self._private_allowed) as sender:
            while True:
                self._wake.clear()
                try:
                    while await self.send_some(sender) == AT_ONCE:
                        pass
                    if now() >= forget_at:
                        forget_at = now() + _FORGET_SECONDS
                        await self._forget()
                except Exception as fault:
                    log.warning("deliveries_wait", reason=f"{type(fault).__name__}: {fault}")
                    await asyncio.sleep(LOOK_SECONDS)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)

    async def send_some(self, sender: Sender) -> int:
        """How many were due and have been attempted, `AT_ONCE` at most."""
        async with self._database.unit_of_work(actor="webhooks") as work:
            due = await queries.take_due(work.connection, work.moment, hold=HOLD, limit=AT_ONCE)
        await asyncio.gather(*(self._attempt(sender, one) for one in due))
        return len(due)

    async def _attempt(self, sender: Sender, due: Due) -> None:
        outcome = await sender.send(due, timestamp=int(self._clock.now().timestamp()))
        again = None
        if outcome.fault is None:
            state = "delivered"
        elif due.attempts >= MAX_ATTEMPTS or outcome.status == _GONE:
            state = "dead"
        else:
            state, again = "pending", pause_after(due.attempts, share=random.random())  # noqa: S311  # spreads load
        async with self._database.unit_of_work(actor="webhooks") as work:
            await queries.settle(
                work.connection,
                due,
                state=state,
                status=outcome.status,
                fault=outcome.fault,
                again_at=None if again is None else work.moment + again,
                now=work.moment,
            )
        _tell(due, outcome, state)

    async def _forget(self) -> None:
        async with self._database.unit_of_work(actor="webhooks") as work:
            await queries.forget_settled(work.connection, work.moment - KEEPS)


def _tell(due: Due, outcome: Outcome, state: str) -> None:
    if state != "delivered":
        log.warning("delivery_fails", delivery=str(due.id), attempts=due.attempts, state=state, reason=outcome.fault)
