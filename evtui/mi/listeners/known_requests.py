"""HTTP requests whose heads are known: the same bytes are not read and checked again.

A client sends the same head with each of its requests, as long as their bodies have the same length. What is checked
stands in the head alone: method, path, host, origin, token, type and length. So a head that was accepted once is
accepted again, and a request is served in the callback that receives it, without aiohttp, when its command waits for
nothing.
"""

from email.utils import formatdate
from typing import Final

from aiohttp.http import SERVER_SOFTWARE
from msgspec import Struct

from evtui.core.ports import Clock
from evtui.mi.dispatch import Dispatcher

MOST_HEADS: Final = 256
"""Heads that are known at once; the one that is known longest makes room."""
LONGEST_HEAD: Final = 2048
"""Bytes of a head that may be known."""

END_OF_HEAD: Final = b"\r\n\r\n"


class KnownHead(Struct, frozen=True):
    """What its bytes say."""

    length: int
    """Bytes of the body."""
    keeps_alive: bool
    """Whether the connection stays open."""


class KnownRequests:
    """The heads of one listener, and the replies to their requests."""

    def __init__(self, dispatcher: Dispatcher, clock: Clock) -> None:
        """`clock` tells monotonic seconds."""
        self._dispatcher = dispatcher
        self._clock = clock
        self._heads: dict[bytes, KnownHead] = {}
        self._rests: tuple[bytes, bytes] = (b"", b"")
        self._rests_at = -1

    def find(self, head: bytes) -> KnownHead | None:
        """Return what is known of a head; the time that takes tells nothing of a token in another one.

        Heads are compared only if their hashes are equal, which need a secret of this process.
        """
        return self._heads.get(head)

    def find_last(self, data: bytes) -> bytes | None:
        """Return the body of a whole request that closes its connection; None where its head is not known as such."""
        end = data.find(END_OF_HEAD) + len(END_OF_HEAD)
        known = self._heads.get(data[:end])
        if known is None or known.keeps_alive or len(data) - end != known.length:
            return None
        return data[end:]

    def remember(self, head: bytes, known: KnownHead) -> None:
        """Know a head whose request was accepted, and whose body was JSON."""
        if len(head) > LONGEST_HEAD or head in self._heads:
            return
        if len(self._heads) >= MOST_HEADS:
            del self._heads[next(iter(self._heads))]
        self._heads[head] = known

    def answer(self, body: bytes, *, keeps_alive: bool) -> bytes | None:
        """Serve a request and return its whole reply; None when it may wait, and nothing was done yet."""
        answer = self._dispatcher.at_once(body)
        if answer is None:
            return None
        (reply,) = answer
        status, body = (b"202 Accepted", b"") if reply is None else (b"200 OK", reply)
        rest = self._rest(keeps_alive=keeps_alive)
        return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d%s%s" % (
            status, len(body), rest, body,
        )  # fmt: skip

    def _rest(self, *, keeps_alive: bool) -> bytes:
        """Return the end of a reply's head, with the date, written once a second."""
        if (second := int(self._clock())) != self._rests_at:
            common = f"\r\nDate: {formatdate(usegmt=True)}\r\nServer: {SERVER_SOFTWARE}\r\n"
            self._rests = f"{common}Connection: close\r\n\r\n".encode(), f"{common}\r\n".encode()
            self._rests_at = second
        return self._rests[keeps_alive]
