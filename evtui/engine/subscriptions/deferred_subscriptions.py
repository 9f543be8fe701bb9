"""Saved subscriptions that could not be made again yet, for example because a host name does not resolve."""

from collections.abc import Collection, Iterator

from evtui.core.transport import SavedSubscription
from evtui.core.values import Socket


class DeferredSubscriptions:
    """Saved subscriptions to try again, until they are made, expire, or a later request replaces or ends them.

    Equal ones are kept apart: each is found by its identity, and those of a socket by the socket.
    """

    def __init__(self) -> None:
        self._deferred: dict[int, tuple[SavedSubscription, Socket | None]] = {}
        self._by_socket: dict[Socket, dict[int, SavedSubscription]] = {}

    def __contains__(self, saved: SavedSubscription) -> bool:
        return id(saved) in self._deferred

    def __iter__(self) -> Iterator[SavedSubscription]:
        """Walk a copy, so that the caller may remove some meanwhile."""
        return iter([saved for saved, _ in self._deferred.values()])

    def __bool__(self) -> bool:
        return bool(self._deferred)

    def add(self, saved: SavedSubscription, socket: Socket | None) -> None:
        """Defer a subscription. `socket` is None when its source cannot be parsed: no request can replace it then."""
        self._deferred[id(saved)] = saved, socket
        if socket is not None:
            self._by_socket.setdefault(socket, {})[id(saved)] = saved

    def discard(self, saved: SavedSubscription) -> None:
        """Remove a subscription; nothing happens when it is not there."""
        _, socket = self._deferred.pop(id(saved), (saved, None))
        if socket is not None:
            del self._by_socket[socket][id(saved)]
            if not self._by_socket[socket]:
                del self._by_socket[socket]

    def take(self, event: str, names: Collection[str], socket: Socket) -> list[SavedSubscription]:
        """Remove and return those of a socket and an event, or of a wildcard and the events `names` that it matches."""
        own = self._by_socket.get(socket)
        if own is None:
            return []
        wanted = frozenset(names)
        taken = [
            saved for saved in own.values() if saved.event == event or (not saved.is_wildcard and saved.event in wanted)
        ]
        for saved in taken:
            self.discard(saved)
        return taken
