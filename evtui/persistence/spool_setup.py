"""The spool of a run: where it is, its upkeep, and what an earlier run left in it."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import anyio
import platformdirs
from anyio import to_thread

from evtui.config.schema import Config
from evtui.core.errors import RequestError, SpoolError
from evtui.core.transport import Opened, OutboxPolicy, Queued, Target
from evtui.engine.engine import Engine
from evtui.persistence.deferred_sender import DeferredSender
from evtui.storage.spool import SqliteSpool

CHECKPOINT: Final = 1.0
"""Seconds between two times the spool is brought to the disk."""

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
    """Deliver what an earlier run accepted, subscribed or not; where that cannot be opened yet, it waits in a queue."""
    try:
        destinations = spool.destinations()
    except SpoolError:
        return  # said already
    for socket, source in destinations:
        try:
            target = engine.parse(source)
            opened = await to_thread.run_sync(target.open) if target.blocks else target.open()
            waiting = engine.restore(target, opened)
        except RequestError as error:
            _log.warning("what waits in %s for %s stays there for now: %s", spool.path, socket, error)

            def reopen(source: str = source) -> Opened:
                return engine.parse(source).open()

            late = Queued(DeferredSender(reopen), OutboxPolicy(durable=True))
            waiting = engine.restore(Target(socket, "jsonrpc", reopen, text=source), late, hold=True)
        _log.info("%d notifications of an earlier run wait for %s", waiting, socket)


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
