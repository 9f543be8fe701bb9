"""The senders of one TCP peer that takes JSON-RPC: notifications, or requests that are answered.

The senders bound themselves: a peer may take `patience` seconds to connect, to take more bytes and to answer the next
request, so that a slow peer is served slowly and only a silent one is given up.
"""

import socket
from collections.abc import Sequence

import anyio
from anyio.lowlevel import checkpoint

from evtui.codecs.json_stream import JsonStream
from evtui.codecs.jsonrpc_reply import Reply, read_reply
from evtui.codecs.jsonrpc_shapes import numbered
from evtui.core.errors import BadMessageError, DeliveryError
from evtui.core.transport import Notification, Settle
from evtui.transports.stream.connection import StreamConnection
from evtui.transports.system_errors import reason_of

NOTIFICATIONS = 1000
"""Notifications taken at once when nothing is answered."""
REQUESTS = 64
"""Notifications on their way unanswered: what may come twice when the connection breaks."""

_CHUNK = 1 << 18
"""Bytes that are written at once, then settled."""


class NotificationSender:
    """Sends notifications: what the system took of them is sent, and what the peer says is thrown away."""

    def __init__(self, link: StreamConnection) -> None:
        self._link = link

    @property
    def window(self) -> int:
        """Many at once: they leave in few writes."""
        return NOTIFICATIONS

    @property
    def confirms(self) -> bool:
        """A peer that closes loses what it did not read, and nobody is told."""
        return False

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Write the notifications one after the other.

        raises DeliveryError: the link is broken.
        """
        sock = await self._link.open()
        await checkpoint()  # a peer that takes all at once would else hold up everybody
        done = 0
        try:
            while done < len(batch):
                after = _chunk_end(batch, done)
                await self._link.write(
                    sock, b"".join(notification.payload for notification in batch[done:after]), _throw_away
                )
                for place in range(done, after):
                    settle(place, None)
                done = after
        except OSError as error:
            raise DeliveryError(reason_of(error)) from error
        finally:
            if done < len(batch):  # half an object may have left
                self._link.drop()

    async def aclose(self) -> None:
        """Close the connection."""
        await self._link.aclose()


class RequestSender:
    """Sends requests, several before the first answer; each is settled by the reply with its id, in any order."""

    def __init__(self, link: StreamConnection, patience: float) -> None:
        """`patience` is how many seconds may pass until the next reply."""
        self._link = link
        self._patience = patience

    @property
    def window(self) -> int:
        """So many requests are unanswered at most."""
        return REQUESTS

    @property
    def confirms(self) -> bool:
        """The peer says that it took each."""
        return True

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Ask, and read the replies until all have come.

        raises DeliveryError: the link is broken, a reply did not come in time, or what came is no reply to us.
        """
        sock = await self._link.open()
        pending = _numbers(batch)
        asked = b"".join(numbered(batch[place].payload, number) for number, place in pending.items())
        replies = _Replies(pending, settle)
        await checkpoint()
        try:
            await self._link.write(sock, asked, replies.take)
            while pending:
                await self._next(sock, replies)
        except OSError as error:
            raise DeliveryError(reason_of(error)) from error
        finally:
            if pending or replies.confused:
                self._link.drop()

    async def aclose(self) -> None:
        """Close the connection."""
        await self._link.aclose()

    async def _next(self, sock: socket.socket, replies: "_Replies") -> None:
        before = len(replies.pending)
        try:
            with anyio.fail_after(self._patience):
                while len(replies.pending) == before:
                    replies.take(await self._link.read(sock))
        except TimeoutError as error:
            raise DeliveryError(f"no answer in {self._patience:g} s") from error


class _Replies:
    """The replies to one batch as they come."""

    def __init__(self, pending: dict[int, int], settle: Settle) -> None:
        self.pending = pending
        """Place of each unanswered request, by its id."""
        self.confused = False
        """Whether something came that was no reply to one of them."""
        self._settle = settle
        self._stream = JsonStream()

    def take(self, piece: bytes) -> None:
        """Settle what these bytes answer.

        raises DeliveryError: they are no replies, or to somebody else.
        """
        try:
            for members in self._stream.feed(piece):
                self._settle_one(read_reply(members))
        except BadMessageError as error:
            self.confused = True
            raise DeliveryError(f"the peer answered nonsense: {error.why}") from error

    def _settle_one(self, reply: Reply) -> None:
        if (place := self.pending.pop(reply.id, None)) is None:
            raise BadMessageError(f"a reply to {reply.id}, which was not asked")
        self._settle(place, reply.refusal)


def _numbers(batch: Sequence[Notification]) -> dict[int, int]:
    """Number the requests by their serials, so that one that comes again has the id it had; ids are never equal."""
    numbers: dict[int, int] = {}
    for place, notification in enumerate(batch):
        number = notification.serial
        while number in numbers:
            number += 1
        numbers[number] = place
    return numbers


def _chunk_end(batch: Sequence[Notification], start: int) -> int:
    size = 0
    for place in range(start, len(batch)):
        size += len(batch[place].payload)
        if size >= _CHUNK:
            return place + 1
    return len(batch)


def _throw_away(_piece: bytes) -> None:
    """What a peer says unasked interests nobody."""
