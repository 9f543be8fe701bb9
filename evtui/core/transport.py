"""The port of the transports: what they say of their schemes, how they read and open sockets, and what is opened.

A transport implements `Transport`. Its `parse` returns a `Target`, and `Target.open` returns one of four: a `Sink`
(direct: sent during the raise), `Queued` (a `Sender` behind an outbox), a `Handler` (in this process) or a `Multicast`
(several of these). The engine uses nothing else of a transport. The `Spool` keeps durable notifications.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal, Protocol, TypeAlias, runtime_checkable

from msgspec import Struct, field

from evtui.core.errors import BadSocketError
from evtui.core.values import Params, Socket

FanOut: TypeAlias = Callable[[bytes], Sequence[tuple[int, str]]]
"""Send one payload to many sinks now; returns (place, reason) for each that failed, usually nothing."""

WaitForRoom: TypeAlias = Callable[[Callable[[], bool]], bool]
"""Call what returns, in milliseconds at most, whether a receiver has room; without a call False: no time is left."""
ManyFanOut: TypeAlias = Callable[[Sequence[bytes], WaitForRoom], Mapping[int, Sequence[tuple[int, str]]]]
"""As `FanOut` for several payloads, in order; a patient sink gets none behind one without room. Failures by payload."""


class SinkGroup(Protocol):
    """Serves many sinks with one call."""

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
        """Send one notification now. raises DeliveryError: it could not be sent; the reason is short and stable."""
        ...


class Notification(Struct, frozen=True, gc=False):
    """One notification for one destination of a queued transport."""

    origin: str
    """Names the run of the engine that raised it: letters and digits."""
    serial: int
    at: float
    """Wall seconds of the raise."""
    event: str
    params: Params
    payload: bytes
    """The parameters, written by the codec of the target."""
    is_test: bool = False
    """Whether it is a test notification. The spool does not keep that."""

    @property
    def message_id(self) -> str:
        """Return its name for receivers: the same at every attempt and after a restart, and never used twice."""
        return f"{self.origin}-{self.serial}"


class Settle(Protocol):
    """Takes the ends of the notifications of a batch, by their places. Settling a place again has no effect."""

    def __call__(self, place: int, reason: str | None, /) -> None:
        """Settle one: None when it was delivered, else why the peer will never take it."""
        ...

    def all_delivered(self, first: int, behind: int, /) -> None:
        """Settle those from `first` up to `behind` as delivered, in a third of the time of as many calls."""
        ...


class Sender(Protocol):
    """Delivers to one destination of a queued transport. It connects at the first send, and again after a failure.

    Its outbox calls `send` with one batch at a time, in order, and puts a time limit around it: inside there is none.
    """

    @property
    def window(self) -> int:
        """Return the largest batch it takes: 1 for a peer that answers one by one."""
        ...

    @property
    def confirms(self) -> bool:
        """Say whether the peer acknowledges what it takes; otherwise a delivered notification is only sent."""
        ...

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Deliver the notifications in order. Each is settled as soon as its end is known, all before it returns.

        raises DeliveryError: the connection is broken; what is not settled is given again later, in order.
        """
        ...

    async def aclose(self) -> None:
        """Close the connection. A later send opens it again."""
        ...


Overflow: TypeAlias = Literal["drop-oldest", "drop-newest", "refuse"]


class OutboxPolicy(Struct, frozen=True):
    """The bounds of an outbox, and how long it tries."""

    max_count: int = 100_000
    max_bytes: int = 64 * 1024 * 1024
    """Bytes of payloads."""
    overflow: Overflow = "drop-oldest"
    """What happens when it is full: the oldest is dropped, the new one is dropped, or the new one fails at once."""
    max_age: float | None = None
    """Seconds after which a notification that was not delivered is dropped; None keeps it."""
    retries: int | None = None
    """Attempts after the first before a notification has failed; None tries for ever. A failed attempt counts for the
    first notification of the batch that it did not deliver, not for those behind."""
    backoff: float = 0.1
    """Seconds of the first pause; doubled at each failure, with jitter. After the last attempt for a notification there
    is one more such pause, to spare a dead peer. The pauses of the next notification start from the first again."""
    max_backoff: float = 10.0
    timeout: float | None = 10.0
    """Seconds one batch may take from connecting to the last answer; None when the sender has its own time limits."""
    durable: bool = False
    """Whether accepted notifications are kept in the spool and outlive the process."""


class Queued(Struct, frozen=True):
    """An opened target of a queued transport: the engine puts an outbox before the sender."""

    sender: Sender
    policy: OutboxPolicy = OutboxPolicy()


class FlushingSender(Sender, Protocol):
    """A sender that can go on with the batch under way inside of a raise."""

    def flush(self) -> None:
        """Send some of the batch under way, as far as its receiver has room. Never waits."""
        ...


@runtime_checkable
class PatientSink(Sink, Protocol):
    """A sink whose notifications wait in a queue while its receiver has no room, instead of being lost."""

    def queue(self) -> tuple[FlushingSender, OutboxPolicy]:
        """Return what takes over when a delivery failed with a reason that begins with `BUSY`."""
        ...


BUSY: Final = "EAGAIN:"
"""How the reason of a delivery begins that failed because the receiver has no room now."""


class Handler(Struct, frozen=True):
    """An opened target in this process that handles the notification during the raise: an event route of a script."""

    handle: Callable[[Notification], str | None]
    """Handle it now; returns why it failed, or None. A raise inside it is a nested one."""


class Multicast(Struct, frozen=True):
    """An opened target that is several destinations. Each gets every notification, also when others fail."""

    branches: tuple["Branch", ...]


class Branch(Struct, frozen=True):
    """One destination of a multicast, opened."""

    target: "Target"
    opened: "Sink | Queued"


Opened: TypeAlias = Sink | Queued | Handler | Multicast


class Target(Struct, frozen=True, gc=False):
    """A socket's text understood: its name, the codec of its payload, and how to open it."""

    socket: Socket
    codec: str
    """The codec of its payload, as `codecs.payload.encoder` takes it: `jsonrpc`, `text`, `xmlrpc?method=m` …"""
    open: Callable[[], Opened]
    """Resolve and check the destination. May block on a name server. raises BadSocketError."""
    blocks: bool = False
    """Whether `open` may block (a host name to resolve): call it in a thread."""
    text: str = ""
    """The text to parse to get this target again, with its password: never shown. Empty when `str(socket)` will do."""
    secret: str | None = None
    """The password in it, None without one. It is not part of the socket, but a new one replaces the old one."""
    trusted: bool = True
    """Whether it comes from the user or the configuration of this process, not over MI."""
    peers: tuple[tuple[str, int], ...] = ()
    """Host and port of each peer that takes TCP connections; empty when it is not reached over TCP."""

    @property
    def source(self) -> str:
        """Return the text to parse to get this target again. Never shown: it may hold a password."""
        return self.text or str(self.socket)


AddressForm: TypeAlias = Literal["endpoint", "endpoints", "broker", "path", "members", "name"]
"""What follows the colon of a socket: `HOST:PORT…`, `HOST:PORT,HOST:PORT…`, `[USER[:PASSWORD]@]HOST[:PORT]/…?KEY`,
an absolute path, sockets between spaces, or a name."""


class MemberSockets(Protocol):
    """A socket that is made of other sockets, split."""

    @property
    def members(self) -> tuple[str, ...]:
        """Return the texts of the members; they may hold passwords."""
        ...

    def bad_member(self, number: int, why: str) -> BadSocketError:
        """Make the error of one member, numbered from 1; `why` must hold no password."""
        ...


OpensipsExpiry: TypeAlias = Literal["expires", "permanent", "added each time"]
"""What OpenSIPS does with subscriptions: they expire, stay until it stops, or each request adds one that stays."""


class TransportInfo(Struct, frozen=True):
    """Describes one scheme: how its sockets are written, shown and served."""

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
    split_members: Callable[[str], MemberSockets] | None = None
    """Split what follows the colon of a socket that is made of others, or raise BadSocketError; None: it is not."""
    opensips_module: str = ""
    """The module of OpenSIPS that serves the scheme; empty when it is `event_` and the scheme."""
    opensips_expiry: OpensipsExpiry = "expires"


def info_of(scheme: str, infos: Iterable[TransportInfo]) -> TransportInfo:
    """Find the description of a scheme; an unknown one counts as queued, with a password in its sockets."""
    return next((info for info in infos if info.scheme == scheme), None) or TransportInfo(scheme, "", "", "")


class Transport(Protocol):
    """One transport: it parses the sockets of its schemes."""

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe each of its schemes."""
        ...

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        """Parse the text after the colon of the scheme; `trusted` is false for sockets that come over MI.

        raises BadSocketError: which part is wrong and what would be right.
        """
        ...

    def close(self) -> None:
        """Close everything that it holds."""
        ...


class SavedSubscription(Struct, frozen=True, gc=False, omit_defaults=True):
    """A subscription as the state file keeps it: all that is needed to make it again."""

    event: str
    """The event, or the pattern of a wildcard subscription."""
    source: str
    """As `Target.source`: it may hold a password."""
    expire: int | None = None
    """The seconds of its last subscribe or refresh; None when permanent."""
    left: float | None = None
    """Seconds until it expires; None when permanent."""
    pattern: str | None = None
    """The pattern of the wildcard subscription that made it."""
    is_wildcard: bool = field(default=False, name="standing")
    """Whether it is the wildcard subscription itself, which also subscribes to later events."""
    trusted: bool = True
    """As `Target.trusted`."""


class SubscriptionChange(Struct, frozen=True, gc=False):
    """What became of one subscription: event, source and `is_wildcard` name it, as in `SavedSubscription`."""

    event: str
    source: str
    is_wildcard: bool
    saved: SavedSubscription | None
    """How it is now; None when it has ended."""


class Spool(Protocol):
    """Keeps durable notifications over a restart. Every method may raise SpoolError."""

    @property
    def set_aside(self) -> int:
        """Count the notifications that were found damaged and are kept apart."""
        ...

    def claim(self) -> None:
        """Take it for this process; raises SpoolError: another one uses it, or it cannot be used."""
        ...

    def add(self, socket: Socket, source: str, notification: Notification) -> int:
        """Keep a notification for a destination; returns its key, larger than all before. `source`: `Target.source`."""
        ...

    def remove(self, keys: Sequence[int]) -> None:
        """Remove settled notifications: `load` does not return them again in this run.

        If the write fails, every later call, also without keys, tries it again. The error is raised once until then.
        """
        ...

    def load(self, socket: Socket) -> Sequence[tuple[int, Notification]]:
        """Return the notifications kept for a destination with their keys, oldest first."""
        ...

    def destinations(self) -> Sequence[tuple[Socket, str]]:
        """List the destinations with notifications, each with its source."""
        ...

    def last_serial(self) -> int:
        """Return the highest serial that was ever in it, 0 without any. Later serials go on from there."""
        ...
