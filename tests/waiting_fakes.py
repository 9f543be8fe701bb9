"""Fakes of carriers that wait: a courier that keeps what it is given and can be held, broken and mended."""

from collections.abc import Callable, Sequence
from functools import partial

import anyio

from evtui.core.carriage import FanOut, Handler, Letter, OutboxPolicy, Part, Settle, Sink, Split, Target, Waiting
from evtui.core.errors import BadSocketError, DeliveryError
from evtui.core.ports import TransportInfo
from evtui.core.values import Socket
from tests.fakes import FakeCarrier


class FakeCourier:
    """One destination."""

    def __init__(self, *, window: int = 4, confirms: bool = True) -> None:
        self.window = window
        self.confirms = confirms
        self.got: list[Letter] = []
        """What was delivered, in order."""
        self.batches: list[int] = []
        self.refuses: dict[bytes, str] = {}
        """Payloads the peer will never take."""
        self.breaks_after: int | None = None
        """How many more letters are delivered before the link breaks."""
        self.held: anyio.Event | None = None
        """While it is set here and not set, nothing is answered."""
        self.bug: Exception | None = None
        self.closed = 0

    async def send(self, batch: Sequence[Letter], settle: Settle) -> None:
        """Deliver, as the test wants it."""
        self.batches.append(len(batch))
        await anyio.lowlevel.checkpoint()
        if self.bug is not None:
            raise self.bug
        for place, letter in enumerate(batch):
            if self.held is not None:
                await self.held.wait()
            if self.breaks_after is not None:
                if self.breaks_after == 0:
                    raise DeliveryError("ECONNRESET: the peer is gone")
                self.breaks_after -= 1
            if (why := self.refuses.get(letter.payload)) is None:
                self.got.append(letter)
            settle(place, why)

    async def aclose(self) -> None:
        """Note that it was closed."""
        self.closed += 1

    @property
    def payloads(self) -> list[bytes]:
        """List the payloads delivered."""
        return [letter.payload for letter in self.got]

    @property
    def serials(self) -> list[int]:
        """List the serials delivered."""
        return [letter.serial for letter in self.got]


class WaitingCarrier:
    """A carrier for `wait:NAME[@PASSWORD][?payload=text]` and `fork:NAME NAME …` (`fake:` members are direct)."""

    def __init__(self, policy: OutboxPolicy | None = None) -> None:
        self.policy = policy or OutboxPolicy(backoff=0.001, max_backoff=0.002)
        self.couriers: dict[str, FakeCourier] = {}
        self.passwords: list[str | None] = []
        self.direct = FakeCarrier()
        self.prepare: Callable[[FakeCourier], None] = lambda _courier: None
        self.closed = False

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe the schemes."""
        return (
            TransportInfo("wait", "wait:NAME", "wait:a", "keeps what it is sent, later"),
            TransportInfo("fork", "fork:NAME NAME", "fork:a fake:b", "several at once"),
        )

    def courier(self, name: str) -> FakeCourier:
        """Return the courier of a destination, made when it is first asked for."""
        if name not in self.couriers:
            self.couriers[name] = FakeCourier()
            self.prepare(self.couriers[name])
        return self.couriers[name]

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        """Understand anything but `bad`."""
        if address == "bad":
            raise BadSocketError(f"{scheme}:{address}", "address", "it is bad")
        if scheme == "fork":
            return Target(Socket(scheme, address), "jsonrpc", partial(self._split, address.split()))
        bare, _, payload = address.partition("?payload=")
        name, at, password = bare.partition("@")
        secret = password if at else None
        return Target(
            Socket(scheme, name), payload or "jsonrpc", partial(self._open, name, secret),
            text=f"{scheme}:{address}", secret=secret,
        )  # fmt: skip

    def fan_out(self, sinks: Sequence[Sink]) -> FanOut:
        """Serve nobody: this carrier opens no sinks."""
        raise AssertionError("a carrier that waits was asked to serve in place")

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True

    def _open(self, name: str, password: str | None) -> Waiting:
        self.passwords.append(password)
        return Waiting(self.courier(name), self.policy)

    def _split(self, members: Sequence[str]) -> Split:
        parts: list[Part] = []
        for member in members:
            scheme, _, address = member.partition(":")
            if scheme == "fake":
                target = self.direct.parse(scheme, address, trusted=True)
                sink = target.open()
                assert not isinstance(sink, Waiting | Handler | Split)
                parts.append(Part(target, sink))
            else:
                target = self.parse("wait", member, trusted=True)
                parts.append(Part(target, self._open(target.socket.address, target.secret)))
        return Split(tuple(parts))
