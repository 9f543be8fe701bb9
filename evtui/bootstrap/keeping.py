"""What outlives the process: the spool's upkeep, the state file, and taking both up again at start."""

import logging
import time
from collections.abc import Generator, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import anyio
import platformdirs
from anyio import to_thread
from msgspec.structs import replace

from evtui.config.schema import Config
from evtui.core.carriage import Order
from evtui.core.errors import BadSettingError, RequestError, SpoolError
from evtui.core.records import Expired, Refreshed, Subscribed, Unsubscribed
from evtui.engine.engine import Engine
from evtui.storage.spool import SqliteSpool
from evtui.storage.state import StateError, read_state, write_state

CHECKPOINT: Final = 1.0
"""Seconds between two times the spool is brought to the disk."""

LEISURE: Final = 10
"""Times as long as the last writing of the state took before it is written again."""

Made: TypeAlias = AbstractSet[tuple[str, str]]
"""Events and sockets of subscriptions that the configuration makes again at each start."""

_log = logging.getLogger(__name__)


def make_spool(config: Config, *, implied: bool) -> SqliteSpool | None:
    """Choose the spool: the one the configuration names, else, if it may be implied, the one in the data directory."""
    if config.engine.spool is not None:
        return SqliteSpool(Path(config.engine.spool))
    return SqliteSpool(platformdirs.user_data_path("evtui") / "spool.db") if implied else None


@contextmanager
def spooling(config: Config, *, implied: bool) -> Generator[SqliteSpool | None]:
    """Have the spool at hand until the block ends."""
    spool = make_spool(config, implied=implied)
    try:
        yield spool
    finally:
        if spool is not None:
            spool.close()


def last_serial(spool: SqliteSpool | None) -> int:
    """Return the highest serial that waits; a spool that another evtui uses is left to it."""
    try:
        return spool.last_serial() if spool is not None else 0
    except SpoolError as error:
        _log.warning("%s: durable subscriptions will fail", error)
        return 0


async def restore_spooled(engine: Engine, spool: SqliteSpool) -> None:
    """Deliver what an earlier run accepted, subscribed or not."""
    try:
        sources = spool.destinations()
    except SpoolError:
        return  # said already
    for source in sources:
        try:
            target = engine.parse(source)
            opened = await to_thread.run_sync(target.open) if target.blocks else target.open()
        except RequestError as error:
            _log.warning("what waits in %s stays there: %s", spool.path, error)
        else:
            _log.info("%d notifications of an earlier run wait for %s", engine.restore(target, opened), target.socket)


async def keep_spool(spool: SqliteSpool) -> None:
    """Bring the spool to the disk every second until cancelled; a trouble is said when it comes and goes."""
    trouble = ""
    while True:
        await anyio.sleep(CHECKPOINT)
        said, trouble = trouble, ""
        try:
            await to_thread.run_sync(spool.checkpoint)
            spool.remove(())  # what could not be while there was no room
        except SpoolError as error:
            trouble = str(error)
        if trouble != said:
            _log.warning("%s", trouble or f"spool {spool.path}: it can be written again")


class StateKeeper:
    """Keeps the subscriptions in a file: written at each change, as soon as the last writing is done."""

    def __init__(self, engine: Engine, file: Path) -> None:
        self._engine = engine
        self._file = file
        self._watch = engine.watch()
        self.made: Made = frozenset()
        self._stranded: Sequence[Order] = ()
        """What could not be taken up, such as a host that did not resolve: kept for the next start."""
        self._resumed_at = 0.0

    async def resume(self) -> None:
        """Subscribe what the file holds, each for what it has left.

        raises BadSettingError: the file cannot be read.
        """
        try:
            orders = await to_thread.run_sync(read_state, self._file, time.time())
        except StateError as error:
            raise BadSettingError("engine.state", str(error), "file") from error
        self._resumed_at = time.monotonic()
        self._stranded = [order for order in orders if not await self._resumed(order)]

    async def run(self) -> None:
        """Write the file whenever the subscriptions change, until cancelled."""
        watch = self._watch
        while True:
            await watch.wait()
            lost = watch.lost
            changed = any(
                isinstance(record, Subscribed | Refreshed | Unsubscribed | Expired) for record in watch.read()
            )
            if changed or watch.lost > lost:
                started = time.monotonic()
                await self.write()
                await anyio.sleep((time.monotonic() - started) * LEISURE)

    async def write(self) -> None:
        """Write the file now; a failure is logged and the old file stays."""
        orders = [order for order in self._engine.orders() if not self._is_made(order)]
        try:
            await to_thread.run_sync(write_state, self._file, [*self._aged(), *orders], time.time())
        except StateError as error:
            _log.error("%s: the subscriptions are not kept", error)

    async def _resumed(self, order: Order) -> bool:
        try:
            target = self._engine.parse(order.source, trusted=order.trusted)
            opened = await to_thread.run_sync(target.open) if target.blocks else target.open()
            self._engine.resume(order, target, opened)
        except RequestError as error:
            _log.warning("not subscribed again: %s", error)
            return False
        return True

    def _aged(self) -> Iterator[Order]:
        passed = time.monotonic() - self._resumed_at
        for order in self._stranded:
            if order.left is None:
                yield order
            elif order.left > passed:
                yield replace(order, left=order.left - passed)

    def _is_made(self, order: Order) -> bool:
        return order.expire is None and (order.pattern or order.event, order.source) in self.made
