"""The place of one reader in what a source consumes."""

from collections.abc import Sequence
from typing import Protocol

from evtui.core.ports import JournalUse
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


class SourceWatch:
    """One watch of what is consumed; satisfies `core.ports.Watch`."""

    def __init__(self, backend: ConsumedSource, journal: Journal, events: Sequence[str]) -> None:
        self._backend = backend
        self._journal = journal
        self._reader = journal.watch(events)
        self._read = journal.written
        self._open = True

    @property
    def unread(self) -> int:
        """Count the records written since it last read."""
        return self._journal.written - self._read

    @property
    def lost(self) -> int:
        """Count the records that this watch never saw."""
        return self._reader.lost

    @property
    def skipped(self) -> int:
        """Count the same: every message arrived."""
        return self._reader.skipped

    @property
    def journal(self) -> JournalUse:
        """Say what the journal of this program holds."""
        return self._journal.use

    def read(self, limit: int | None = None) -> Sequence[Record]:
        """Take what is new, oldest first, at most the newest `limit`."""
        self._read = self._journal.written
        self._backend.notice_reading()
        return self._reader.read(limit)

    async def wait(self) -> None:
        """Return when there is something to read."""
        await self._reader.wait()

    async def aclose(self) -> None:
        """Stop watching."""
        if self._open:
            self._open = False
            await self._backend.leave(self)
