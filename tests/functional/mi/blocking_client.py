"""A client of the management interface that loads no event loop, for tests that run in one."""

import time
from typing import Any

from anyio import to_thread

from evtui.backends.remote.exchange.blocking_waits import BlockingWaits
from evtui.backends.remote.mi_address import MiAddress
from evtui.backends.remote.mi_client import MiClient
from evtui.codecs.jsonvalue import Json, Members


class BlockingClient(MiClient):
    """Each call blocks a thread, as it blocks the process of a client command."""

    def __init__(self, address: MiAddress, **options: Any) -> None:
        self._blocking = BlockingWaits(time.monotonic)
        super().__init__(address, **options, waits=self._blocking)

    async def call(self, method: str, params: Members | list[Json] | None = None) -> Json:
        """Call a method, as every client does."""
        return await to_thread.run_sync(self._blocking.run, super().call(method, params))
