"""The transports under contract, each with its peers, its spellings and what it refuses."""

import socket
from collections.abc import Callable
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path
from typing import Protocol

from evtui.core.transport import Handler, Multicast, Queued, Sink, Target, Transport
from evtui.transports.datagram.transport import DatagramTransport


class Receiver(Protocol):
    """A peer that a sink can reach."""

    address: str

    def received(self) -> list[bytes]:
        """Return the payloads that have arrived since the last call, oldest first."""
        ...


class TransportWorld(Protocol):
    """One transport under test with the peers and texts that belong to it."""

    scheme: str
    datagrams: bool
    """Whether it sends datagrams: with a largest size, a choice of payloads, and system sockets that it closes."""
    closed_is_a_failure: bool
    spellings: tuple[tuple[str, str], ...]
    """(what is written, what is printed)"""
    wrong: tuple[tuple[str, str], ...]
    """(address, part that is wrong)"""

    @property
    def transport(self) -> Transport:
        """Return the transport itself."""
        ...

    def receiver(self) -> Receiver: ...
    def nowhere(self) -> str:
        """Return the address of a peer that has gone."""
        ...

    def full(self) -> Receiver:
        """Return a peer that takes nothing more until it is read; its sink then fails, or drops nothing."""
        ...


class DatagramReceiver:
    """A bound datagram socket of this process: what is sent in place has arrived when `send` returns."""

    def __init__(self, family: socket.AddressFamily, bind: tuple[str, int] | str, *, buffer: int = 1 << 20) -> None:
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.bind(bind)
        self.socket.setblocking(False)
        name = self.socket.getsockname()
        if family == socket.AF_INET:
            self.address = f"127.0.0.1:{name[1]}"
        else:
            self.address = f"[::1]:{name[1]}" if family == socket.AF_INET6 else str(name)

    def received(self) -> list[bytes]:
        """Read all that has arrived."""
        payloads: list[bytes] = []
        while True:
            try:
                payloads.append(self.socket.recv(1 << 17))
            except BlockingIOError:
                return payloads

    def close(self) -> None:
        """Go away."""
        self.socket.close()


class _Datagram:
    """What the datagram transports have in common."""

    family: socket.AddressFamily
    datagrams = True

    def __init__(self, folder: Path, owner: ExitStack) -> None:
        self.transport = DatagramTransport()
        self._folder = folder
        self._owner = owner
        self._numbers = count()

    def receiver(self) -> DatagramReceiver:
        return self._owner.enter_context(closing(DatagramReceiver(self.family, self._bind())))

    def nowhere(self) -> str:
        gone = DatagramReceiver(self.family, self._bind())
        gone.close()
        return gone.address

    def full(self) -> DatagramReceiver:
        return self._owner.enter_context(closing(DatagramReceiver(self.family, self._bind(), buffer=1)))

    def _bind(self) -> tuple[str, int] | str:
        return ("127.0.0.1" if self.family == socket.AF_INET else "::1"), 0


class Udp4(_Datagram):
    """`udp:` over IPv4."""

    scheme = "udp"
    family = socket.AF_INET
    closed_is_a_failure = False
    spellings: tuple[tuple[str, str], ...] = (
        ("127.0.0.1:9000", "udp:127.0.0.1:9000"),
        ("localhost:9000", "udp:localhost:9000"),
        ("127.0.0.1:09000", "udp:127.0.0.1:9000"),
        ("127.0.0.1:9000?payload=text", "udp:127.0.0.1:9000?payload=text"),
    )
    wrong: tuple[tuple[str, str], ...] = (
        ("", "host"),
        (":9000", "host"),
        ("127.0.0.1", "port"),
        ("127.0.0.1:", "port"),
        ("127.0.0.1:0", "port"),
        ("127.0.0.1:65536", "port"),
        ("127.0.0.1:-1", "port"),
        ("127.0.0.1:9000x", "port"),
        ("127.0.0.1: 9000", "port"),
        ("127.0.0.1:٩٠٠٠", "port"),
        ("127.0.0.1:" + "9" * 5000, "port"),
        ("127.0.0.1:9000?payload=xml", "payload"),
        ("127.0.0.256:9000", "host"),
        ("::1:9000", "host"),
        ("a b:9000", "host"),
        ("a\0b:9000", "host"),
        ("\udcff:9000", "host"),
        ("a" * 300 + ":9000", "host"),
    )


class Udp6(_Datagram):
    """`udp:` over IPv6."""

    scheme = "udp"
    family = socket.AF_INET6
    closed_is_a_failure = False
    spellings: tuple[tuple[str, str], ...] = (
        ("[::1]:9000", "udp:[::1]:9000"),
        ("[0:0:0:0:0:0:0:1]:9000", "udp:[::1]:9000"),
        ("[2001:DB8::1]:9000", "udp:[2001:db8::1]:9000"),
    )
    wrong: tuple[tuple[str, str], ...] = (
        ("[::1", "host"),
        ("[]:9000", "host"),
        ("[::1]", "port"),
        ("[::1]9000", "port"),
        ("[::g]:9000", "host"),
    )


class Unix(_Datagram):
    """`unix:` datagrams."""

    scheme = "unix"
    family = socket.AF_UNIX
    closed_is_a_failure = True
    spellings: tuple[tuple[str, str], ...] = (
        ("/tmp/ev.sock", "unix:/tmp/ev.sock"),
        ("/tmp/with space:and?colon", "unix:/tmp/with space:and?colon"),
        ("/tmp/ev.sock?payload=text", "unix:/tmp/ev.sock?payload=text"),
        ("/tmp/" + "x" * 102, "unix:/tmp/" + "x" * 102),
        ("/tmp/\udcff", "unix:/tmp/\udcff"),
    )
    wrong: tuple[tuple[str, str], ...] = (
        ("", "path"),
        ("relative/ev.sock", "path"),
        ("/tmp/" + "x" * 103, "path"),
        ("/tmp/" + "é" * 52, "path"),
        ("/tmp/a\0b", "path"),
        ("/tmp/", "path"),
        ("/tmp/ev.sock?payload=", "payload"),
    )

    def _bind(self) -> str:
        return str(self._folder / f"{next(self._numbers)}.sock")


TRANSPORTS: dict[str, Callable[[Path, ExitStack], TransportWorld]] = {"udp4": Udp4, "udp6": Udp6, "unix": Unix}
"""A new transport joins with one line here."""


def parse(world: TransportWorld, address: str, *, trusted: bool = True) -> Target:
    """Understand an address of the transport's scheme."""
    return world.transport.parse(world.scheme, address, trusted=trusted)


def sink_to(world: TransportWorld, receiver: Receiver) -> Sink:
    """Open a sink to a peer."""
    return direct(parse(world, receiver.address))


def direct(target: Target) -> Sink:
    """Open a target that is served in place."""
    opened = target.open()
    assert not isinstance(opened, Queued | Handler | Multicast)
    return opened
