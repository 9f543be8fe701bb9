"""The way to a destination that could not be opened when evtui started: opened when that works, at each attempt."""

from collections.abc import Callable, Sequence

from anyio import to_thread

from evtui.core.errors import DeliveryError, RequestError
from evtui.core.transport import Notification, Opened, Queued, Sender, Settle


class DeferredSender:
    """Opens its destination in a thread when there is something to deliver, then is what it got."""

    def __init__(self, open_: Callable[[], Opened]) -> None:
        """`open_` may block; while it raises a RequestError, each attempt fails and says why."""
        self._open = open_
        self._sender: Sender | None = None

    @property
    def window(self) -> int:
        """Say how many notifications it takes at once: one until it is open."""
        return 1 if self._sender is None else self._sender.window

    @property
    def confirms(self) -> bool:
        """Say whether the peer acknowledges."""
        return self._sender is not None and self._sender.confirms

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Deliver, once it is open.

        raises DeliveryError.
        """
        if self._sender is None:
            self._sender = await self._opened()
        await self._sender.send(batch, settle)

    async def aclose(self) -> None:
        """Let go of the link."""
        if self._sender is not None:
            await self._sender.aclose()

    async def _opened(self) -> Sender:
        try:
            opened = await to_thread.run_sync(self._open, abandon_on_cancel=True)
        except RequestError as error:
            raise DeliveryError(str(error)) from error
        if not isinstance(opened, Queued):
            raise DeliveryError("nothing waits for such a socket any more")
        return opened.sender
