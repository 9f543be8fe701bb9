"""What an outbox gives its sender to settle the notifications of a batch with."""

from collections.abc import Callable


class BatchEnds:
    """The `Settle` of an outbox, for whatever batch is in flight."""

    __slots__ = ("_delivered", "_settle")

    def __init__(self, settle: Callable[[int, str | None], None], delivered: Callable[[int, int], None]) -> None:
        self._settle = settle
        self._delivered = delivered

    def __call__(self, place: int, reason: str | None, /) -> None:
        """Settle one notification."""
        self._settle(place, reason)

    def all_delivered(self, first: int, behind: int, /) -> None:
        """Settle neighbours that were delivered."""
        self._delivered(first, behind)
