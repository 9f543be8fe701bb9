"""Where the requests of one HTTP connection begin and end in what its client sends."""

from typing import Final

from aiohttp import HttpVersion11, web

from evtui.mi.listeners.known_requests import END_OF_HEAD, KnownHead

_NOT_PLAIN: Final = ("Transfer-Encoding", "Expect", "Upgrade")
"""Headers of requests whose bodies come in another way than as so many bytes behind the head."""


class RequestBytes:
    """What has come of the current request.

    Only of a connection whose requests came one after the other, each alone and whole, is it known where the next one
    begins. A client that sends several at once is served by aiohttp to its end.
    """

    __slots__ = ("_first", "_received", "held", "is_accepted", "is_between")

    def __init__(self) -> None:
        self.is_between = True
        """Whether nothing has come of the next request, and all before it is served."""
        self.is_accepted = False
        """Whether the current request is JSON-RPC that was let pass."""
        self.held = b""
        """A known head that waits for its body: many clients send them one after the other."""
        self._first = b""
        self._received = 0

    def release(self) -> bytes:
        """Return the head that is held, and hold it no longer."""
        head, self.held = self.held, b""
        return head

    def add(self, data: bytes) -> None:
        """Note what aiohttp is given."""
        if self.is_between:
            self.is_between = False
            self._first, self._received = data, len(data)
        else:
            self._received += len(data)

    def end(self, request: web.BaseRequest, *, keeps_alive: bool) -> tuple[bytes, KnownHead] | None:
        """Note that a request has been answered; returns its head if it may be known from now on."""
        first, self._first = self._first, b""
        accepted, self.is_accepted = self.is_accepted, False
        end = first.find(END_OF_HEAD) + len(END_OF_HEAD)
        length = request.content_length
        is_whole = (
            length is not None
            and end + length == self._received
            and request.content.is_eof()
            and request.version == HttpVersion11
            and first.startswith(b"POST ")
            and first.count(b"\n", 0, end) == first.count(b"\r\n", 0, end)  # no other end of the head than this one
            and not any(name in request.headers for name in _NOT_PLAIN)
        )
        if not is_whole:
            return None
        self.is_between = keeps_alive
        return (first[:end], KnownHead(length or 0, keeps_alive)) if accepted else None
