"""`evtui serve`: an engine and its listeners until a signal comes."""

import faulthandler
import logging
import signal
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import anyio

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.engine_setup import running_engine
from evtui.bootstrap.exit_status import exit_status
from evtui.bootstrap.listeners import ListenAddresses
from evtui.bootstrap.logs import log_to_stderr, report_crashes, start_log
from evtui.bootstrap.real_clocks import REAL_CLOCKS, limit_shutdown
from evtui.bootstrap.watched_rules import watched_rules
from evtui.config.config_loader import LoadedConfig
from evtui.core.errors import ReadOnlyError
from evtui.core.short_collections import ShortCollections
from evtui.engine.engine import Engine
from evtui.persistence.shutdown_report import log_undelivered, print_undelivered

if TYPE_CHECKING:
    from evtui.filters.rules.rule_set import Fired
    from evtui.scripting.script_runtime import ScriptRuntime

_log = logging.getLogger(__name__)


def serve(loaded: LoadedConfig, print_line: Callable[[str], None], print_error: Callable[[str], None]) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP; return the exit status. `print_line` gets a line for each listener.

    With a script, SIGHUP reloads the script instead.
    """

    def work() -> int:
        start_log(loaded, log_to_stderr)
        report_crashes(print_error)
        faulthandler.enable()  # a library that gets no memory ends the process: standard error says where
        anyio.run(_serve, loaded, ListenAddresses.chosen(loaded.config), print_line, print_error)
        return 0

    return exit_status(work, print_error)


async def _serve(
    loaded: LoadedConfig,
    addresses: ListenAddresses,
    print_line: Callable[[str], None],
    print_error: Callable[[str], None],
) -> None:
    with anyio.open_signal_receiver(*_signals()) as received:
        async with running_engine(loaded, addresses) as running, _rules(loaded, running.engine):
            for notice in running.listeners.notices:
                _log.warning("%s", notice)
            for place in running.listeners.places:
                print_line(f"listening on {place}")
            ShortCollections(REAL_CLOCKS.processor).start()
            print_line("ready")
            async for number in received:
                if number == signal.SIGHUP and running.script is not None:
                    await _reload(running.script)
                    continue
                _log.info("%s: stopping", signal.Signals(number).name)
                limit_shutdown()
                break
    print_undelivered(running.engine, print_error)
    if loaded.config.log_file is not None:  # else the log is standard error, where the lines are already
        log_undelivered(running.engine)


def _rules(loaded: LoadedConfig, engine: Engine) -> AbstractAsyncContextManager[object]:
    """Run the watch rules of the configuration; each that fires is a line in the log."""
    return watched_rules(loaded.config, EmbeddedBackend(engine), loaded.config.rules, _log_fired)


def _log_fired(fired: "Fired") -> None:
    from evtui.filters.rules.fired_text import fired_line

    _log.warning("%s", fired_line(fired))


async def _reload(script: "ScriptRuntime") -> None:
    try:
        await script.reload()
    except ReadOnlyError as error:
        _log.warning("SIGHUP: %s", error)


def _signals() -> Sequence[signal.Signals]:
    """List the signals to handle; not SIGHUP when it is ignored, as under `nohup`."""
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM) if ignored else (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
