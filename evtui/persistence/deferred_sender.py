"""The sender of a destination that could not be opened when evtui started; it opens it at the first attempt it can."""

from collections.abc import Callable, Sequence

from evtui.core.errors import DeliveryError, RequestError
from evtui.core.transport import Notification, Opened, Queued, Sender, Settle
from evtui.transports.name_lookups import look_up


class DeferredSender:
    """Opens its destination in a thread when there is something to deliver, then delegates to the sender it got."""

    def __init__(self, socket: str, open_: Callable[[], Opened]) -> None:
        """`open_` opens the socket and may block.

        While it raises a RequestError, each attempt fails with that reason.
        """
        self._socket = socket
        self._open = open_
        self._sender: Sender | None = None

    @property
    def window(self) -> int:
        """Count the notifications it takes at once: one until its destination is open."""
        return 1 if self._sender is None else self._sender.window

    @property
    def confirms(self) -> bool:
        """Say whether the peer acknowledges."""
        return self._sender is not None and self._sender.confirms

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Deliver a batch, opening the destination first if need be.

        raises DeliveryError.
        """
        if self._sender is None:
            self._sender = await self._opened()
        await self._sender.send(batch, settle)

    async def aclose(self) -> None:
        """Close the link, if there is one."""
        if self._sender is not None:
            await self._sender.aclose()

    async def _opened(self) -> Sender:
        try:
            opened = await look_up(self._socket, self._open)
        except RequestError as error:
            raise DeliveryError(str(error)) from error
        if not isinstance(opened, Queued):
            raise DeliveryError("sockets of this kind have no queue any more: its notifications cannot be delivered")
        return opened.sender
