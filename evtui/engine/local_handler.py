"""A subscriber inside this process: it handles a notification in place, after the subscribers with a sink."""

import logging
from collections.abc import Callable

from evtui.core.ports import Clock
from evtui.core.transport import Notification
from evtui.core.values import Socket
from evtui.engine.outbox.entry import DeliveryListener

_log = logging.getLogger(__name__)


class LocalHandler:
    """Hands each notification to a function of this process; satisfies `destination.NotificationQueue`."""

    __slots__ = ("_clock", "_handle", "_listener", "socket")

    def __init__(
        self,
        socket: Socket,
        handle: Callable[[Notification], str | None],
        listener: DeliveryListener,
        clock: Clock,
    ) -> None:
        self.socket = socket
        self._handle = handle
        self._listener = listener
        self._clock = clock

    def put(self, notification: Notification) -> None:
        """Handle it now and report how that ended."""
        started = self._clock()
        try:
            why = self._handle(notification)
        except Exception as error:  # noqa: BLE001 - a handler's bug must not reach the caller that raises
            _log.warning("%s failed to handle an event", self.socket, exc_info=error)
            why = f"{type(error).__name__}: {error}"
        latency = self._clock() - started
        self._listener.settled(self.socket, notification, "sent" if why is None else "failed", latency, 1, why)

    def state(self) -> None:
        """Return None: nothing waits here."""
        return
