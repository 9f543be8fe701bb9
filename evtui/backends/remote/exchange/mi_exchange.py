"""Send one request and receive its reply, over each transport of MI; the caller sets the time limit."""

import os
import socket
import stat
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager, suppress
from functools import partial
from typing import TypeAlias

from msgspec import Struct

from evtui.backends.remote.exchange import fifo_exchange
from evtui.backends.remote.exchange.fifo_exchange import QuietAnswer, WhenQuiet
from evtui.backends.remote.exchange.late_replies import LateReplies, kept_when_cut_short
from evtui.backends.remote.exchange.mi_post import MiPost
from evtui.backends.remote.exchange.waits import Waits
from evtui.backends.remote.mi_address import FifoAddress, HttpAddress, MiAddress, UdpAddress, UnixAddress
from evtui.codecs.sockets import MAX_UNIX_PATH
from evtui.core.errors import AwayError, BackendError

IsReply: TypeAlias = Callable[[bytes], bool]
"""Return whether bytes are the reply to this request: a late reply to an earlier request may come first."""


class MiRequest(Struct, frozen=True):
    """One request, as each transport of MI carries it."""

    body: bytes
    """The datagram, or what is posted."""
    fifo: Callable[[bytes], bytes]
    """What is written to the FIFO; it takes the name of the reply FIFO."""


_Resolved: TypeAlias = "tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]"
"""What `getaddrinfo` tells: family, kind, protocol, name, address."""

_MAX_DATAGRAM = 1 << 20
_QUEUE_PAUSE = 0.005
"""Seconds between two attempts to send to a UNIX socket whose queue is full."""


async def exchange(
    waits: Waits,
    address: MiAddress,
    request: MiRequest,
    is_reply: IsReply,
    token: str | None,
    *,
    time_limit: float,
    quiet: WhenQuiet | None = None,
    late: LateReplies | None = None,
) -> bytes:
    """Send a request and return the reply; where a reply may come after the wait was cut short stays in `late`.

    raises AwayError: there is no server. BackendError: it does not keep to the protocol. UnansweredError: `quiet` was
    asked, and said so. `time_limit` (seconds) bounds only what runs in a thread: the caller bounds the rest by
    `waits.within`.
    """
    try:
        match address:
            case FifoAddress():
                return await fifo_exchange.over_fifo(waits, address, request.fifo, quiet, late)
            case UnixAddress():
                with ExitStack() as stack:
                    sock = stack.enter_context(_bound(stack.enter_context(_own_socket(os.path.dirname(address.path)))))
                    await _send_to(waits, sock, address.path, request.body)
                    with kept_when_cut_short(waits, late, sock, stack):
                        return await _reply(waits, sock, is_reply)
            case UdpAddress():
                async with _udp(waits, address) as sock:
                    return await _over_datagram(waits, sock, request.body, is_reply)
            case HttpAddress():
                post = MiPost(address, request.body, token, time_limit)
                try:
                    return await waits.in_thread(post.run)
                finally:
                    post.cut()  # the thread would read on after its caller has gone
    except OSError as error:
        raise AwayError(str(address), error.strerror or str(error)) from error


async def ask_quietly(waits: Waits, address: FifoAddress, seconds: float, late: LateReplies) -> QuietAnswer | None:
    """Ask how the server behind a FIFO speaks, as `fifo_exchange.ask_quietly`.

    raises AwayError: there is no server. BackendError: it does not keep to the protocol.
    """
    try:
        return await fifo_exchange.ask_quietly(waits, address, seconds, late)
    except OSError as error:
        raise AwayError(str(address), error.strerror or str(error)) from error


async def _over_datagram(waits: Waits, sock: socket.socket, request: bytes, is_reply: IsReply) -> bytes:
    while True:
        try:
            sock.send(request)
            break
        except BlockingIOError:
            await waits.writable(sock.fileno())
    return await _reply(waits, sock, is_reply)


async def _send_to(waits: Waits, sock: socket.socket, server: str, request: bytes) -> None:
    """Send a request from a socket that is not connected: OpenSIPS answers from another socket than it listens on."""
    while True:
        try:
            sock.sendto(request, server)
            break
        except BlockingIOError:  # the server's queue is full, and only a connected socket can wait for it
            await waits.sleep(_QUEUE_PAUSE)


async def _reply(waits: Waits, sock: socket.socket, is_reply: IsReply) -> bytes:
    while True:
        await waits.readable(sock.fileno())
        try:
            reply = sock.recv(_MAX_DATAGRAM)
        except BlockingIOError:
            continue
        if is_reply(reply):
            return reply


@contextmanager
def _own_socket(beside: str) -> Generator[str]:
    """Name a socket for the server's reply: beside the server's socket when only this user can enter that directory.

    Else it is in a new directory that other users may enter but not list: the server may run as another user.
    """
    name = f"reply-{os.urandom(8).hex()}"
    path = os.path.join(beside, name)
    if _is_private(beside) and len(os.fsencode(path)) <= MAX_UNIX_PATH:
        try:
            yield path
        finally:
            with suppress(FileNotFoundError):
                os.unlink(path)
        return
    import tempfile  # imported here: with what it imports it takes a tenth of the start of every command

    with tempfile.TemporaryDirectory(prefix="evtui-mi-") as directory:
        os.chmod(directory, 0o711)  # noqa: S103 - they may enter it
        yield os.path.join(directory, name)


def _is_private(directory: str) -> bool:
    """Say whether a directory belongs to this user, and no other user can enter it."""
    try:
        found = os.stat(directory)
    except OSError:
        return False
    return found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == stat.S_IRWXU


@contextmanager
def _bound(own: str) -> Generator[socket.socket]:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as sock:
        sock.setblocking(False)
        sock.bind(own)
        # The server may run as another user. Others cannot send to it either: they cannot find out its name.
        os.chmod(own, 0o666)  # noqa: S103 - see above
        yield sock


@asynccontextmanager
async def _udp(waits: Waits, address: UdpAddress) -> AsyncGenerator[socket.socket]:
    family, kind, protocol, _, target = (await _resolve(waits, address))[0]
    with closing(socket.socket(family, kind, protocol)) as sock:
        sock.setblocking(False)
        sock.connect(target)
        yield sock


async def _resolve(waits: Waits, address: UdpAddress) -> Sequence[_Resolved]:
    """Look up the host. raises OSError: it has no address. BackendError: it cannot be the name of a host."""
    # As bytes: of a text Python checks the parts of the name before it asks.
    host = address.host.encode() if address.host.isascii() else address.host
    resolve = partial(socket.getaddrinfo, host, address.port, type=socket.SOCK_DGRAM)
    try:
        with suppress(socket.gaierror):
            return resolve(flags=socket.AI_NUMERICHOST)  # asks no server of names, and needs no thread
        return await waits.in_thread(resolve)
    except UnicodeError as error:
        raise BackendError(f"{address}: it cannot be the name of a host: {error}") from error
