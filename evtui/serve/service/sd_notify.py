"""Notices to the service manager: the protocol of sd_notify(3), which is a datagram of `NAME=VALUE` lines."""

import logging
import socket
from collections.abc import Callable, MutableMapping
from typing import Final

from evtui.core.clocks import Clocks

_log = logging.getLogger(__name__)

STATUS_EVERY: Final = 10.0
"""Seconds between two looks at how this process is."""

_VARIABLES: Final = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")

_MICROSECONDS: Final = 1_000_000


class ServiceNotices:
    """Tells systemd, or whatever listens as it does, how this process is. Without a listener it tells nothing.

    No notice waits: one that the listener does not take is lost, and the first such one is logged.
    """

    def __init__(self, address: str, clocks: Clocks, *, watchdog: float = 0.0) -> None:
        """`address` is a path, one in the abstract namespace that begins with `@`, or empty without a listener.

        `watchdog`: seconds within which the listener wants to be told that this process works; 0: it does not.
        """
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._clocks = clocks
        self._socket: socket.socket | None = None
        self._has_failed = False
        self._status = ""
        self.watchdog = watchdog if address else 0.0
        if address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.setblocking(False)

    @classmethod
    def taken(cls, environ: MutableMapping[str, str], clocks: Clocks, pid: int) -> "ServiceNotices":
        """Take the listener that the environment names, and its names out of it, so that no child tells it anything.

        `pid` is that of this process: a watchdog may be meant for another one.
        """
        address, microseconds, watched = (environ.pop(name, "") for name in _VARIABLES)
        if address and address[0] not in "/@":
            _log.warning("NOTIFY_SOCKET=%s: only paths and abstract names are understood", address)
            address = ""
        is_meant = not watched or watched == str(pid)
        seconds = int(microseconds) / _MICROSECONDS if microseconds.isascii() and microseconds.isdigit() else 0.0
        return cls(address, clocks, watchdog=seconds if is_meant else 0.0)

    def __bool__(self) -> bool:
        """Say whether there is a listener."""
        return self._socket is not None

    def ready(self, status: str) -> None:
        """Tell that it has started, or reloaded, and how it is."""
        self._status = status
        self._tell("READY=1", f"STATUS={_line(status)}")

    def reloading(self) -> None:
        """Tell that it reads its configuration again; `ready` must follow."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={int(self._clocks.monotonic() * _MICROSECONDS)}")

    def stopping(self) -> None:
        """Tell that it ends."""
        self._tell("STOPPING=1", "STATUS=delivering what waits")

    def status(self, text: str) -> None:
        """Tell how it is, when that is another text than before."""
        if text != self._status:
            self._status = text
            self._tell(f"STATUS={_line(text)}")

    async def watch(self) -> None:
        """Tell that the event loop works, twice within the time that the listener allows, until cancelled.

        When the loop hangs, nothing is told, and the service manager ends the process.
        """
        while self.watchdog:
            self._tell("WATCHDOG=1")
            await self._clocks.sleep(self.watchdog / 2)

    async def follow(self, text: Callable[[], str]) -> None:
        """Tell every ten seconds how it is, if that has changed, until cancelled."""
        while self:
            await self._clocks.sleep(STATUS_EVERY)
            self.status(text())

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _tell(self, *lines: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto("\n".join(lines).encode("utf-8", "replace"), self._address)
        except OSError as error:
            if not self._has_failed:
                _log.warning("the service manager takes no notice: %s", error.strerror or error)
            self._has_failed = True


def _line(text: str) -> str:
    """Make one line of a text, so that no part of it can be a notice of its own."""
    return " ".join(text.split())
