"""Send one request and receive its reply, over each transport of MI; the caller sets the time limit."""

import fcntl
import os
import socket
import stat
import struct
import termios
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import TypeAlias

import anyio
import anyio.to_thread
from msgspec import Struct

from evtui.backends.remote.late_replies import LateReplies
from evtui.backends.remote.mi_address import FifoAddress, HttpAddress, MiAddress, UdpAddress, UnixAddress
from evtui.backends.remote.mi_post import MAX_REPLY, MiPost
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


class WhenQuiet(Struct, frozen=True):
    """What to do when the reader of a FIFO has taken a request, and no reply begins."""

    seconds: float
    refuses: Callable[[], Awaitable[bool]]
    """Find out whether it answers no such request at all."""


class UnansweredError(BackendError):
    """The server answers no request of this kind."""


_MAX_DATAGRAM = 1 << 20
_QUEUE_PAUSE = 0.005
"""Seconds between two attempts to send to a UNIX socket whose queue is full."""


async def exchange(
    address: MiAddress,
    request: MiRequest,
    is_reply: IsReply,
    token: str | None,
    time_limit: float,
    *,
    quiet: WhenQuiet | None = None,
    late: LateReplies | None = None,
) -> bytes:
    """Send a request and return the reply; where a reply may come after this call was cancelled stays in `late`.

    raises AwayError: there is no server. BackendError: it does not keep to the protocol. UnansweredError: `quiet` was
    asked, and said so. `time_limit` (seconds) bounds only what runs in a thread; cancel this call to bound the rest.
    """
    try:
        match address:
            case FifoAddress():
                return await _over_fifo(address, request, quiet, late)
            case UnixAddress():
                with ExitStack() as stack:
                    sock = stack.enter_context(_bound(stack.enter_context(_own_socket(Path(address.path).parent))))
                    await _send_to(sock, address.path, request.body)
                    with _kept_when_cancelled(late, sock, stack):
                        return await _reply(sock, is_reply)
            case UdpAddress():
                async with _udp(address) as sock:
                    return await _over_datagram(sock, request.body, is_reply)
            case HttpAddress():
                post = MiPost(address, request.body, token, time_limit)
                try:
                    return await anyio.to_thread.run_sync(post.run, abandon_on_cancel=True)
                finally:
                    post.cut()  # the thread would read on after its caller has gone
    except OSError as error:
        raise AwayError(str(address), error.strerror or str(error)) from error


async def _over_datagram(sock: socket.socket, request: bytes, is_reply: IsReply) -> bytes:
    while True:
        try:
            sock.send(request)
            break
        except BlockingIOError:
            await anyio.wait_writable(sock)
    return await _reply(sock, is_reply)


async def _send_to(sock: socket.socket, server: str, request: bytes) -> None:
    """Send a request from a socket that is not connected: OpenSIPS answers from another socket than it listens on."""
    while True:
        try:
            sock.sendto(request, server)
            break
        except BlockingIOError:  # the server's queue is full, and only a connected socket can wait for it
            await anyio.sleep(_QUEUE_PAUSE)


@contextmanager
def _kept_when_cancelled(late: LateReplies | None, place: int | socket.socket, stack: ExitStack) -> Generator[None]:
    """Leave a reply FIFO or a socket open when its reader is cancelled."""
    try:
        yield
    except anyio.get_cancelled_exc_class():
        if late is not None:
            late.keep(place, stack.pop_all())
        raise


async def _reply(sock: socket.socket, is_reply: IsReply) -> bytes:
    while True:
        await anyio.wait_readable(sock)
        try:
            reply = sock.recv(_MAX_DATAGRAM)
        except BlockingIOError:
            continue
        if is_reply(reply):
            return reply


@contextmanager
def _own_socket(beside: Path) -> Generator[str]:
    """Name a socket for the server's reply: beside the server's socket when only this user can enter that directory.

    Else it is in a new directory that other users may enter but not list: the server may run as another user.
    """
    name = f"reply-{os.urandom(8).hex()}"
    path = beside / name
    if _is_private(beside) and len(os.fsencode(path)) <= MAX_UNIX_PATH:
        try:
            yield str(path)
        finally:
            path.unlink(missing_ok=True)
        return
    import tempfile  # imported here: with what it imports it takes a tenth of the start of every command

    with tempfile.TemporaryDirectory(prefix="evtui-mi-") as directory:
        Path(directory).chmod(0o711)
        yield str(Path(directory, name))


def _is_private(directory: Path) -> bool:
    """Say whether a directory belongs to this user, and no other user can enter it."""
    try:
        found = directory.stat()
    except OSError:
        return False
    return found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == stat.S_IRWXU


@contextmanager
def _bound(own: str) -> Generator[socket.socket]:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as sock:
        sock.setblocking(False)
        sock.bind(own)
        # The server may run as another user. Others cannot send to it either: they cannot find out its name.
        Path(own).chmod(0o666)
        yield sock


@asynccontextmanager
async def _udp(address: UdpAddress) -> AsyncGenerator[socket.socket]:
    found = await anyio.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)
    family, kind, protocol, _, target = found[0]
    with closing(socket.socket(family, kind, protocol)) as sock:
        sock.setblocking(False)
        sock.connect(target)
        yield sock


async def _over_fifo(
    address: FifoAddress, request: MiRequest, quiet: WhenQuiet | None, late: LateReplies | None
) -> bytes:
    server = _open_fifo(address)
    try:
        same_user = os.fstat(server).st_uid == os.getuid()
        name = f"evtui_reply_{os.getpid()}_{os.urandom(8).hex()}"
        with ExitStack() as stack:
            reply = stack.enter_context(_reply_fifo(Path(address.reply_dir, name), 0o600 if same_user else 0o666))
            # Open before the request is written, so that the server finds a reader at once.
            await _write_all(server, request.fifo(name.encode()))
            with _kept_when_cancelled(late, reply, stack):
                if quiet is not None:
                    await _check_answers(server, reply, quiet, address)
                return await _read_to_end(reply, address)
    finally:
        os.close(server)


def _open_fifo(address: FifoAddress) -> int:
    try:
        server = os.open(address.path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == 6:  # ENXIO: a FIFO without a reader
            raise AwayError(str(address), "no process reads it: the server is not running") from error
        raise
    if not stat.S_ISFIFO(os.fstat(server).st_mode):
        os.close(server)
        raise BackendError(f"{address}: it is not a FIFO")
    return server


@contextmanager
def _reply_fifo(path: Path, mode: int) -> Generator[int]:
    os.mkfifo(path, 0o600)
    try:
        path.chmod(mode)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            yield reader
        finally:
            os.close(reader)
    finally:
        path.unlink(missing_ok=True)


async def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(fd, rest) :]
        except BlockingIOError:
            await anyio.wait_writable(fd)


async def _check_answers(server: int, reply: int, quiet: WhenQuiet, address: FifoAddress) -> None:
    """Wait until a reply begins, for as long as the request is not read or the server may still answer it.

    raises UnansweredError: it has read the request, and answers none of this kind.
    """
    while True:
        with anyio.move_on_after(quiet.seconds):
            return await anyio.wait_readable(reply)
        if _unread_bytes(server):
            continue
        if await quiet.refuses():
            raise UnansweredError(f"{address}: it was read, and is not answered")
        return None


def _unread_bytes(fifo: int) -> int:
    return int(struct.unpack("i", fcntl.ioctl(fifo, termios.FIONREAD, b"\0" * 4))[0])


async def _read_to_end(fd: int, address: FifoAddress) -> bytes:
    """Read until the server closes the FIFO. Before the server opens it, it is not readable, so this waits."""
    chunks: list[bytes] = []
    size = 0
    while size <= MAX_REPLY:
        await anyio.wait_readable(fd)
        try:
            chunk = os.read(fd, 1 << 16)
        except BlockingIOError:
            continue
        if not chunk:
            break
        chunks.append(chunk)
        size += len(chunk)
    if size > MAX_REPLY:
        raise BackendError(f"{address}: the reply is longer than {MAX_REPLY} bytes")
    return b"".join(chunks)
