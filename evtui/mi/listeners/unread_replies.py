"""How much of a UNIX socket's send buffer each client holds by not reading its replies.

Linux charges a reply to the send buffer of the server's socket until the client has read it. There is one buffer for
all clients: one that reads nothing would fill it, and no other would get a reply. So each client may hold only a
part of what is free, and a few such clients always leave room for a new one.
"""

import fcntl
import socket
import struct
import sys
import termios
from typing import Final

SHARE: Final = 16
"""A client may hold at most one part in so many of what is free."""

_OVERHEAD: Final = 768
"""Bytes that the kernel charges beside those of the reply, about."""
_INT = struct.Struct("@i")


class UnreadReplies:
    """The replies of one socket that are not read yet, by client.

    The kernel tells only their sum. When it falls, a client has read: it is taken to be the one that holds least.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._size = sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        self._held: dict[object, int] = {}
        self._before = 0
        """What all clients held when one was asked about last."""

    @staticmethod
    def is_needed(sock: socket.socket) -> bool:
        """Say whether the replies of a socket are charged to it until they are read."""
        return sock.family == socket.AF_UNIX and sys.platform == "linux"

    def has_room(self, client: object, size: int) -> bool:
        """Return whether a client may get a reply of so many bytes now; one that holds nothing always may."""
        self._before = total = self._total()
        if not total:
            self._held.clear()
            return True
        self._settle(total)
        held = self._held.get(client, 0)
        return not held or held + size + _OVERHEAD <= (self._size - total) // SHARE

    def sent(self, client: object) -> None:
        """Note that the client got the reply for which there was room."""
        if (more := self._total() - self._before) > 0:
            self._held[client] = self._held.get(client, 0) + more

    def _total(self) -> int:
        return int(_INT.unpack(fcntl.ioctl(self._socket, termios.TIOCOUTQ, bytes(_INT.size)))[0])

    def _settle(self, total: int) -> None:
        """Take what was read from the clients that hold least."""
        surplus = sum(self._held.values()) - total
        for client, held in sorted(self._held.items(), key=lambda item: item[1]):
            if surplus < held:
                self._held[client] = held - max(0, surplus)
                return
            surplus -= held
            del self._held[client]
