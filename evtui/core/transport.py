"""The ports of the transports: sockets understood, sinks and senders opened, notifications on their way and kept.

The engine asks transports by these; nobody above it needs them.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from evtui.core.values import Params, Socket

FanOut: TypeAlias = Callable[[bytes], Sequence[tuple[int, str]]]
"""Send one payload to many sinks now; returns (place, reason) for each that failed, usually nothing."""


class SinkGroup(Protocol):
    """What serves many sinks with one call."""

    def fan_out(self, sinks: Sequence["Sink"]) -> FanOut:
        """Compile sinks of this group, at least one, into one call."""
        ...


class Sink(Protocol):
    """An open destination of a direct transport: sends in place, never waits."""

    @property
    def group(self) -> SinkGroup:
        """Return its group: sinks that are neighbours in a dispatch plan and have equal groups are served together."""
        ...

    def send(self, payload: bytes) -> None:
        """Send one notification now.

        raises DeliveryError: it could not be sent; the reason is short and stable.
        """
        ...


class Notification(Struct, frozen=True):
    """One notification on its way to one destination that waits."""

    origin: str
    """The run of the engine that raised it: letters and digits."""
    serial: int
    at: float
    """Wall seconds of the raise."""
    event: str
    params: Params
    payload: bytes
    """Written by the target's codec."""

    @property
    def message_id(self) -> str:
        """Name it for its receivers: the same at every attempt and after a restart, never given twice."""
        return f"{self.origin}-{self.serial}"


Settle: TypeAlias = Callable[[int, str | None], None]
"""Tell how one notification of a batch ended, by its place: None when it was delivered, else why the peer will never
take it. A place that is settled already is left as it is."""


class Sender(Protocol):
    """The way to one destination of a transport that waits. Opens its link at the first send and after a broken one.

    Its outbox calls `send` with one batch at a time, in order, and puts a time limit around it: inside there is none.
    """

    @property
    def window(self) -> int:
        """Count the notifications it takes at once: 1 for a peer that answers one by one."""
        ...

    @property
    def confirms(self) -> bool:
        """Say whether a settled notification is acknowledged by the peer, or only sent."""
        ...

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Deliver the notifications in order; each is settled as soon as its end is known, all when it returns.

        raises DeliveryError: the link is broken; what is not settled comes again later, in order.
        """
        ...

    async def aclose(self) -> None:
        """Let go of the link. A later send opens it again."""
        ...


Overflow: TypeAlias = Literal["drop-oldest", "drop-newest", "refuse"]


class OutboxPolicy(Struct, frozen=True):
    """The bounds of an outbox and its patience."""

    max_count: int = 100_000
    max_bytes: int = 64 * 1024 * 1024
    """Bytes of payloads."""
    overflow: Overflow = "drop-oldest"
    """What happens to one too many: the oldest makes room, the new one is dropped, or it fails at once."""
    max_age: float | None = None
    """Seconds after which one that was not delivered is dropped; None keeps it."""
    retries: int | None = None
    """Attempts after the first before what was tried has failed; None tries for ever. One that delivered some of a
    batch counts against the first it did not deliver, and not against those behind."""
    backoff: float = 0.1
    """Seconds of the first pause; doubled at each failure, with jitter. When retries are used up, one more such pause
    keeps a dead peer from being hammered, and those of the next notification begin anew: it has as much time for its
    tries.
    """
    max_backoff: float = 10.0
    timeout: float | None = 10.0
    """Seconds one batch may take from connecting to the last answer; None when the sender bounds itself."""
    durable: bool = False
    """Whether what was accepted outlives the process."""


class Queued(Struct, frozen=True):
    """An opened target that waits: the engine puts an outbox before the sender."""

    sender: Sender
    policy: OutboxPolicy = OutboxPolicy()


class Handler(Struct, frozen=True):
    """An opened target inside this process that takes the notification itself, in place: a script's event_route."""

    handle: Callable[[Notification], str | None]
    """Handle it now; returns why it failed. A raise inside it is a nested one."""


class Multicast(Struct, frozen=True):
    """An opened target that is several at once; each gets every notification, whatever becomes of the others."""

    branches: tuple["Branch", ...]


class Branch(Struct, frozen=True):
    """One member of a Split, understood and opened."""

    target: "Target"
    opened: "Sink | Queued"


Opened: TypeAlias = Sink | Queued | Handler | Multicast


class Target(Struct, frozen=True):
    """A socket's text understood: what it is called, how its payload is written, and how to open it."""

    socket: Socket
    codec: str
    """How its payload is written, as `codecs.payload.encoder` takes it: `jsonrpc`, `text`, `xmlrpc?method=m` …"""
    open: Callable[[], Opened]
    """Resolve and check the destination. May block on a name server. raises BadSocketError."""
    blocks: bool = False
    """Whether `open` may block (a host name to resolve): call it in a thread."""
    text: str = ""
    """What has to be parsed to get this target again, secrets included: never shown. Empty when `str(socket)` does."""
    secret: str | None = None
    """The password it names, None when it names none: no part of what it is called, but a new one counts."""
    trusted: bool = True
    """Whether it was asked for by our own user or configuration, not over MI."""

    @property
    def source(self) -> str:
        """Return what has to be parsed to get this target again. Never shown: it may hold a password."""
        return self.text or str(self.socket)


AddressForm: TypeAlias = Literal["endpoint", "endpoints", "broker", "path", "members", "name"]
"""What follows the colon of a socket: `HOST:PORT…`, `HOST:PORT,HOST:PORT…`, `[USER[:PASSWORD]@]HOST[:PORT]/…?KEY`,
an absolute path, sockets between spaces, or a name."""


class TransportInfo(Struct, frozen=True):
    """What is known of one scheme without opening a socket: how its sockets are written, shown and served."""

    scheme: str
    grammar: str
    """`udp:HOST:PORT[?payload=text|jsonrpc]`."""
    example: str
    description: str
    options: tuple[str, ...] = ()
    """One text for each option: `payload=text`, `durable: …`."""
    form: AddressForm = "name"
    direct: bool = False
    """Whether notifications are sent during the raise; otherwise they wait in an outbox."""
    secret: bool = True
    """Whether a password may stand in its sockets. A refused socket is then shown by its scheme alone."""


def info_of(scheme: str, infos: Iterable[TransportInfo]) -> TransportInfo:
    """Find what is known of a scheme. Of one that is not among them the least is assumed: queued, with a password."""
    return next((info for info in infos if info.scheme == scheme), None) or TransportInfo(scheme, "", "", "")


class Transport(Protocol):
    """One transport: the sockets it understands and how many sinks are served at once."""

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe each scheme it answers to."""
        ...

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        """Understand the text after the scheme's colon; `trusted` is false for sockets that come over MI.

        raises BadSocketError: which part is wrong and what would be right.
        """
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class SavedSubscription(Struct, frozen=True, omit_defaults=True):
    """A subscription as it is kept over a restart: what has to be asked for to have it again."""

    event: str
    """The event, or the wildcard of one that stands."""
    source: str
    """As `Target.source`: it may hold a password."""
    expire: int | None = None
    """The seconds it was asked for; None when permanent."""
    left: float | None = None
    """Seconds it has left; None when permanent."""
    pattern: str | None = None
    """The wildcard that made it."""
    standing: bool = False
    """Whether it is the wildcard itself, that waits for new events."""
    trusted: bool = True
    """As `Target.trusted`."""


class Spool(Protocol):
    """Where notifications wait that outlive the process. Every method may raise SpoolError."""

    def add(self, socket: Socket, source: str, notification: Notification) -> int:
        """Keep a notification for a destination; returns its key, larger than all before. `source` as
        `Target.source`.
        """
        ...

    def remove(self, keys: Sequence[int]) -> None:
        """Forget notifications that came to their end: not loaded again in this run, though it may be written later.

        Every later removal, of none too, writes what could not be; the failure is told once until it was.
        """
        ...

    def load(self, socket: Socket) -> Sequence[tuple[int, Notification]]:
        """Return what waits for a destination with its keys, oldest first."""
        ...

    def destinations(self) -> Sequence[tuple[Socket, str]]:
        """List the destinations that something waits for, each with its source."""
        ...

    def last_serial(self) -> int:
        """Return the highest serial there ever was in it, 0 when there was none: later ones go on from there."""
        ...
