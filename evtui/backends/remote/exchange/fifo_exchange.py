"""Send a request over a FIFO and receive its reply, and ask there how a server speaks."""

import fcntl
import os
import stat
import struct
import termios
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

from msgspec import Struct

from evtui.backends.remote.exchange.late_replies import LateReplies, kept_when_cut_short
from evtui.backends.remote.exchange.mi_post import MAX_REPLY
from evtui.backends.remote.exchange.waits import Waits
from evtui.backends.remote.mi_address import FifoAddress
from evtui.core.errors import AwayError, BackendError

REPLY_DIR_HINT: Final = "fifo:PATH?reply_dir=/DIRECTORY names another one"

_HARMLESS: Final = ("which", "uptime", "ps", "version", "pwd")
"""Commands that every version has, which change nothing."""


class QuietAnswer(Struct, frozen=True):
    """The answer to the question that no version logs."""

    command: str
    raw: bytes
    is_json: bool
    """Whether it came where a server replies to JSON-RPC."""


class WhenQuiet(Struct, frozen=True):
    """What to do when the reader of a FIFO has taken a request, and no reply begins."""

    seconds: float
    refuses: Callable[[], Awaitable[bool]]
    """Find out whether it answers no such request at all."""


class UnansweredError(BackendError):
    """The server answers no request of this kind."""


async def over_fifo(
    waits: Waits, address: FifoAddress, request: Callable[[bytes], bytes], quiet: WhenQuiet | None,
    late: LateReplies | None,
) -> bytes:  # fmt: skip
    """Write a request, which takes the name of its reply FIFO, and read the reply.

    raises OSError, BackendError: there is no server. UnansweredError: `quiet` was asked, and said so.
    """
    server = _open_fifo(address)
    try:
        name = f"evtui_reply_{os.getpid()}_{os.urandom(8).hex()}"
        with ExitStack() as stack:
            reply = stack.enter_context(_reply_fifo(address, name, server))
            # Open before the request is written, so that the server finds a reader at once.
            await _write_all(waits, server, request(name.encode()))
            with kept_when_cut_short(waits, late, (reply,), stack):
                if quiet is not None:
                    await _check_answers(waits, server, reply, quiet, address)
                return await _read_to_end(waits, reply, address)
    finally:
        os.close(server)


async def ask_quietly(waits: Waits, address: FifoAddress, seconds: float, late: LateReplies) -> QuietAnswer | None:
    """Ask how the server speaks, with one request that no version refuses, so that none logs it.

    It is JSON-RPC in two lines, whose reply FIFO has the name of its command: `:which:{"id":"x",`, `"jsonrpc": …`. What
    speaks the line protocol reads the command `which` with a reply FIFO whose name is the rest of the first line, and
    arguments that the command ignores (docs/opensips-behaviour.md 8).

    None: it was read, and not answered within `seconds`; or all names are in use.
    raises OSError, BackendError: there is no server.
    """
    server = _open_fifo(address)
    try:
        with ExitStack() as stack:
            found = _free_name(address, server, stack)
            if found is None:
                return None
            command, as_json = found
            call_id = os.urandom(8).hex()
            name = f'{{"id":"{call_id}",'
            as_lines = stack.enter_context(_reply_fifo(address, name, server))
            await _write_all(waits, server, f':{command}:{name}\n"jsonrpc":"2.0","method":"{command}"}}\n\n'.encode())
            with kept_when_cut_short(waits, late, (as_json, as_lines), stack):
                while (ready := await _first_readable(waits, (as_json, as_lines), seconds)) is None:
                    if not _unread_bytes(server):
                        late.keep((as_json, as_lines), stack.pop_all())  # it may only be slow
                        return None
                raw = await _read_to_end(waits, ready, address)
                is_json = ready == as_json
                return None if is_json and call_id.encode() not in raw else QuietAnswer(command, raw, is_json)
    finally:
        os.close(server)


def _free_name(address: FifoAddress, server: int, stack: ExitStack) -> tuple[str, int] | None:
    """Make a reply FIFO with the name of a command, of the first that no other client uses now."""
    for command in _HARMLESS:
        with suppress(FileExistsError):
            return command, stack.enter_context(_reply_fifo(address, command, server))
    return None


async def _first_readable(waits: Waits, fds: Sequence[int], seconds: float) -> int | None:
    """Return the first that is readable, or None after `seconds`."""
    try:
        with waits.within(seconds):
            return await waits.readable(*fds)
    except TimeoutError:
        return None


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
def _reply_fifo(address: FifoAddress, name: str, server: int) -> Generator[int]:
    """Make a reply FIFO that this user may use; every user, where the server runs as another one."""
    path = os.path.join(address.reply_dir, name)
    try:
        os.mkfifo(path, 0o600)
    except FileExistsError:
        raise
    except OSError as error:
        why = f"no reply FIFO can be made in its reply_dir {address.reply_dir}: {error.strerror or error}"
        raise BackendError(f"{address}: {why} ({REPLY_DIR_HINT})") from error
    try:
        if os.fstat(server).st_uid != os.getuid():
            os.chmod(path, 0o666)  # noqa: S103 - no other user can guess its name
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            yield reader
        finally:
            os.close(reader)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(path)


async def _write_all(waits: Waits, fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(fd, rest) :]
        except BlockingIOError:
            await waits.writable(fd)


async def _check_answers(waits: Waits, server: int, reply: int, quiet: WhenQuiet, address: FifoAddress) -> None:
    """Wait until a reply begins, for as long as the request is not read or the server may still answer it.

    raises UnansweredError: it has read the request, and answers none of this kind.
    """
    while await _first_readable(waits, (reply,), quiet.seconds) is None:
        if _unread_bytes(server):
            continue
        if await quiet.refuses():
            raise UnansweredError(f"{address}: it was read, and is not answered")
        return


def _unread_bytes(fifo: int) -> int:
    return int(struct.unpack("i", fcntl.ioctl(fifo, termios.FIONREAD, b"\0" * 4))[0])


async def _read_to_end(waits: Waits, fd: int, address: FifoAddress) -> bytes:
    """Read until the server closes the FIFO. Before the server opens it, it is not readable, so this waits."""
    chunks: list[bytes] = []
    size = 0
    while size <= MAX_REPLY:
        await waits.readable(fd)
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
