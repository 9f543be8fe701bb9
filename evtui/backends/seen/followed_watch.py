"""The place of one reader in the records that a backend takes from elsewhere."""

from collections.abc import Awaitable, Callable, Sequence

from evtui.core.ports import JournalUse
from evtui.core.records import Record
from evtui.engine.journal import Journal, JournalWatch


class FollowedWatch:
    """One reader of a journal into which a source writes; satisfies `core.ports.Watch`.

    What the source lost before the journal counts as lost by each of its readers.
    """

    def __init__(
        self, journal: Journal, events: Sequence[str], place: int | None, *, lost: Callable[[], int],
        end: Callable[[], Awaitable[None]],
    ) -> None:  # fmt: skip
        """`place` is how many records are before it, None for all that there are.

        `lost` counts the records that never came here, `end` is called once, when it is closed.
        """
        self._watch = JournalWatch(journal, tuple(events), place)
        self._source_lost = lost
        self._lost_before = lost()
        self._end = end
        self._is_open = True

    @property
    def lost(self) -> int:
        """Count the records that this reader never got, also those that did not come here."""
        return self._watch.lost + self._source_lost() - self._lost_before

    @property
    def skipped(self) -> int:
        """Count the records that were read too late."""
        return self._watch.skipped

    @property
    def journal(self) -> JournalUse:
        """Say what is kept here of the records."""
        return self._watch.journal

    def read(self, limit: int | None = None) -> Sequence[Record]:
        """Take the new records, oldest first, at most the newest `limit`."""
        return self._watch.read(limit)

    async def wait(self) -> None:
        """Return when there is something to read."""
        await self._watch.wait()

    async def aclose(self) -> None:
        """Stop watching."""
        if self._is_open:
            self._is_open = False
            await self._end()
