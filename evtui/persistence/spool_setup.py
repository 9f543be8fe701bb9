"""The spool of a run: which file it is, its maintenance, and the delivery of what an earlier run left in it."""

import logging
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

import platformdirs
from anyio import CapacityLimiter, to_thread
from anyio.abc import TaskGroup

from evtui.config.config_loader import LoadedConfig
from evtui.core.clocks import Sleep
from evtui.core.errors import BadSettingError, BadSocketError, RequestError, SpoolError
from evtui.core.ports import Clock
from evtui.core.transport import Opened, OutboxPolicy, Queued, Target
from evtui.core.values import Socket
from evtui.engine.engine import Engine
from evtui.persistence.deferred_sender import DeferredSender
from evtui.persistence.openings import Opening, begin_opening
from evtui.storage.spool import SqliteSpool

CHECKPOINT_PAUSE: Final = 1.0
"""Seconds between two checkpoints, which write the spool to the disk."""
CHECKS_OF_A_PAUSE: Final = 5
"""How often in a pause it is checked whether so much was written that a checkpoint is due."""

_log = logging.getLogger(__name__)


@contextmanager
def open_spool(loaded: LoadedConfig, wall: Clock, *, implied: bool) -> Generator[SqliteSpool | None]:
    """Yield the configured spool, else, if `implied` allows it, the one in the data directory; close it at the end.

    raises BadSettingError: the configured one is used by another evtui, or cannot be used.
    """
    configured = loaded.config.engine.spool
    if configured is None and not implied:
        yield None
        return
    path = platformdirs.user_data_path("evtui") / "spool.db" if configured is None else Path(configured)
    with closing(SqliteSpool(path, wall=wall)) as spool:
        try:
            if configured is not None:
                spool.claim()
        except SpoolError as error:
            if not error.may_pass:
                raise BadSettingError("engine.spool", str(error), loaded.origin("engine.spool")) from error
            _log.error("%s: durable subscriptions are refused until that is over", error)
        yield spool


def last_serial(spool: SqliteSpool | None) -> int:
    """Return the highest serial in the spool; 0 without one, or when it cannot be used."""
    try:
        return spool.last_serial() if spool is not None else 0
    except SpoolError as error:
        _log.warning("%s: durable subscriptions are refused", error)
        return 0


async def restore_spooled(engine: Engine, spool: SqliteSpool, tasks: TaskGroup) -> None:
    """Queue what an earlier run left in the spool, whether its destinations are subscribed or not.

    Hosts are resolved side by side, by tasks of the group. A destination that is not open soon is opened at a later
    attempt.
    """
    try:
        destinations = spool.destinations()
    except SpoolError:
        return  # `last_serial` has logged it
    openings = await _open_all(engine, destinations, tasks)
    for socket, source in destinations:
        try:
            opening = openings.get(socket) or Opening(_parsed(engine, socket, source))
            waiting = engine.restore(opening.target, opening.result())
        except RequestError as error:
            _log.warning("notifications for %s stay in %s until it can be opened: %s", socket, spool.path, error)
            waiting = _hold(engine, socket, source)
        _log.info("%d notifications of an earlier run wait for %s", waiting, socket)


async def _open_all(
    engine: Engine, destinations: Sequence[tuple[Socket, str]], tasks: TaskGroup
) -> Mapping[Socket, Opening]:
    """Begin to open all destinations whose source is right; the others are reported where they are parsed again."""
    targets: dict[Socket, Target] = {}
    for socket, source in destinations:
        with suppress(RequestError):
            targets[socket] = _parsed(engine, socket, source)
    return dict(zip(targets, await begin_opening(list(targets.values()), tasks), strict=True))


def _hold(engine: Engine, socket: Socket, source: str) -> int:
    """Queue the notifications with a sender that opens the destination when it can be opened."""

    def reopen() -> Opened:
        return _parsed(engine, socket, source).open()

    held = Queued(DeferredSender(str(socket), reopen), OutboxPolicy(durable=True))
    try:
        return engine.restore(Target(socket, "jsonrpc", reopen, text=source), held, hold=True)
    except RequestError as error:  # the spool cannot be read
        _log.error("%s: what waits for it is not delivered in this run: %s", socket, error)
        return 0


def _parsed(engine: Engine, socket: Socket, source: str) -> Target:
    """Parse the source of a destination.

    raises RequestError: it is wrong, or that of another socket, so that one of the two is damaged.
    """
    target = engine.parse(source)
    if target.socket != socket:
        raise BadSocketError(
            str(socket), "address", "the spool has another address for it beside this one: it is damaged"
        )
    return target


async def maintain_spool(spool: SqliteSpool, sleep: Sleep) -> None:
    """Write the spool to the disk every second until cancelled, or sooner when much was written.

    Logs when that begins and ends to fail.
    """
    trouble, disk = "", CapacityLimiter(1)  # of its own: other threads may wait for a name server
    while True:
        for _ in range(CHECKS_OF_A_PAUSE):
            await sleep(CHECKPOINT_PAUSE / CHECKS_OF_A_PAUSE)
            if spool.needs_checkpoint:
                break
        before, trouble = trouble, ""
        try:
            await to_thread.run_sync(spool.checkpoint, limiter=disk)
            spool.remove(())  # removals that failed while the disk was full
        except SpoolError as error:
            trouble = str(error)
        if trouble != before:
            _log.warning("%s", trouble or f"spool {spool.path}: it can be written again")
