"""The place of one reader in what a source consumes."""

from collections.abc import Sequence
from typing import Protocol

from evtui.backends.seen.followed_watch import FollowedWatch
from evtui.core.records import Record
from evtui.engine.journal import Journal


class ConsumedSource(Protocol):
    """What a watch tells its source."""

    def notice_reading(self) -> None:
        """Let waiting messages go on: a watch has read."""
        ...

    async def leave(self, watch: "SourceWatch") -> None:
        """End one watch; with the last one the consumer stops."""
        ...


class SourceWatch(FollowedWatch):
    """One watch of what is consumed; the source waits for it for a while, and loses nothing itself."""

    def __init__(self, backend: ConsumedSource, journal: Journal, events: Sequence[str]) -> None:
        super().__init__(journal, events, None, lost=lambda: 0, end=self._leave)
        self._backend = backend
        self._journal = journal
        self._read = journal.written

    @property
    def unread(self) -> int:
        """Count the records written since it last read."""
        return self._journal.written - self._read

    def read(self, limit: int | None = None) -> Sequence[Record]:
        """Take what is new, oldest first, at most the newest `limit`."""
        self._read = self._journal.written
        self._backend.notice_reading()
        return super().read(limit)

    async def _leave(self) -> None:
        await self._backend.leave(self)
