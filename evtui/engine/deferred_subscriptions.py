"""Saved subscriptions that could not be made again yet, for example because a host name does not resolve."""

from collections.abc import Collection, Iterator

from evtui.core.transport import SavedSubscription
from evtui.core.values import Socket


class DeferredSubscriptions:
    """Saved subscriptions to try again, until they are made, expire, or a later request replaces or ends them."""

    def __init__(self) -> None:
        self._deferred: list[tuple[SavedSubscription, Socket | None]] = []

    def __contains__(self, saved: SavedSubscription) -> bool:
        return any(each is saved for each, _ in self._deferred)

    def __iter__(self) -> Iterator[SavedSubscription]:
        """Walk a copy, so that the caller may remove some meanwhile."""
        return iter([saved for saved, _ in self._deferred])

    def __bool__(self) -> bool:
        return bool(self._deferred)

    def add(self, saved: SavedSubscription, socket: Socket | None) -> None:
        """Defer a subscription. `socket` is None when its source cannot be parsed: no request can replace it then."""
        self._deferred.append((saved, socket))

    def discard(self, saved: SavedSubscription) -> None:
        """Remove a subscription; nothing happens when it is not there."""
        self._deferred = [each for each in self._deferred if each[0] is not saved]

    def take(self, event: str, names: Collection[str], socket: Socket) -> list[SavedSubscription]:
        """Remove and return those of a socket and an event, or of a wildcard and the events `names` that it matches."""
        taken = [
            saved
            for saved, saved_socket in self._deferred
            if saved_socket == socket and (saved.event == event or (not saved.is_wildcard and saved.event in names))
        ]
        for saved in taken:
            self.discard(saved)
        return taken
