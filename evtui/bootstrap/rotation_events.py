"""Rotations of flat files: told as events, and asked for over the management interface."""

from collections.abc import Iterable

from evtui.core.errors import EngineClosedError, RequestError
from evtui.core.transport import Transport
from evtui.engine.engine import Engine
from evtui.transports.flatstore.rotation import Rotated
from evtui.transports.flatstore.transport import FlatstoreTransport

EVENT = "E_FLATSTORE_ROTATION"


class FlatFileRotations:
    """The flat files among some transports."""

    def __init__(self, transports: Iterable[Transport]) -> None:
        self._stores = [transport for transport in transports if isinstance(transport, FlatstoreTransport)]

    def raise_in(self, engine: Engine) -> None:
        """Raise E_FLATSTORE_ROTATION at each rotation from now on; an engine without that event is told nothing."""

        def tell(news: Rotated) -> None:
            params = {
                "timestamp": news.timestamp,
                "reason": news.reason,
                "filename": news.filename,
                "old_filename": news.old_filename,
            }
            try:
                engine.raise_event(EVENT, params)
            except (RequestError, EngineClosedError):
                return

        for store in self._stores:
            store.rotated = tell

    async def rotate(self, path: str) -> None:
        """Rotate a file now: `evi_flat_rotate`, `event_flatstore:rotate`.

        raises RequestError: no subscription writes it. DeliveryError: the disk refuses.
        """
        for store in self._stores:
            await store.rotate(path)
