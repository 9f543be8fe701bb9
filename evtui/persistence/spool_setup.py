"""The spool of a run: which file it is, its maintenance, and the delivery of what an earlier run left in it."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import platformdirs
from anyio import to_thread

from evtui.config.schema import Config
from evtui.core.clocks import Sleep
from evtui.core.errors import RequestError, SpoolError
from evtui.core.transport import Opened, OutboxPolicy, Queued, Target
from evtui.engine.engine import Engine
from evtui.persistence.deferred_sender import DeferredSender
from evtui.storage.spool import SqliteSpool

CHECKPOINT_PAUSE: Final = 1.0
"""Seconds between two checkpoints, which write the spool to the disk."""

_log = logging.getLogger(__name__)


@contextmanager
def open_spool(config: Config, *, implied: bool) -> Generator[SqliteSpool | None]:
    """Yield the configured spool, else, if `implied` allows it, the one in the data directory; close it at the end."""
    if config.engine.spool is not None:
        spool = SqliteSpool(Path(config.engine.spool))
    elif implied:
        spool = SqliteSpool(platformdirs.user_data_path("evtui") / "spool.db")
    else:
        spool = None
    try:
        yield spool
    finally:
        if spool is not None:
            spool.close()


def last_serial(spool: SqliteSpool | None) -> int:
    """Return the highest serial in the spool; 0 without one, or when another evtui uses it."""
    try:
        return spool.last_serial() if spool is not None else 0
    except SpoolError as error:
        _log.warning("%s: durable subscriptions will fail", error)
        return 0


async def restore_spooled(engine: Engine, spool: SqliteSpool) -> None:
    """Queue what an earlier run left in the spool, whether its destinations are subscribed or not.

    A destination that cannot be opened yet is opened at a later attempt.
    """
    try:
        destinations = spool.destinations()
    except SpoolError:
        return  # `last_serial` has logged it
    for socket, source in destinations:
        try:
            target = engine.parse(source)
            opened = await to_thread.run_sync(target.open) if target.blocks else target.open()
            waiting = engine.restore(target, opened)
        except RequestError as error:
            _log.warning("notifications for %s stay in %s until it can be opened: %s", socket, spool.path, error)

            def reopen(source: str = source) -> Opened:
                return engine.parse(source).open()

            deferred = Queued(DeferredSender(reopen), OutboxPolicy(durable=True))
            waiting = engine.restore(Target(socket, "jsonrpc", reopen, text=source), deferred, hold=True)
        _log.info("%d notifications of an earlier run wait for %s", waiting, socket)


async def maintain_spool(spool: SqliteSpool, sleep: Sleep) -> None:
    """Write the spool to the disk every second until cancelled; log when that begins and ends to fail."""
    trouble = ""
    while True:
        await sleep(CHECKPOINT_PAUSE)
        before, trouble = trouble, ""
        try:
            await to_thread.run_sync(spool.checkpoint)
            spool.remove(())  # removals that failed while the disk was full
        except SpoolError as error:
            trouble = str(error)
        if trouble != before:
            _log.warning("%s", trouble or f"spool {spool.path}: it can be written again")
