"""The senders of one TCP peer that takes JSON-RPC: notifications, or requests that are answered.

The senders have time limits of their own: a peer may take `timeout` seconds to connect, to take more bytes and to
answer the next request. So a slow peer is served slowly, and only a silent one fails.
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
"""Notifications sent and not answered yet. When the connection breaks, these may arrive twice."""

_CHUNK = 1 << 18
"""Bytes that are written together; their notifications are settled after that."""


class NotificationSender:
    """Sends notifications. One that the system took counts as sent; what the peer sends back is ignored."""

    def __init__(self, link: StreamConnection) -> None:
        self._link = link

    @property
    def window(self) -> int:
        """Return a large window: the notifications of a batch leave in few writes."""
        return NOTIFICATIONS

    @property
    def confirms(self) -> bool:
        """Return False: what a peer loses when it closes the connection is not noticed."""
        return False

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Write the notifications one after the other.

        raises DeliveryError: the connection is broken.
        """
        sock = await self._link.open()
        await checkpoint()  # other tasks must run even when the peer takes everything at once
        done = 0
        try:
            while done < len(batch):
                after = _chunk_end(batch, done)
                await self._link.write(
                    sock, b"".join(notification.payload for notification in batch[done:after]), _ignore
                )
                settle.all_delivered(done, after)
                done = after
        except OSError as error:
            raise DeliveryError(reason_of(error)) from error
        finally:
            if done < len(batch):  # part of an object may have been sent
                self._link.drop()

    async def aclose(self) -> None:
        """Close the connection."""
        await self._link.aclose()


class RequestSender:
    """Sends requests, several before the first answer. The reply with its id settles a request, in any order."""

    def __init__(self, link: StreamConnection, timeout: float) -> None:
        """`timeout` is how many seconds may pass until the next reply."""
        self._link = link
        self._timeout = timeout

    @property
    def window(self) -> int:
        """Return how many requests may be unanswered."""
        return REQUESTS

    @property
    def confirms(self) -> bool:
        """Return True: the peer answers each request."""
        return True

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Send the requests and read replies until all of them are answered.

        raises DeliveryError: the connection is broken, or a reply was wrong or did not come in time.
        """
        sock = await self._link.open()
        pending = _numbers(batch)
        requests = b"".join(numbered(batch[place].payload, number) for number, place in pending.items())
        replies = _Replies(pending, settle)
        await checkpoint()
        try:
            await self._link.write(sock, requests, replies.take)
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
            with anyio.fail_after(self._timeout):
                while len(replies.pending) == before:
                    replies.take(await self._link.read(sock))
        except TimeoutError as error:
            # A process that stood still finds its time over before it looks at what came meanwhile.
            for piece in self._link.arrived(sock):
                replies.take(piece)
            if len(replies.pending) == before:
                raise DeliveryError(f"no answer in {self._timeout:g} s") from error


class _Replies:
    """The replies to one batch."""

    def __init__(self, pending: dict[int, int], settle: Settle) -> None:
        self.pending = pending
        """The place in the batch of each unanswered request, by its id."""
        self.confused = False
        """Whether something came that was not a reply to one of them."""
        self._settle = settle
        self._stream = JsonStream()

    def take(self, piece: bytes) -> None:
        """Settle what these bytes answer.

        raises DeliveryError: they are not replies, or replies to other requests.
        """
        try:
            for members in self._stream.feed(piece):
                self._settle_one(read_reply(members))
        except BadMessageError as error:
            self.confused = True
            raise DeliveryError(f"the peer sent a wrong reply: {error.why}") from error

    def _settle_one(self, reply: Reply) -> None:
        if (place := self.pending.pop(reply.id, None)) is None:
            raise BadMessageError(f"a reply with the id {reply.id}, which no request has")
        self._settle(place, reply.refusal)


def _numbers(batch: Sequence[Notification]) -> dict[int, int]:
    """Number the requests by their serials, so that a repeated request has the same id. Ids in a batch differ."""
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


def _ignore(_piece: bytes) -> None:
    """Ignore what a peer sends that has no request to answer."""
