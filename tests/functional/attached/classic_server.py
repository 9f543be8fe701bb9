"""A server that answers as OpenSIPS 2.4 was recorded to: the line protocol over a FIFO or UDP, and no raise."""

import os
import re
import select
import socket
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Final

from tests.limits import HANG

EVENTS: Final = ("E_CORE_THRESHOLD", "E_ONE", "E_TWO")
_LISTED_AT_MOST: Final = 50
_NO_COMMANDS: Final = re.compile(r"[./\\]")


class ClassicServer:
    """The commands; `Subscriber`s are lists of socket and expiry (None: never), newest first."""

    def __init__(self) -> None:
        self.subscribers: dict[str, list[tuple[str, int | None]]] = {event: [] for event in EVENTS}
        self.subscribers["E_TWO"].append(("route:E_TWO", None))
        self.calls: list[tuple[str, tuple[str, ...]]] = []
        self.errors: list[str] = []
        """What it would have written to its log."""
        self.up_since = "Sun Nov 22 19:33:26 2026"

    def answer(self, command: str, arguments: Sequence[str]) -> str | None:
        """Run a command; None: there is no such command."""
        self.calls.append((command, tuple(arguments)))
        commands: dict[str, Callable[..., str]] = {
            "which": lambda *_: _good("".join(f"{name}\n" for name in commands)),
            "uptime": lambda *_: _good(f"Now:: Sun Nov 22 19:35:07 2026\nUp since:: {self.up_since}\n"),
            "ps": lambda *_: _good("Process::  ID=0 PID=4711 Type=attendant\nProcess::  ID=1 PID=4712 Type=MI FIFO\n"),
            "events_list": lambda *_: _good(
                "".join(f"Event:: {name} id={place}\n" for place, name in enumerate(EVENTS))
            ),
            "subscribers_list": self._list,
            "event_subscribe": self._subscribe,
        }
        if command in commands:
            return commands[command](*arguments)
        self.errors.append(f"command {command} is not available")
        return None

    def notify(self, event: str, *parameters: str) -> None:
        """Send the classic text to the UDP subscribers of an event."""
        body = "\n".join((event, *parameters, "", "")).encode()
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
            for where, expire in self.subscribers[event]:
                if where.startswith("udp:") and expire != 0:
                    host, _, port = where.removeprefix("udp:").rpartition(":")
                    sock.sendto(body, (host, int(port)))

    def _subscribe(self, event: str, where: str, seconds: str = "3600") -> str:
        if event not in self.subscribers or where.partition(":")[0] not in {"udp", "unix", "route", "xmlrpc"}:
            return "400 Bad parameter\n\n"
        found = self.subscribers[event]
        is_matched = not where.startswith(("route:", "xmlrpc:"))
        lasts = None if where.startswith("route:") else int(seconds)
        for place, (known, _) in enumerate(found):
            if is_matched and known == where:
                found[place] = (where, lasts)
                return "200 OK\n\n"
        found.insert(0, (where, lasts))
        return "200 OK\n\n"

    def _list(self, event: str | None = None, where: str | None = None) -> str:
        if event is not None and event not in self.subscribers:
            return "404 Event not published\n\n"
        lines: list[str] = []
        left = _LISTED_AT_MOST
        for place, name in enumerate(EVENTS):
            found = [item for item in self.subscribers[name] if where in {None, item[0]}]
            if event not in {None, name} or not found:
                continue
            lines.append(f"Event:: {name} id={place}\n")
            for known, expire in found[: max(0, left)]:
                lines.append(f"\tSubscriber::  socket={known} expire={'never' if expire is None else expire}\n")
            left -= len(found)
        if where is not None and not lines:
            return "404 Subscriber does not exist\n\n"
        return _good("".join(lines))


def _good(lines: str) -> str:
    return f"200 OK\n{lines}\n"


@contextmanager
def classic_over_udp() -> Generator[tuple[ClassicServer, str]]:
    """Run one on a free UDP port; yields its address too."""
    server = ClassicServer()
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        where = sock.getsockname()

        def serve() -> None:
            while (found := sock.recvfrom(1 << 16))[0] != b"stop":
                sock.sendto(_datagram_reply(server, found[0].decode()), found[1])

        with _running(serve, lambda: _send_stop(where)):
            yield server, f"udp:127.0.0.1:{where[1]}"


def _datagram_reply(server: ClassicServer, request: str) -> bytes:
    head, newline, rest = request.partition("\n")
    if not newline or not head.startswith(":") or not head.endswith(":"):
        server.errors.append("command must begin with: :")
        return b"500 command not available\n"
    reply = server.answer(head[1:-1], _arguments(rest))
    return b"500 command not available\n" if reply is None else reply.encode()


def _send_stop(where: tuple[str, int]) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as other:
        other.sendto(b"stop", where)


@contextmanager
def classic_over_fifo(directory: Path) -> Generator[tuple[ClassicServer, str]]:
    """Run one on a FIFO of a directory, which is its reply_dir too; yields its address."""
    server, path = ClassicServer(), directory / "classic.fifo"
    os.mkfifo(path)
    fifo = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    wake, stop = os.pipe()

    def serve() -> None:
        held = ""
        while wake not in (ready := select.select([fifo, wake], [], [])[0]):
            held += os.read(fifo, 1 << 16).decode() if fifo in ready else ""
            while "\n\n" in held:
                request, _, held = held.partition("\n\n")
                _reply_over_fifo(server, directory, request.lstrip("\n"))

    try:
        with _running(serve, lambda: os.write(stop, b"x")):
            yield server, f"fifo:{path}?reply_dir={directory}"
    finally:
        for fd in (fifo, wake, stop):
            os.close(fd)


def _reply_over_fifo(server: ClassicServer, directory: Path, request: str) -> None:
    head, _, rest = request.partition("\n")
    _, command, name = head.split(":", 2)
    if not name or _NO_COMMANDS.search(name):
        server.errors.append(f"forbidden filename: {name}")
        return
    reply = server.answer(command, _arguments(rest))
    with suppress(OSError), open(directory / name, "w") as answer:  # noqa: PTH123 - a FIFO of the client
        answer.write(f"500 command '{command}' not available\n" if reply is None else reply)


def _arguments(text: str) -> list[str]:
    return [line.strip('"').replace('\\"', '"') for line in text.splitlines() if line.strip()]


@contextmanager
def _running(serve: Callable[[], None], stop: Callable[[], object]) -> Generator[None]:
    thread = Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join(HANG)
