"""What a durable of NATS delivers to this process: bounded, each event in hand once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec
import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from services.chassis.tracing import parent_of

log = structlog.get_logger("bus")

MAX_UNACKNOWLEDGED = 256
"""Events that a durable hands out before one of them is acknowledged: at 512 KiB each, 128 MiB in memory."""


class Delivery(msgspec.Struct, frozen=True):
    """One delivered event. `acknowledge` once its effect has been committed."""

    event_id: str
    kind: str
    payload: bytes
    stream_seq: int
    redelivered: bool
    acknowledge: Callable[[], Awaitable[None]]
    trace: str = ""


class NatsSubscription:
    """A push consumer whose server-side bound on unacknowledged messages is the bound of our queue.

    Whatever is not acknowledged in time is sent again; what is still in hand here is then passed over, so that a slow
    consumer does not pile up copies of what it works on. An acknowledgement of the first copy counts for all.
    """

    def __init__(self, *, durable: str, created: datetime) -> None:
        self._durable = durable
        self._created = created
        self._queue: asyncio.Queue[Msg] = asyncio.Queue()
        self._in_hand: set[int] = set()
        self._subscription: JetStreamContext.PushSubscription | None = None
        self._stream: JetStreamContext | None = None
        self._stream_name = ""

    async def on_message(self, message: Msg) -> None:
        """Queues one message, unless it is in hand already."""
        sequence = message.metadata.sequence.stream
        if sequence not in self._in_hand:
            self._in_hand.add(sequence)
            self._queue.put_nowait(message)

    def attach(
        self, stream: JetStreamContext, stream_name: str, subscription: JetStreamContext.PushSubscription
    ) -> None:
        """Remembers what to ask and what to close."""
        self._stream, self._stream_name, self._subscription = stream, stream_name, subscription

    async def take(self, most: int, *, within: float) -> list[Delivery]:
        """At least one delivery and at most `most`, or none where none came `within` seconds."""
        try:
            messages = [await asyncio.wait_for(self._queue.get(), within)]
        except TimeoutError:
            return []
        while len(messages) < most and not self._queue.empty():
            messages.append(self._queue.get_nowait())
        return [self._delivery(message) for message in messages]

    async def is_alive(self) -> bool:
        """Whether the durable that was subscribed to still exists and delivers here."""
        if self._stream is None:
            return False
        try:
            found = await self._stream.consumer_info(self._stream_name, self._durable)
        except NotFoundError:
            return False
        return bool(found.push_bound) and found.created == self._created

    async def close(self) -> None:
        """Nothing more is delivered here; the durable keeps its place."""
        if self._subscription is not None:
            try:
                await self._subscription.unsubscribe()
            except Exception as fault:
                log.debug("unsubscribe_failed", reason=str(fault))

    def _delivery(self, message: Msg) -> Delivery:
        metadata = message.metadata
        headers = message.headers or {}
        sequence = metadata.sequence.stream

        async def acknowledge() -> None:
            await message.ack()
            self._in_hand.discard(sequence)

        return Delivery(
            event_id=headers.get("Nats-Msg-Id", ""),
            kind=message.subject.rsplit(".", 1)[-1],
            payload=message.data,
            stream_seq=sequence,
            redelivered=(metadata.num_delivered or 1) > 1,
            trace=parent_of(headers),
            acknowledge=acknowledge,
        )
