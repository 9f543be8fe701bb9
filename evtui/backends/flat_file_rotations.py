"""Rotations of the flat files of an engine: raised as events, and requested through the management interface."""

from collections.abc import Iterable

from evtui.core.errors import EngineClosedError, RequestError
from evtui.core.transport import Transport
from evtui.engine.engine import Engine
from evtui.transports.flatstore.rotation import ROTATION_EVENT, Rotated
from evtui.transports.flatstore.transport import FlatstoreTransport


class FlatFileRotations:
    """The flat files of an engine."""

    def __init__(self, transports: Iterable[Transport]) -> None:
        self._stores = [transport for transport in transports if isinstance(transport, FlatstoreTransport)]

    def raise_in(self, engine: Engine) -> None:
        """Raise E_FLATSTORE_ROTATION at each rotation from now on; nothing happens without that event."""

        def raise_rotated(rotated: Rotated) -> None:
            try:
                engine.raise_event(ROTATION_EVENT, rotated.params())
            except (RequestError, EngineClosedError):
                return

        for store in self._stores:
            store.rotated = raise_rotated

    async def rotate(self, path: str) -> None:
        """Rotate a file now: `evi_flat_rotate`, `event_flatstore:rotate`.

        raises RequestError: no subscription writes to it. DeliveryError: the file cannot be opened.
        """
        for store in self._stores:
            await store.rotate(path)
