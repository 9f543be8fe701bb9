"""`evtui serve`: an engine and its listeners until a signal comes."""

import faulthandler
import logging
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, closing
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import anyio

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.doors import open_doors
from evtui.bootstrap.engine_setup import RunningEngine, running_engine
from evtui.bootstrap.listeners import ListenAddresses
from evtui.bootstrap.logs import log_to_stderr, report_crashes, start_log
from evtui.bootstrap.real_clocks import REAL_CLOCKS, limit_shutdown
from evtui.config.config_loader import LoadedConfig
from evtui.core.error_groups import unwrap_lone_error
from evtui.core.short_collections import ShortCollections
from evtui.engine.engine import Engine
from evtui.persistence.exit_status import exit_status
from evtui.persistence.server_signals import ServedParts, ServerSignals
from evtui.persistence.shutdown_report import log_undelivered, print_undelivered
from evtui.persistence.watched_rules import watched_rules
from evtui.scripting.view_of_script import script_view
from evtui.serve.service.health import status_line
from evtui.serve.service.sd_notify import ServiceNotices

if TYPE_CHECKING:
    from evtui.filters.rules.rule_set import Fired

_log = logging.getLogger(__name__)


class Outside(NamedTuple):
    """What a server needs of the program around it."""

    reread: Callable[[], LoadedConfig]
    """Read the configuration again, in a thread. raises EvtuiError."""
    print_line: Callable[[str], None]
    """Gets a line for each listener."""
    print_error: Callable[[str], None]


def serve(loaded: LoadedConfig, outside: Outside) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP; return the exit status.

    SIGHUP reads the configuration again instead, with the script, when no terminal can hang up, when a service manager
    listens, or when a script is loaded.
    """

    def work() -> int:
        _log_as(loaded)
        report_crashes(outside.print_error)
        faulthandler.enable()  # a library that gets no memory ends the process: standard error says where
        anyio.run(_serve, loaded, ListenAddresses.chosen(loaded.config), outside)
        return 0

    return exit_status(work, outside.print_error)


def _log_as(loaded: LoadedConfig) -> None:
    """Log as a configuration says. raises BadSettingError."""
    start_log(loaded, partial(log_to_stderr, loaded.config.log_format))


async def _serve(loaded: LoadedConfig, addresses: ListenAddresses, outside: Outside) -> None:
    notices = ServiceNotices.taken(os.environ, REAL_CLOCKS, os.getpid())
    with closing(notices), unwrap_lone_error():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(notices.watch)
            await _serve_watched(loaded, addresses, outside, notices)
            tasks.cancel_scope.cancel()


async def _serve_watched(
    loaded: LoadedConfig, addresses: ListenAddresses, outside: Outside, notices: ServiceNotices
) -> None:
    with anyio.open_signal_receiver(*_signals()) as received:
        async with (
            running_engine(loaded, addresses) as running,
            open_doors(loaded, running, script_view(running.script)) as told,
            anyio.create_task_group() as tasks,
        ):
            _announce(loaded, running, told, outside)
            status = partial(_status, running)
            tasks.start_soon(notices.follow, status)
            notices.ready(status())
            is_reloaded = bool(notices) or running.script is not None or not _has_terminal()
            parts = ServedParts(running.health, running.reload, notices, outside.reread, _log_as, status, is_reloaded)
            signals = ServerSignals(parts, received)
            current: LoadedConfig | None = loaded
            while current is not None:
                async with _rules(current, running.engine):
                    current = await signals.next_configuration(current)
            limit_shutdown()
            notices.stopping()
            tasks.cancel_scope.cancel()
    print_undelivered(running.engine, outside.print_error)
    if loaded.config.log_file is not None:  # else the log is standard error, where the lines are already
        log_undelivered(running.engine)


def _announce(loaded: LoadedConfig, running: RunningEngine, doors: Iterable[str], outside: Outside) -> None:
    for notice in (*loaded.notices, *running.listeners.notices):
        _log.warning("%s", notice)
    for place in running.listeners.places:
        outside.print_line(f"listening on {place}")
    for line in doors:
        outside.print_line(line)
    ShortCollections(REAL_CLOCKS.processor).start()
    outside.print_line("ready")


def _status(running: RunningEngine) -> str:
    return status_line(running.health.report(), running.engine.totals())


def _rules(loaded: LoadedConfig, engine: Engine) -> AbstractAsyncContextManager[object]:
    """Run the watch rules of the configuration; each that fires is a line in the log."""
    return watched_rules(loaded.config, EmbeddedBackend(engine), loaded.config.rules, _log_fired, REAL_CLOCKS)


def _log_fired(fired: "Fired") -> None:
    from evtui.filters.rules.fired_text import fired_line

    _log.warning("%s", fired_line(fired))


def _signals() -> Sequence[signal.Signals]:
    """List the signals to handle; not SIGHUP when it is ignored, as under `nohup`."""
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM) if ignored else (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _has_terminal() -> bool:
    """Say whether this process has a terminal that can hang up, whatever its streams are."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
