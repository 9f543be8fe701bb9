"""`evtui serve`: an engine and its listeners until a signal comes."""

import logging
import signal
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import anyio

from evtui.bootstrap.engine_setup import running_engine
from evtui.bootstrap.listen_addresses import ListenAddresses
from evtui.bootstrap.logs import log_to_stderr, report_crashes, start_log
from evtui.bootstrap.shutdown_report import log_leftovers, tell_leftovers
from evtui.bootstrap.tasks import limit_shutdown
from evtui.config.config_loader import LoadedConfig
from evtui.core.errors import BadSettingError, EvtuiError, ReadOnlyError

if TYPE_CHECKING:
    from evtui.scripting.script_runtime import ScriptRuntime

FAILED: Final = 1
"""What could not be done, such as a place to listen on that is taken."""

WRONG: Final = 2
"""The configuration is wrong."""

INTERRUPTED: Final = 128 + signal.SIGINT

_log = logging.getLogger(__name__)


def serve(loaded: LoadedConfig, say: Callable[[str], None], complain: Callable[[str], None]) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP; returns the exit status. `say` gets a line per listener when ready.

    With a script SIGHUP reloads it instead.
    """
    try:
        start_log(loaded, log_to_stderr)
        report_crashes(complain)
        anyio.run(_serve, loaded, ListenAddresses.chosen(loaded.config), say, complain)
    except BadSettingError as error:
        complain(f"evtui: {error}")
        return WRONG
    except (EvtuiError, OSError) as error:
        tell_failure(error, complain)
        return FAILED
    except KeyboardInterrupt:  # before the signals were ours
        return INTERRUPTED
    return 0


def tell_failure(error: EvtuiError | OSError, complain: Callable[[str], None]) -> None:
    """Tell a person what ended evtui, in as many lines as it has."""
    first, *rest = error.lines if isinstance(error, EvtuiError) else (str(error),)
    for line in (f"evtui: {first}", *rest):
        complain(line)


async def _serve(
    loaded: LoadedConfig, sites: ListenAddresses, say: Callable[[str], None], complain: Callable[[str], None]
) -> None:
    with anyio.open_signal_receiver(*_signals()) as received:
        async with running_engine(loaded, sites) as running:
            for place in running.listening.places:
                say(f"listening on {place}")
            say("ready")
            async for number in received:
                if number == signal.SIGHUP and running.script is not None:
                    await _reload(running.script)
                    continue
                _log.info("%s: stopping", signal.Signals(number).name)
                limit_shutdown()
                break
    tell_leftovers(running.engine, complain)
    if loaded.config.log_file is not None:  # else the log goes where it was just said
        log_leftovers(running.engine)


async def _reload(script: "ScriptRuntime") -> None:
    try:
        await script.reload()
    except ReadOnlyError as error:
        _log.warning("SIGHUP: %s", error)


def _signals() -> Sequence[signal.Signals]:
    """List the signals that stop us; SIGHUP only when nobody (`nohup`) has it ignored."""
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM) if ignored else (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
