"""A carrier that keeps what it was given, fails when told to, and never leaves the process."""

from collections.abc import Callable, Sequence

from evtui.core.ports import FanOut, Sink, Target, TransportInfo
from evtui.core.values import Socket


class FakeSink:
    """A destination of the fake carrier; `fake:X1` and `fake:Y1` are served by different calls."""

    def __init__(self, address: str, deliver: Callable[[str, bytes], str | None]) -> None:
        self.address = address
        self._deliver = deliver

    @property
    def group(self) -> object:
        """The first letter of the address."""
        return self.address[0]

    def send(self, payload: bytes) -> None:
        """Deliver; the fan-out below tells the failures."""
        self._deliver(self.address, payload)


class FakeCarrier:
    """Scheme `fake`; an address that ends in `t` is sent the classic text."""

    def __init__(self) -> None:
        self.delivered: list[tuple[str, bytes]] = []
        self.down: set[str] = set()
        self.opened = 0

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe the one scheme."""
        return (TransportInfo("fake", "fake:ADDRESS", "fake:X1", "keeps what it is given"),)

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        """Take any address."""
        codec = "text" if address.endswith("t") else "jsonrpc"
        return Target(Socket(scheme, address), codec, lambda: self._open(address))

    def fan_out(self, sinks: Sequence[Sink]) -> FanOut:
        """Serve in order and tell which are down."""
        addresses = [sink.address for sink in sinks if isinstance(sink, FakeSink)]

        def call(payload: bytes) -> Sequence[tuple[int, str]]:
            answers = [self._deliver(address, payload) for address in addresses]
            return [(place, answer) for place, answer in enumerate(answers) if answer]

        return call

    def close(self) -> None:
        """Keep nothing open."""

    def _open(self, address: str) -> Sink:
        self.opened += 1
        return FakeSink(address, self._deliver)

    def _deliver(self, address: str, payload: bytes) -> str | None:
        self.delivered.append((address, payload))
        return "EDOWN" if f"fake:{address}" in self.down else None
