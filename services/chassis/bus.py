"""The carrier of events: NATS JetStream behind a small protocol."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

log = structlog.get_logger("bus")

ACK_WAIT_SECONDS = 5
MAX_UNACKNOWLEDGED = 512
DUPLICATE_WINDOW_SECONDS = 120


class Delivery(msgspec.Struct, frozen=True):
    """One delivered event. `acknowledge` once its effect has been committed."""

    event_id: str
    kind: str
    payload: bytes
    stream_seq: int
    redelivered: bool
    acknowledge: Callable[[], Awaitable[None]]


class Subscription(Protocol):
    """A durable's deliveries, bounded by the bus."""

    async def take(self, most: int, *, within: float) -> list[Delivery]:
        """At least one delivery and at most `most`, or none where none came `within` seconds."""
        ...

    async def close(self) -> None:
        """Nothing more is delivered here; the durable keeps its place."""
        ...


class Bus(Protocol):
    """What outbox relays and consumers need of a carrier."""

    async def publish(self, origin: str, kind: str, event_id: str, payload: bytes) -> int:
        """The event lies on the stream of `origin`, durably; answers its sequence there."""
        ...

    async def subscribe(self, origin: str, durable: str, kinds: frozenset[str] | None) -> Subscription:
        """Deliveries of `origin`'s stream to `durable`, of `kinds` only unless None."""
        ...

    def on_reconnect(self, tell: Callable[[], None]) -> None:
        """`tell` is called whenever the connection has come back: durables may have to be made anew."""
        ...

    @property
    def is_connected(self) -> bool:
        """Whether the carrier can be reached at the moment."""
        ...


class NatsSubscription:
    """A push consumer whose server-side bound on unacknowledged messages is the bound of our queue."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Msg] = asyncio.Queue(maxsize=2 * MAX_UNACKNOWLEDGED)
        self._subscription: JetStreamContext.PushSubscription | None = None

    async def on_message(self, message: Msg) -> None:
        """Queues one message."""
        await self._queue.put(message)

    def attach(self, subscription: JetStreamContext.PushSubscription) -> None:
        """Remembers what to close."""
        self._subscription = subscription

    async def take(self, most: int, *, within: float) -> list[Delivery]:
        """At least one delivery and at most `most`, or none where none came `within` seconds."""
        try:
            messages = [await asyncio.wait_for(self._queue.get(), within)]
        except TimeoutError:
            return []
        while len(messages) < most and not self._queue.empty():
            messages.append(self._queue.get_nowait())
        return [_delivery(message) for message in messages]

    async def close(self) -> None:
        """Nothing more is delivered here; the durable keeps its place."""
        if self._subscription is not None:
            try:
                await self._subscription.unsubscribe()
            except Exception as fault:
                log.debug("unsubscribe_failed", reason=str(fault))


def _delivery(message: Msg) -> Delivery:
    metadata = message.metadata
    headers = message.headers or {}
    return Delivery(
        event_id=headers.get("Nats-Msg-Id", ""),
        kind=message.subject.rsplit(".", 1)[-1],
        payload=message.data,
        stream_seq=metadata.sequence.stream,
        redelivered=(metadata.num_delivered or 1) > 1,
        acknowledge=message.ack,
    )


class NatsBus:
    """One connection to NATS; streams `PREFIX_ORIGIN`, subjects `PREFIX.ORIGIN.KIND`."""

    def __init__(self, url: str, *, prefix: str, name: str, replicas: int = 1) -> None:
        self.url = url
        self.prefix = prefix
        self.name = name
        self.replicas = replicas
        self._client = Client()
        self._stream: JetStreamContext | None = None
        self._ensured: set[str] = set()
        self._connecting: asyncio.Task[None] | None = None
        self._reconnected: list[Callable[[], None]] = []

    @property
    def is_connected(self) -> bool:
        """Whether the carrier can be reached at the moment."""
        return self._client.is_connected

    async def connect(self) -> None:
        """Connected, or trying for ever in the background: a process starts without NATS too."""
        self._connecting = asyncio.create_task(self._connect(), name="bus-connect")
        await asyncio.wait({self._connecting}, timeout=2)

    async def _connect(self) -> None:

        async def on_reconnect() -> None:
            log.info("reconnected")
            self._ensured.clear()
            for tell in self._reconnected:
                tell()

        async def on_disconnect() -> None:
            log.warning("disconnected")

        async def on_error(fault: Exception) -> None:
            log.debug("client_error", reason=str(fault))

        await self._client.connect(
            self.url,
            name=self.name,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            allow_reconnect=True,
            connect_timeout=2,
            reconnected_cb=on_reconnect,
            disconnected_cb=on_disconnect,
            error_cb=on_error,
        )
        self._stream = self._client.jetstream(timeout=5)

    def on_reconnect(self, tell: Callable[[], None]) -> None:
        """`tell` is called whenever the connection has come back: durables may have to be made anew."""
        self._reconnected.append(tell)

    async def close(self) -> None:
        """Disconnected."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if not self._client.is_closed:
            await self._client.close()

    def stream_name(self, origin: str) -> str:
        """The stream of one service."""
        return f"{self.prefix}_{origin}"

    async def ensure_stream(self, origin: str) -> JetStreamContext:
        """The stream of `origin` exists."""
        if self._stream is None:
            raise ConnectionError("NATS has not been reached yet")
        if origin not in self._ensured:
            name = self.stream_name(origin)
            try:
                await self._stream.stream_info(name)
            except NotFoundError:
                await self._stream.add_stream(
                    StreamConfig(
                        name=name,
                        subjects=[f"{self.prefix}.{origin}.*"],
                        retention=RetentionPolicy.LIMITS,
                        storage=StorageType.FILE,
                        max_age=7 * 24 * 3600,
                        duplicate_window=DUPLICATE_WINDOW_SECONDS,
                        num_replicas=self.replicas,
                    )
                )
            self._ensured.add(origin)
        return self._stream

    async def last_sequence(self, origin: str) -> int:
        """The sequence of the newest event on the stream of `origin`, 0 where it is empty."""
        stream = await self.ensure_stream(origin)
        info = await stream.stream_info(self.stream_name(origin))
        return info.state.last_seq

    async def publish(self, origin: str, kind: str, event_id: str, payload: bytes) -> int:
        """The event lies on the stream of `origin`, durably; answers its sequence there."""
        stream = await self.ensure_stream(origin)
        answer = await stream.publish(
            f"{self.prefix}.{origin}.{kind}", payload, headers={"Nats-Msg-Id": event_id}, timeout=5
        )
        return answer.seq

    async def subscribe(self, origin: str, durable: str, kinds: frozenset[str] | None) -> NatsSubscription:
        """Deliveries of `origin`'s stream to `durable`, of `kinds` only unless None."""
        stream = await self.ensure_stream(origin)
        name = f"{self.prefix}_{durable}"
        deliver_to = f"_deliver.{self.prefix}.{origin}.{durable}"
        subjects = sorted(f"{self.prefix}.{origin}.{kind}" for kind in kinds) if kinds else None
        config = ConsumerConfig(
            durable_name=name,
            deliver_subject=deliver_to,
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            max_ack_pending=MAX_UNACKNOWLEDGED,
            max_deliver=-1,
            filter_subjects=subjects,
        )
        target = NatsSubscription()
        try:
            await stream.consumer_info(self.stream_name(origin), name)
        except NotFoundError:
            await stream.add_consumer(self.stream_name(origin), config)
        target.attach(
            await stream.subscribe_bind(
                stream=self.stream_name(origin),
                config=config,
                consumer=name,
                cb=target.on_message,
                manual_ack=True,
                pending_msgs_limit=4 * MAX_UNACKNOWLEDGED,
                pending_bytes_limit=512 * 1024 * 1024,
            )
        )
        return target


async def open_bus(url: str, *, prefix: str, name: str) -> NatsBus:
    """A bus that is connected, or keeps trying in the background where NATS does not answer yet."""
    bus = NatsBus(url, prefix=prefix, name=name)
    await bus.connect()
    return bus
