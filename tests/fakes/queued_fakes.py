"""Fakes of queued transports: a sender that keeps what it is given and can be held, broken and mended."""

from collections.abc import Callable, Sequence
from functools import partial

import anyio

from evtui.core.errors import BadSocketError, DeliveryError
from evtui.core.transport import (
    Branch,
    Handler,
    Multicast,
    Notification,
    OutboxPolicy,
    Queued,
    Settle,
    Target,
    TransportInfo,
)
from evtui.core.values import Socket
from tests.fakes.engine_fakes import FakeTransport


class FakeSender:
    """The sender of one destination."""

    def __init__(self, *, window: int = 4, confirms: bool = True) -> None:
        self.window = window
        self.confirms = confirms
        self.got: list[Notification] = []
        """The notifications that were delivered, in order."""
        self.batches: list[int] = []
        self.refuses: dict[bytes, str] = {}
        """Payloads the peer will never take."""
        self.breaks_after: int | None = None
        """How many more notifications are delivered before the link breaks."""
        self.held: anyio.Event | None = None
        """When there is an event here, no notification is delivered until it is set."""
        self.bug: Exception | None = None
        self.together = 1
        """How many that were delivered one after the other it settles with one call."""
        self.closed = 0

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Deliver, as the test wants it."""
        self.batches.append(len(batch))
        await anyio.lowlevel.checkpoint()
        if self.bug is not None:
            raise self.bug
        first = 0
        for place, notification in enumerate(batch):
            if self.held is not None:
                await self.held.wait()
            if self.breaks_after is not None:
                if self.breaks_after == 0:
                    settle.all_delivered(first, place)
                    raise DeliveryError("ECONNRESET: the peer is gone")
                self.breaks_after -= 1
            if (why := self.refuses.get(notification.payload)) is not None:
                settle.all_delivered(first, place)
                settle(place, why)
                first = place + 1
                continue
            self.got.append(notification)
            if self.together == 1:
                settle(place, None)
                first = place + 1
            elif place + 1 - first == self.together:
                settle.all_delivered(first, place + 1)
                first = place + 1
        settle.all_delivered(first, len(batch))

    async def aclose(self) -> None:
        """Note that it was closed."""
        self.closed += 1

    @property
    def payloads(self) -> list[bytes]:
        """List the payloads delivered."""
        return [notification.payload for notification in self.got]

    @property
    def serials(self) -> list[int]:
        """List the serials delivered."""
        return [notification.serial for notification in self.got]


class FakeQueuedTransport:
    """A transport for `wait:NAME[@PASSWORD][?payload=text]` and `multicast:NAME NAME …` (`fake:` is direct)."""

    def __init__(self, policy: OutboxPolicy | None = None) -> None:
        self.policy = policy or OutboxPolicy(backoff=0.001, max_backoff=0.002)
        self.senders: dict[str, FakeSender] = {}
        self.passwords: list[str | None] = []
        self.direct = FakeTransport()
        self.prepare: Callable[[FakeSender], None] = lambda _sender: None
        self.closed = False

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe the schemes."""
        return (
            TransportInfo("wait", "wait:NAME", "wait:a", "keeps what it is sent, later"),
            TransportInfo("multicast", "multicast:NAME NAME", "multicast:a fake:b", "several at once"),
        )

    def sender(self, name: str) -> FakeSender:
        """Return the sender of a destination, made when it is first asked for."""
        if name not in self.senders:
            self.senders[name] = FakeSender()
            self.prepare(self.senders[name])
        return self.senders[name]

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        """Understand anything but `bad`."""
        if address == "bad":
            raise BadSocketError(f"{scheme}:{address}", "address", "it is bad")
        if scheme == "multicast":
            return Target(Socket(scheme, address), "jsonrpc", partial(self._split, address.split()))
        bare, _, payload = address.partition("?payload=")
        name, at, password = bare.partition("@")
        secret = password if at else None
        return Target(
            Socket(scheme, name), payload or "jsonrpc", partial(self._open, name, secret),
            text=f"{scheme}:{address}", secret=secret,
        )  # fmt: skip

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True

    def _open(self, name: str, password: str | None) -> Queued:
        self.passwords.append(password)
        return Queued(self.sender(name), self.policy)

    def _split(self, members: Sequence[str]) -> Multicast:
        parts: list[Branch] = []
        for member in members:
            scheme, _, address = member.partition(":")
            if scheme == "fake":
                target = self.direct.parse(scheme, address, trusted=True)
                sink = target.open()
                assert not isinstance(sink, Queued | Handler | Multicast)
                parts.append(Branch(target, sink))
            else:
                target = self.parse("wait", member, trusted=True)
                parts.append(Branch(target, self._open(target.socket.address, target.secret)))
        return Multicast(tuple(parts))
