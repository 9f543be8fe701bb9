"""Subscriptions of an earlier run that could not be taken up yet, such as those of a host that does not resolve."""

from collections.abc import Collection, Iterator

from evtui.core.transport import SavedSubscription
from evtui.core.values import Socket


class DeferredSubscriptions:
    """Orders that wait to be tried again, until they are taken up or somebody says what becomes of them."""

    def __init__(self) -> None:
        self._orders: list[tuple[SavedSubscription, Socket | None]] = []

    def __contains__(self, order: SavedSubscription) -> bool:
        return any(each is order for each, _ in self._orders)

    def __iter__(self) -> Iterator[SavedSubscription]:
        """Walk a copy: what waits now."""
        return iter([order for order, _ in self._orders])

    def __bool__(self) -> bool:
        return bool(self._orders)

    def add(self, order: SavedSubscription, socket: Socket | None) -> None:
        """Let an order wait; without a socket, since its text is not understood now, nobody can mean it."""
        self._orders.append((order, socket))

    def discard(self, order: SavedSubscription) -> None:
        """Let an order wait no more."""
        self._orders = [each for each in self._orders if each[0] is not order]

    def take(self, event: str, names: Collection[str], socket: Socket) -> list[SavedSubscription]:
        """Take out what somebody means who names the event or wildcard, which stands for `names`, and the socket."""
        meant = [
            order
            for order, waiting in self._orders
            if waiting == socket and (order.event == event or (not order.standing and order.event in names))
        ]
        for order in meant:
            self.discard(order)
        return meant
