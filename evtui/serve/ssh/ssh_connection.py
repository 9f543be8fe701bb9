"""One connection of a client: it logs in with a key that is known, and opens sessions; all else is refused."""

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import asyncssh
from anyio import to_thread

from evtui.serve.ssh.key_line import KeyLine
from evtui.serve.ssh.ssh_session import SshSession
from evtui.serve.terminal.viewer import Viewer

if TYPE_CHECKING:
    from evtui.serve.ssh.ssh_door import SshDoor

SEND_BUFFER: Final = 128 << 10
"""Bytes that the system may hold for a client: of a larger number a slow client would see old pictures for long."""

MOST_CHANNELS: Final = 10
"""Sessions that a client may open over one connection, also those that it has not started."""

_OURS: Final = ("pause_writing", "resume_writing", "_send")
"""What takes the place of methods of asyncssh's connection. asyncio calls the first two when the client takes nothing
any more, and takes nothing more again; asyncssh's own do nothing. For the third see `_send`."""

_MOST_KEYS: Final = 5
"""Fingerprints of keys that were refused which the log names."""


class SshConnection(asyncssh.SSHServer):
    """Decides what a client may do."""

    def __init__(self, door: "SshDoor") -> None:
        self.door = door
        self.address = "?"
        self._connection: asyncssh.SSHServerConnection | None = None
        self._is_counted = self._is_in = False
        self._offered: dict[str, None] = {}
        self._known: KeyLine | None = None
        """The line of the key that was offered last."""
        self._sessions: set[SshSession] = set()

    # The connection

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Let it in, unless there are too many."""
        self._connection = conn
        peer = conn.get_extra_info("peername")
        self.address = str(peer[0]) if peer else "?"
        if (why := self.door.take_connection(self.address)) is not None:
            self.door.refuse(why[0], f"a connection from {self.address}", why[1])
            conn.abort()
            return
        self._is_counted = True
        if (sock := conn.get_extra_info("socket")) is not None:
            self.door.limit_buffer(sock, SEND_BUFFER)
        vars(conn).update(pause_writing=self._pause, resume_writing=self._resume, _send=partial(_send, conn))

    def connection_lost(self, exc: Exception | None) -> None:
        """Say why, if it did not come in."""
        connection, self._connection = self._connection, None
        if connection is not None:
            for name in _OURS:
                vars(connection).pop(name, None)
        if not self._is_counted:
            return
        self.door.give_connection(self.address)
        if not self._is_in:
            self._say_not_in(str(exc or ""))
        elif exc is not None and "keepalive" in str(exc):
            self.door.refuse("keepalive", f"{self.viewer.title} from {self.address}", "it does not answer any more")

    def cut(self) -> None:
        """Cut the connection."""
        if self._connection is not None:
            self._connection.abort()

    def add(self, session: SshSession) -> None:
        """Tell a session from now on when the client takes nothing."""
        self._sessions.add(session)

    def discard(self, session: SshSession) -> None:
        """Forget a session."""
        self._sessions.discard(session)

    # Who it is

    async def begin_auth(self, username: str) -> bool:
        """Ask for a key. The name that the client gives counts for nothing."""
        await to_thread.run_sync(self.door.keys.read_again)
        return True

    def public_key_auth_supported(self) -> bool:
        """Take keys."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Say whether a key is known; asyncssh checks the signature right after this."""
        self._known = self.door.keys.find(key.public_data, self.address)
        if self._known is None and len(self._offered) < _MOST_KEYS:
            self._offered[key.get_fingerprint()] = None
        return self._known is not None

    def auth_completed(self) -> None:
        """Take note that it is in: with the key that was checked last."""
        self._is_in = self._known is not None

    @property
    def line(self) -> KeyLine:
        """Return what is known of its key."""
        assert self._known is not None
        return self._known

    @property
    def viewer(self) -> Viewer:
        """Return who it is."""
        return Viewer.named(self.line.name, self.line.role, "ssh", self.address)

    # What it asks for

    def session_requested(self) -> SshSession | bool:
        """Open a session, unless the connection has too many."""
        if len(self._sessions) >= MOST_CHANNELS:
            self.refuse("channels", f"a session beside {MOST_CHANNELS} over one connection")
            return False
        return SshSession(self)

    def refuse(self, cause: str, what: str) -> None:
        """Count and log what is refused to one who is in."""
        self.door.refuse(cause, f"{self.viewer.title} from {self.address}", what)

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        """Refuse to connect to elsewhere."""
        return self._refuse_forwarding()

    def server_requested(self, listen_host: str, listen_port: int) -> bool:
        """Refuse to listen."""
        return self._refuse_forwarding()

    def unix_connection_requested(self, dest_path: str) -> bool:
        """Refuse to connect to a UNIX socket."""
        return self._refuse_forwarding()

    def unix_server_requested(self, listen_path: str) -> bool:
        """Refuse to listen on a UNIX socket."""
        return self._refuse_forwarding()

    def tun_requested(self, unit: int | None) -> bool:
        """Refuse a tunnel."""
        return self._refuse_forwarding()

    def tap_requested(self, unit: int | None) -> bool:
        """Refuse a tunnel."""
        return self._refuse_forwarding()

    def _refuse_forwarding(self) -> bool:
        self.refuse("forwarding", "to forward a connection")
        return False

    def _say_not_in(self, why: str) -> None:
        who = f"a connection from {self.address}"
        if "timeout" in why.lower():
            self.door.refuse("login_timeout", who, "it did not log in in time")
        elif self._offered:
            self.door.refuse("unknown_key", who, f"no key of it is known: {', '.join(self._offered)}")
        else:
            self.door.refuse("no_key", who, f"it offered no key{f' ({why})' if why else ''}")

    def _pause(self) -> None:
        for session in self._sessions:
            session.pause("connection")

    def _resume(self) -> None:
        for session in self._sessions:
            session.resume("connection")


def _send(connection: asyncssh.SSHServerConnection, data: bytes) -> None:
    """Send the bytes of a packet. A client that has gone gets none of those that follow in the same turn of the loop.

    asyncssh hears of a lost connection in the next turn only, and asyncio logs each write until then.
    """
    transport = connection._transport  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    if transport is not None and not transport.is_closing():
        with suppress(ConnectionError):
            transport.write(data)
