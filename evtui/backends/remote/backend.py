"""The remote backend: a server reached over MI (evtui, or OpenSIPS 3), behind the Backend port."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskGroup

from evtui.backends.remote.mi_client import MiClient
from evtui.backends.remote.remote_requests import RemoteRequests
from evtui.backends.remote.watch import RemoteWatch
from evtui.core.ports import Clock, Watch
from evtui.engine.journal import WHOLE_JOURNAL, JournalBounds


class RemoteBackend(RemoteRequests):
    """One server. `open_remote` makes it and runs its feeds."""

    def __init__(
        self, client: MiClient, tasks: TaskGroup, *, clock: Clock, wall: Clock, read_only: bool = False,
        bounds: JournalBounds = WHOLE_JOURNAL,
    ) -> None:  # fmt: skip
        super().__init__(client, clock=clock, wall=wall, read_only=read_only)
        self._bounds = bounds
        self._tasks = tasks

    async def watch(self, events: Sequence[str] = ()) -> Watch:
        """Subscribe a new socket of this process and follow what it receives.

        raises BackendError, RequestError: the server refused.
        """
        watch = RemoteWatch(self._client, events, wall=self._wall, closed=self._forget, bounds=self._bounds)
        # Before it subscribes, so that its socket is never listed as that of another subscriber.
        self._watches.append(watch)
        try:
            await self._tasks.start(watch.run)
        except BaseException:
            self._forget(watch)
            raise
        return watch

    async def aclose(self) -> None:
        """Close and unsubscribe every open watch."""
        for watch in tuple(self._watches):
            await watch.aclose()

    def _forget(self, watch: RemoteWatch) -> None:
        if watch in self._watches:
            self._watches.remove(watch)


@asynccontextmanager
async def open_remote(
    client: MiClient, *, clock: Clock, wall: Clock, read_only: bool = False, bounds: JournalBounds = WHOLE_JOURNAL
) -> AsyncGenerator[RemoteBackend]:
    """Attach to a server; at the end every watch is unsubscribed."""
    async with anyio.create_task_group() as tasks:
        backend = RemoteBackend(client, tasks, clock=clock, wall=wall, read_only=read_only, bounds=bounds)
        try:
            yield backend
        finally:
            with anyio.CancelScope(shield=True):
                await backend.aclose()
            tasks.cancel_scope.cancel()
            client.close()
