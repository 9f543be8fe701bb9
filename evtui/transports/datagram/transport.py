"""UDP and UNIX datagrams: sent in place, without queue or task, from one socket a family.

`udp:HOST:PORT`, `udp:[IPV6]:PORT`, `unix:/PATH`, each with an optional `?payload=jsonrpc|text`. A host is resolved
once, at subscribe, as event_datagram does; unlike there all datagrams leave from one source port, so that a receiver
that locks onto the first source keeps hearing (issue 971 of OpenSIPS).
"""

import os
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from msgspec import Struct

from evtui.codecs.sockets import join_udp
from evtui.core.errors import BadSocketError, DeliveryError
from evtui.core.transport import FanOut, ManyFanOut, OutboxPolicy, Sink, Target, TransportInfo
from evtui.core.values import Socket
from evtui.transports.datagram.grammar import UnixSocket, parse_datagram
from evtui.transports.datagram.many_payloads import ManyPayloads
from evtui.transports.datagram.segments import SegmentedDatagrams, has_segments
from evtui.transports.datagram.sendmmsg import ManyDatagrams, library, sockaddr, unix_sockaddr
from evtui.transports.datagram.settings import INFOS, DatagramSettings
from evtui.transports.datagram.unix_receivers import ManyReceivers, OneReceiver
from evtui.transports.datagram.unix_sender import POLICY, UnixSender
from evtui.transports.resolver import is_numeric, resolve
from evtui.transports.system_errors import reason_of_errno

MANY = 4
"""Neighbours from which one `sendmmsg` is cheaper than a `sendto` each."""

_PMTU = {socket.AF_INET: (socket.IPPROTO_IP, 10), socket.AF_INET6: (socket.IPPROTO_IPV6, 23)}
_PMTU_OMIT = 5
"""Linux's IP_MTU_DISCOVER and IPV6_MTU_DISCOVER, and their value that ignores what routers say of the path's size."""


class DatagramGroup:
    """The sinks that leave from one system socket: one group for each address family."""

    def __init__(self, system_socket: socket.socket, *, segments: bool = True) -> None:
        """`segments`: whether the system may cut many datagrams out of one packet, if it can."""
        self.system_socket = system_socket
        self._has_segments = segments and has_segments(system_socket)
        self.sendto = system_socket.sendto

    def fan_out(self, sinks: Sequence[Sink]) -> FanOut:
        """Compile neighbours into one call: `sendmmsg` for many where the system has it, else a plain loop."""
        addresses = [sink.sockaddr for sink in sinks if isinstance(sink, UdpSink | UnixSink)]
        send = library()
        if send is None or len(addresses) < MANY or len(addresses) != len(sinks):
            return one(sinks[0]) if len(sinks) == 1 else each(sinks)
        return partial(_send_many, ManyDatagrams(send, self.system_socket, addresses))

    def fan_out_many(self, sinks: Sequence[Sink], fan_out: FanOut) -> ManyFanOut | None:
        """Compile neighbours into a call for many payloads; None where the system sends these no cheaper."""
        send = library()
        paths = [sink.path for sink in sinks if isinstance(sink, UnixSink)]
        if send is not None and len(paths) == len(sinks):
            if len(paths) == 1:
                return OneReceiver(send, paths[0], fan_out).send
            return ManyReceivers(fan_out, lambda place: one(sinks[place]), paths).send
        addresses = [sink.sockaddr for sink in sinks if isinstance(sink, UdpSink)]
        if send is None or len(addresses) != len(sinks) or not self._has_segments:
            return None
        segmented = SegmentedDatagrams(send, self.system_socket, addresses)
        return ManyPayloads(sinks, fan_out, segmented).send


class UdpSink(Struct, gc=False, eq=False):
    """One UDP destination, resolved and checked.

    There may be 50,000, so the garbage collector does not search it. A sink takes part in no reference cycle.
    """

    group: DatagramGroup
    address: tuple[str, int] | tuple[str, int, int, int]
    """What `sendto` takes."""

    @property
    def sockaddr(self) -> bytes:
        """Return what `sendmmsg` takes."""
        return sockaddr(self.address)

    def send(self, payload: bytes) -> None:
        """Send one datagram.

        raises DeliveryError: EMSGSIZE, EAGAIN, ENETUNREACH … A closed port is a success, as UDP does not tell.
        """
        try:
            self.group.sendto(payload, self.address)
        except OSError as error:
            raise DeliveryError(reason_of_errno(error.errno)) from error


class UnixSink(Struct, gc=False, eq=False):
    """One UNIX datagram socket, by path: opened anew for each datagram, so that a receiver may restart."""

    group: DatagramGroup
    path: bytes

    @property
    def sockaddr(self) -> bytes:
        """Return what `sendmmsg` takes."""
        return unix_sockaddr(self.path)

    def send(self, payload: bytes) -> None:
        """Send one datagram.

        raises DeliveryError: ENOENT (nothing there), ECONNREFUSED (no process listens), EAGAIN (its queue is full) …
        """
        try:
            self.group.sendto(payload, self.path)
        except OSError as error:
            raise DeliveryError(reason_of_errno(error.errno)) from error

    def queue(self) -> tuple[UnixSender, OutboxPolicy]:
        """Return what takes over while the receiver's own queue is full."""
        return UnixSender(self.path), POLICY


class DatagramTransport:
    """The datagram transport. Holds at most one socket each for IPv4, IPv6 and UNIX, opened when first needed."""

    def __init__(
        self, settings: DatagramSettings | None = None, *, payload: str = "jsonrpc", more_roots: Sequence[Path] = ()
    ) -> None:
        """`payload` is what a socket without the option gets; `more_roots` join the directories of the settings."""
        settings = settings or DatagramSettings()
        self._payload = payload
        self._allow, self._segments = settings.allow, settings.segments
        self._unix_roots = (*map(Path, settings.unix_roots), *more_roots)
        self._groups: dict[socket.AddressFamily, DatagramGroup] = {}

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe udp and unix."""
        return INFOS

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        """Understand a udp or unix socket.

        raises BadSocketError.
        """
        text = f"{scheme}:{address}"
        found = parse_datagram(scheme, address)
        codec = found.payload or self._payload
        if isinstance(found, UnixSocket):
            if not trusted:
                self._check_root(text, found.path)
            return Target(Socket(scheme, found.shown), codec, _UnixOpening(self, found.path))
        opening = _UdpOpening(self, found.host, found.port)
        return Target(Socket(scheme, found.shown), codec, opening, blocks=not is_numeric(found.host))

    def close(self) -> None:
        """Close the sockets."""
        for group in self._groups.values():
            group.system_socket.close()

    def open_udp(self, host: str, port: int) -> Sink:
        """Resolve and check a host. Blocks while it asks a name server. raises BadSocketError."""
        text = f"udp:{join_udp(host, port)}"
        ip, scope = resolve(text, host, port, self._allow)
        group = self._group(text, socket.AF_INET if ip.version == 4 else socket.AF_INET6)
        shown = str(ip)
        numeric = host if host == shown else shown  # one text for both: there may be very many
        return UdpSink(group, (numeric, port) if ip.version == 4 else (numeric, port, 0, scope))

    def open_unix(self, path: str) -> Sink:
        """Take the path of a socket. raises BadSocketError: no system socket can be opened."""
        return UnixSink(self._group(f"unix:{path}", socket.AF_UNIX), os.fsencode(path))

    def _group(self, text: str, family: socket.AddressFamily) -> DatagramGroup:
        try:
            return self._open_group(family)
        except OSError as error:  # no IPv6 on this system, no file descriptor left
            raise BadSocketError(text, "scheme", f"this system cannot open such a socket: {error.strerror}") from error

    def _open_group(self, family: socket.AddressFamily) -> DatagramGroup:
        group = self._groups.get(family)
        if group is None:
            system_socket = socket.socket(family, socket.SOCK_DGRAM)
            group = self._groups[family] = DatagramGroup(system_socket, segments=self._segments)
            group.system_socket.setblocking(False)
            _let_fragment(group.system_socket)
        return group

    def _check_root(self, text: str, path: str) -> None:
        real = Path(path).parent.resolve()
        if not any(real.is_relative_to(root.resolve()) for root in self._unix_roots):
            roots = ", ".join(map(str, self._unix_roots)) or "none"
            raise BadSocketError(text, "path", f"outside transports.datagram.unix_roots ({roots})")


class _UdpOpening(Struct, gc=False):
    """Opens one UDP target. The garbage collector does not search it, as it does a `partial`."""

    transport: DatagramTransport
    host: str
    port: int

    def __call__(self) -> Sink:
        return self.transport.open_udp(self.host, self.port)


class _UnixOpening(Struct, gc=False):
    """Opens one UNIX target."""

    transport: DatagramTransport
    path: str

    def __call__(self) -> Sink:
        return self.transport.open_unix(self.path)


def _let_fragment(system_socket: socket.socket) -> None:
    """Let a notification larger than the path be fragmented instead of lost; it also costs Linux less."""
    if sys.platform == "linux" and (option := _PMTU.get(system_socket.family)) is not None:
        with suppress(OSError):  # an older kernel: as it was
            system_socket.setsockopt(*option, _PMTU_OMIT)


def one(sink: Sink) -> FanOut:
    """Serve a single sink; a datagram without a call in between, a fifth of what a raise adds to its `sendto`."""
    if isinstance(sink, UdpSink):
        return _to_one(sink.group.sendto, sink.address)
    if isinstance(sink, UnixSink):
        return _to_one(sink.group.sendto, sink.path)
    send = sink.send

    def call(payload: bytes) -> Sequence[tuple[int, str]]:
        try:
            send(payload)
        except DeliveryError as error:
            return ((0, error.reason),)
        return ()

    return call


def each(sinks: Sequence[Sink]) -> FanOut:
    """Serve the sinks one after the other: the plain version."""

    def call(payload: bytes) -> Sequence[tuple[int, str]]:
        failed: list[tuple[int, str]] = []
        for place, sink in enumerate(sinks):
            try:
                sink.send(payload)
            except DeliveryError as error:
                failed.append((place, error.reason))
        return failed

    return call


def _to_one(sendto: Callable[..., int], address: object) -> FanOut:
    def call(payload: bytes) -> Sequence[tuple[int, str]]:  # called in half the time of a `partial`
        try:
            sendto(payload, address)
        except OSError as error:
            return ((0, reason_of_errno(error.errno)),)
        return ()

    return call


def _send_many(many: ManyDatagrams, payload: bytes) -> Sequence[tuple[int, str]]:
    failed = many(payload)
    return [(place, reason_of_errno(number)) for place, number in failed] if failed else ()
