"""The carrier of events: NATS JetStream behind a small protocol."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec
import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RetentionPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import BadRequestError, NoStreamResponseError, NotFoundError

from services.chassis.deliveries import MAX_UNACKNOWLEDGED, Delivery, NatsSubscription
from services.chassis.tracing import PARENT

log = structlog.get_logger("bus")

ACK_WAIT_SECONDS = 5
DUPLICATE_WINDOW_SECONDS = 120
PUBLISH_SECONDS = 5
PING_SECONDS = 5
RECONNECT_SECONDS = 1
KEEPS_SECONDS = 7 * 24 * 3600


QUESTION_FAULTS = (OSError, TimeoutError, nats.errors.Error)
"""What asking the bus may end with: it is not connected, does not answer, or has no such stream or durable."""


class StreamMissing(Exception):
    """The service that owns the stream has not made it yet, or not again; only that one knows where it goes on."""


class Held(msgspec.Struct, frozen=True):
    """The sequences that a stream holds, from `first` to `last`; none where `last` is below `first`."""

    first: int
    last: int


class Subscription(Protocol):
    """A durable's deliveries, bounded by the bus."""

    async def take(self, most: int, *, within: float) -> list[Delivery]:
        """At least one delivery and at most `most`, or none where none came `within` seconds."""
        ...

    async def is_alive(self) -> bool:
        """Whether deliveries still come here: the durable exists, and this is where it delivers."""
        ...

    async def close(self) -> None:
        """Nothing more is delivered here; the durable keeps its place."""
        ...


class Bus(Protocol):
    """What outbox relays and consumers need of a carrier."""

    async def publish(self, origin: str, kind: str, event_id: str, payload: bytes, *, trace: str | None = None) -> int:
        """The event lies on the stream of `origin`, durably; answers its sequence there."""
        ...

    async def held(self, origin: str, *, above: int) -> Held:
        """What the stream of `origin` holds; one that is missing is made, and numbers its events from above `above`."""
        ...

    async def acknowledged(self, origin: str) -> int | None:
        """The sequence up to which every durable has acknowledged all that it wants; None where there is no durable."""
        ...

    async def subscribe(self, origin: str, durable: str, kinds: frozenset[str] | None) -> Subscription:
        """Deliveries of `origin`'s stream to `durable`, of `kinds` only unless None. Raises: StreamMissing."""
        ...

    async def announce(self, topic: str, payload: bytes) -> None:
        """Whoever listens to the topic at this moment is told; nothing is kept."""
        ...

    def listen(self, topic: str, hear: Callable[[bytes], None]) -> None:
        """`hear` is called with whatever is announced from here on, while the carrier can be reached."""
        ...

    def on_connection(self, tell: Callable[[], None]) -> None:
        """`tell` is called whenever the carrier can be reached again: streams and durables may be gone."""
        ...

    @property
    def is_connected(self) -> bool:
        """Whether the carrier can be reached at the moment."""
        ...


class NatsBus:
    """One connection to NATS; streams `PREFIX_ORIGIN`, subjects `PREFIX.ORIGIN.KIND`."""

    def __init__(self, url: str, *, prefix: str, name: str, replicas: int = 1) -> None:
        self.url = url
        self.prefix = prefix
        self.name = name
        self.replicas = replicas
        self._client = Client()
        self._stream: JetStreamContext | None = None
        self._existing: set[str] = set()
        self._highest: dict[str, int] = {}
        self._under_way: set[asyncio.Timeout] = set()
        self._connecting: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._tell_connected: list[Callable[[], None]] = []
        self._listeners: list[tuple[str, Callable[[bytes], None]]] = []

    @property
    def is_connected(self) -> bool:
        """Whether the carrier can be reached at the moment."""
        return self._client.is_connected

    async def connect(self) -> None:
        """Connected, or trying for ever in the background: a process starts without NATS too."""
        self._connecting = asyncio.create_task(self._keep_connected(), name="bus-connect")
        await asyncio.wait({asyncio.create_task(self._connected.wait())}, timeout=2)

    async def _keep_connected(self) -> None:
        """The client reconnects by itself, but gives up on some errors of the server's; then a new one takes over."""
        while True:
            closed = asyncio.Event()
            self._client = client = Client()
            try:
                await self._connect(client, closed)
                self._stream = client.jetstream(timeout=PUBLISH_SECONDS)
                for topic, hear in self._listeners:
                    await self._listen(client, topic, hear)
                self._on_connection()
                await closed.wait()
                log.warning("connection_closed")
            except Exception as fault:
                log.warning("cannot_connect", reason=f"{type(fault).__name__}: {fault}")
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _connect(self, client: Client, closed: asyncio.Event) -> None:

        async def on_reconnect() -> None:
            log.info("reconnected")
            self._on_connection()

        async def on_disconnect() -> None:
            log.warning("disconnected")
            # Nobody answers what was asked on the old connection: its askers need not wait any longer.
            for patience in self._under_way:
                if not patience.expired():
                    patience.reschedule(asyncio.get_running_loop().time())

        async def on_closed() -> None:
            closed.set()

        async def on_error(fault: Exception) -> None:
            log.debug("client_error", reason=str(fault))

        await client.connect(
            self.url,
            name=self.name,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_SECONDS,
            allow_reconnect=True,
            connect_timeout=2,
            # Nothing is kept for the next connection: the relay first compares that one's stream with the outbox.
            pending_size=-1,
            ping_interval=PING_SECONDS,
            max_outstanding_pings=2,
            reconnected_cb=on_reconnect,
            disconnected_cb=on_disconnect,
            closed_cb=on_closed,
            error_cb=on_error,
        )

    def _on_connection(self) -> None:
        self._existing.clear()
        self._connected.set()
        for tell in self._tell_connected:
            tell()

    def on_connection(self, tell: Callable[[], None]) -> None:
        """`tell` is called whenever the carrier can be reached again: streams and durables may be gone."""
        self._tell_connected.append(tell)

    async def announce(self, topic: str, payload: bytes) -> None:
        """Whoever listens to the topic at this moment is told; nothing is kept. Raises: one of QUESTION_FAULTS."""
        if not self._client.is_connected:
            raise ConnectionError("NATS does not answer")
        await self._client.publish(f"{self.prefix}.{topic}", payload)

    def listen(self, topic: str, hear: Callable[[bytes], None]) -> None:
        """`hear` is called with whatever is announced, from the next connection on: call it before `connect`."""
        self._listeners.append((topic, hear))

    async def _listen(self, client: Client, topic: str, hear: Callable[[bytes], None]) -> None:
        async def on_message(message: Msg) -> None:
            hear(message.data)

        await client.subscribe(f"{self.prefix}.{topic}", cb=on_message)

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

    def _jetstream(self) -> JetStreamContext:
        if self._stream is None or not self._client.is_connected:
            raise ConnectionError("NATS does not answer")
        return self._stream

    async def _info(self, origin: str) -> StreamInfo:
        """The stream of `origin`, made where it is missing: above every sequence that this process knows of."""
        stream, name = self._jetstream(), self.stream_name(origin)
        try:
            return await stream.stream_info(name)
        except NotFoundError:
            first = self._highest.get(origin, 0) + 1
        config = StreamConfig(
            name=name,
            subjects=[f"{self.prefix}.{origin}.*"],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            max_age=KEEPS_SECONDS,
            duplicate_window=DUPLICATE_WINDOW_SECONDS,
            num_replicas=self.replicas,
            first_seq=first,
        )
        try:
            await stream.add_stream(config)
        except BadRequestError as fault:
            log.info("stream_made_elsewhere", stream=name, reason=str(fault))
        else:
            log.info("stream_made", stream=name, first_seq=first)
        return await stream.stream_info(name)

    async def held(self, origin: str, *, above: int) -> Held:
        """What the stream of `origin` holds; one that is missing is made, and numbers its events from above `above`."""
        self._highest[origin] = max(above, self._highest.get(origin, 0))
        info = await self._info(origin)
        self._existing.add(origin)
        return Held(info.state.first_seq, info.state.last_seq)

    async def acknowledged(self, origin: str) -> int | None:
        """The sequence up to which every durable has acknowledged all that it wants; None where there is no durable."""
        stream, name = self._jetstream(), self.stream_name(origin)
        last = (await stream.stream_info(name)).state.last_seq
        floors = []
        for durable in await stream.consumers_info(name):
            # The floor of a durable that wants some kinds only stands at the last of those.
            idle = not durable.num_pending and not durable.num_ack_pending
            floors.append(last if idle else durable.ack_floor.stream_seq if durable.ack_floor else 0)
        return min(floors, default=None)

    async def pending(self, origin: str, durable: str) -> int:
        """Events of `origin` that `durable` has not acknowledged. Raises: one of QUESTION_FAULTS."""
        info = await self._jetstream().consumer_info(self.stream_name(origin), f"{self.prefix}_{durable}")
        return (info.num_pending or 0) + (info.num_ack_pending or 0)

    async def furthest_behind(self, origin: str) -> int:
        """How many events of `origin` the slowest durable has not acknowledged. Raises: one of QUESTION_FAULTS."""
        durables = await self._jetstream().consumers_info(self.stream_name(origin))
        return max(((one.num_pending or 0) + (one.num_ack_pending or 0) for one in durables), default=0)

    async def publish(self, origin: str, kind: str, event_id: str, payload: bytes, *, trace: str | None = None) -> int:
        """The event lies on the stream of `origin`, durably; answers its sequence there."""
        if origin not in self._existing:
            await self._info(origin)
            self._existing.add(origin)
        stream = self._jetstream()
        subject, headers = f"{self.prefix}.{origin}.{kind}", {"Nats-Msg-Id": event_id}
        if trace is not None:
            headers[PARENT] = trace
        async with asyncio.timeout(PUBLISH_SECONDS) as patience:
            self._under_way.add(patience)
            try:
                answer = await stream.publish(subject, payload, headers=headers, timeout=2 * PUBLISH_SECONDS)
            except NoStreamResponseError:
                self._existing.discard(origin)
                raise
            finally:
                self._under_way.discard(patience)
        self._highest[origin] = max(answer.seq, self._highest.get(origin, 0))
        return answer.seq

    async def subscribe(self, origin: str, durable: str, kinds: frozenset[str] | None) -> NatsSubscription:
        """Deliveries of `origin`'s stream to `durable`, of `kinds` only unless None. Raises: StreamMissing."""
        stream, stream_name = self._jetstream(), self.stream_name(origin)
        name = f"{self.prefix}_{durable}"
        config = ConsumerConfig(
            durable_name=name,
            deliver_subject=f"_deliver.{self.prefix}.{origin}.{durable}",
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            max_ack_pending=MAX_UNACKNOWLEDGED,
            max_deliver=-1,
            filter_subjects=sorted(f"{self.prefix}.{origin}.{kind}" for kind in kinds) if kinds else None,
        )
        try:
            made = await stream.add_consumer(stream_name, config)  # or brought up to date
        except NotFoundError as fault:
            raise StreamMissing(stream_name) from fault
        target = NatsSubscription(durable=name, created=made.created)
        target.attach(
            stream,
            stream_name,
            await stream.subscribe_bind(
                stream=stream_name,
                config=config,
                consumer=name,
                cb=target.on_message,
                manual_ack=True,
                pending_msgs_limit=4 * MAX_UNACKNOWLEDGED,
                pending_bytes_limit=512 * 1024 * 1024,
            ),
        )
        return target


async def open_bus(url: str, *, prefix: str, name: str) -> NatsBus:
    """A bus that is connected, or keeps trying in the background where NATS does not answer yet."""
    bus = NatsBus(url, prefix=prefix, name=name)
    await bus.connect()
    return bus
