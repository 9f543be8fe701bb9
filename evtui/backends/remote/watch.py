"""A watch over a server: the notifications of its feed, as records."""

import math
from collections.abc import Callable, Sequence

import anyio
from anyio.abc import TaskStatus

from evtui.backends.remote.feed import Feed, Received
from evtui.backends.remote.mi_client import MiClient
from evtui.backends.remote.server_listings import Seen
from evtui.codecs.sockets import split_scheme
from evtui.core.ports import Clock, JournalUse
from evtui.core.records import DispatchGroup, DispatchPlan, Raised, Record
from evtui.core.values import Socket
from evtui.engine.journal import WHOLE_JOURNAL, JournalBounds


class RemoteWatch:
    """One reader of a server's notifications; satisfies `core.ports.Watch`. It keeps the newest 50,000 records."""

    def __init__(
        self, client: MiClient, events: Sequence[str], *, wall: Clock, closed: Callable[["RemoteWatch"], None],
        bounds: JournalBounds = WHOLE_JOURNAL,
    ) -> None:  # fmt: skip
        self._journal = bounds.make()
        self.begun_at = wall()
        """Wall seconds since which notifications are received."""
        self.feed = Feed(client, events, self._take, wall=wall, restarted=self._journal.append)
        self._reader = self._journal.watch()
        self._on_closed = closed
        self._seen: dict[str, Seen] = {}
        self._serial = 0
        self._plans: dict[str, DispatchPlan] = {}
        self._scope = anyio.CancelScope()
        self._ended = anyio.Event()

    async def run(self, *, task_status: TaskStatus[str] = anyio.TASK_STATUS_IGNORED) -> None:
        """Receive until closed."""
        try:
            with self._scope:
                await self.feed.run(task_status=task_status)
        finally:
            self._ended.set()

    def seen(self, event: str) -> Seen:
        """Return what was received of an event."""
        return self._seen.get(event) or Seen()

    def kept(self) -> Sequence[Record]:
        """Return all records that the journal of this program holds, oldest first; they stay unread."""
        return self._journal.since(0)[0]

    @property
    def lost(self) -> int:
        """Count what was lost: records evicted, datagrams that the kernel dropped or that are not notifications."""
        return self._reader.lost + self.feed.lost + self.feed.malformed

    @property
    def skipped(self) -> int:
        """Count the notifications that arrived and were not read: evicted, or beyond a limit."""
        return self._reader.skipped

    @property
    def journal(self) -> JournalUse:
        """Say what the journal of this program holds."""
        return self._journal.use

    def read(self, limit: int | None = None) -> Sequence[Record]:
        """Take the new records, oldest first; with a `limit`, only the newest."""
        return self._reader.read(limit)

    async def wait(self) -> None:
        """Return when there is something to read."""
        await self._reader.wait()

    async def aclose(self) -> None:
        """Unsubscribe and stop."""
        self._scope.cancel()
        try:
            await self._ended.wait()
        finally:
            self._on_closed(self)

    def _take(self, received: Received) -> None:
        event, params = received.event, received.params
        self._serial += 1
        self._seen[event] = Seen(self.seen(event).count + 1, received.at, params)
        plan = self._plan("jsonrpc" if received.payload[:1] == b"{" else "text")
        record = Raised(self._serial, received.at, event, params, plan, (received.payload,), (math.nan,))
        self._journal.append(record)

    def _plan(self, codec: str) -> DispatchPlan:
        if codec not in self._plans:
            own = Socket(*split_scheme(self.feed.socket))
            self._plans[codec] = DispatchPlan((codec,), (DispatchGroup((own,), 0),), 1)
        return self._plans[codec]
