"""The place of one reader in the records of a fleet."""

from collections.abc import Sequence
from typing import Protocol

from evtui.core.ports import JournalUse
from evtui.core.records import Record
from evtui.engine.journal import Journal, JournalWatch


class WatchedFleet(Protocol):
    """What a watch asks of its fleet."""

    @property
    def lost(self) -> int:
        """Count the records that never came here."""
        ...

    async def end_watch(self) -> None:
        """Take note that a watch has ended."""
        ...


class FleetWatch:
    """One reader; satisfies `core.ports.Watch`."""

    def __init__(self, fleet: WatchedFleet, journal: Journal, events: Sequence[str], place: int | None) -> None:
        self._fleet = fleet
        self._watch = JournalWatch(journal, tuple(events), place)
        self._lost_before = fleet.lost
        self._is_open = True

    @property
    def lost(self) -> int:
        """Count the records that this reader never got, also those that did not come here."""
        return self._watch.lost + self._fleet.lost - self._lost_before

    @property
    def skipped(self) -> int:
        """Count the records that were read too late."""
        return self._watch.skipped

    @property
    def journal(self) -> JournalUse:
        """Say what is kept here of the records."""
        return self._watch.journal

    def read(self, limit: int | None = None) -> Sequence[Record]:
        """Take the new records, in the order in which they arrived, at most the newest `limit`."""
        return self._watch.read(limit)

    async def wait(self) -> None:
        """Return when there is something to read."""
        await self._watch.wait()

    async def aclose(self) -> None:
        """Stop watching."""
        if self._is_open:
            self._is_open = False
            await self._fleet.end_watch()
