"""The way to a destination that could not be opened when evtui started: opened when that works, at each attempt."""

from collections.abc import Callable, Sequence

from anyio import to_thread

from evtui.core.carriage import Courier, Letter, Opened, Settle, Waiting
from evtui.core.errors import DeliveryError, RequestError


class LateCourier:
    """Opens its destination in a thread when there is something to deliver, then is what it got."""

    def __init__(self, open_: Callable[[], Opened]) -> None:
        """`open_` may block; while it raises a RequestError, each attempt fails and says why."""
        self._open = open_
        self._courier: Courier | None = None

    @property
    def window(self) -> int:
        """Say how many letters it takes at once: one until it is open."""
        return 1 if self._courier is None else self._courier.window

    @property
    def confirms(self) -> bool:
        """Say whether the peer acknowledges."""
        return self._courier is not None and self._courier.confirms

    async def send(self, batch: Sequence[Letter], settle: Settle) -> None:
        """Deliver, once it is open.

        raises DeliveryError.
        """
        if self._courier is None:
            self._courier = await self._opened()
        await self._courier.send(batch, settle)

    async def aclose(self) -> None:
        """Let go of the link."""
        if self._courier is not None:
            await self._courier.aclose()

    async def _opened(self) -> Courier:
        try:
            opened = await to_thread.run_sync(self._open, abandon_on_cancel=True)
        except RequestError as error:
            raise DeliveryError(str(error)) from error
        if not isinstance(opened, Waiting):
            raise DeliveryError("nothing waits for such a socket any more")
        return opened.courier
