"""Fakes of the core's ports: a clock that only moves when told, and a transport that keeps what it sends."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import anyio.lowlevel

from evtui.core.clocks import Clocks, Sleep
from evtui.core.errors import BadSocketError, DeliveryError
from evtui.core.transport import FanOut, ManyFanOut, Sink, Target, TransportInfo, WaitForRoom
from evtui.core.values import Socket
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.engine.subscriptions.count_limit import MAX_SUBSCRIPTIONS
from evtui.transports.datagram.transport import each


class FakeClock:
    """Seconds that pass when a test says so."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        """Let seconds pass."""
        self.now += seconds

    async def sleep(self, seconds: float) -> None:
        """Let seconds pass at once, and other tasks run."""
        self.pass_by(seconds)
        await anyio.lowlevel.checkpoint()


def fake_clocks(clock: FakeClock | None = None, *, sleep: Sleep | None = None) -> Clocks:
    """Build clocks that stand until a test moves them; a sleep moves `clock` at once, unless `sleep` is given."""
    monotonic = clock or FakeClock()
    return Clocks(monotonic, FakeClock(1_800_000_000.0), FakeClock(), sleep or monotonic.sleep)


class FakeGroup:
    """Sinks whose addresses have the same part before the first slash: neighbours are served by one call."""

    def __init__(self, transport: "FakeTransport") -> None:
        self._transport = transport

    def fan_out(self, sinks: Sequence[Sink]) -> FanOut:
        """Serve them one after the other."""
        self._transport.fan_outs += 1
        return each(sinks)

    def fan_out_many(self, sinks: Sequence[Sink], fan_out: FanOut) -> ManyFanOut:
        """Serve them with one payload after the other."""

        def call(payloads: Sequence[bytes], _wait_for_room: WaitForRoom) -> Mapping[int, Sequence[tuple[int, str]]]:
            self._transport.batches.append(len(payloads))
            return {place: failed for place, payload in enumerate(payloads) if (failed := fan_out(payload))}

        return call


class FakeSink:
    """One destination: keeps what it is sent, or fails with the reason it was given."""

    def __init__(self, transport: "FakeTransport", address: str) -> None:
        self._transport = transport
        self._address = address

    @property
    def group(self) -> FakeGroup:
        """Return the group of the part before the first slash."""
        return self._transport.group_of(self._address.partition("/")[0])

    def send(self, payload: bytes) -> None:
        """Keep the payload, after doing what the test wants done."""
        self._transport.calls += 1
        self._transport.on_send(self._address)
        if (why := self._transport.broken.get(self._address)) is not None:
            raise DeliveryError(why)
        self._transport.sent.append((self._address, payload))


class FakeTransport:
    """A transport for `fake:ADDRESS[?payload=text]`; `bad` is not an address."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.broken: dict[str, str] = {}
        self.opened: list[str] = []
        self.fan_outs = 0
        self.batches: list[int] = []
        """How many payloads each call for many had."""
        self._groups: dict[str, FakeGroup] = {}
        self.calls = 0
        self.closed = False
        self.on_send: Callable[[str], None] = lambda _address: None

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe the fake scheme."""
        return (TransportInfo("fake", "fake:ADDRESS", "fake:a", "keeps what it is sent"),)

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        """Understand anything but `bad`, and `secret` only from those we trust."""
        if address == "bad" or (address == "secret" and not trusted):
            raise BadSocketError(f"{scheme}:{address}", "address", "it is bad")
        bare, _, payload = address.partition("?payload=")
        return Target(Socket(scheme, address), payload or "jsonrpc", partial(self._open, bare))

    def group_of(self, name: str) -> FakeGroup:
        """Return the group of a name, the same one each time."""
        return self._groups.setdefault(name, FakeGroup(self))

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True

    def _open(self, address: str) -> Sink:
        self.opened.append(address)
        return FakeSink(self, address)


def fake_engine(
    *events: str,
    transport: FakeTransport | None = None,
    clock: FakeClock | None = None,
    wall: FakeClock | None = None,
    journal: Journal | None = None,
    max_subscriptions: int = MAX_SUBSCRIPTIONS,
) -> Engine:
    """Build an engine of the named events on fakes."""
    catalogue = Catalogue()
    for event in events:
        catalogue.publish(event)
    monotonic = clock or FakeClock()
    return Engine(
        catalogue,
        [transport or FakeTransport()],
        journal or Journal(),
        clock=monotonic,
        wall=wall or FakeClock(1_800_000_000.0),
        max_subscriptions=max_subscriptions,
    )
