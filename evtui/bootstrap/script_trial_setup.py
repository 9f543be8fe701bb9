"""The engine of `evtui script run`: a script is tried on it, without listeners, state file and spool."""

import signal
from collections.abc import Callable
from contextlib import closing

import anyio

from evtui.bootstrap.engine_setup import make_engine, route_transport
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.bootstrap.transports import make_transports
from evtui.config.config_loader import LoadedConfig
from evtui.core.error_groups import unwrap_lone_error
from evtui.persistence.shutdown_report import log_undelivered
from evtui.scripting.script_runtime import ScriptRuntime
from evtui.scripting.script_trial import ScriptTrial, TrialReport, TrialRequest


async def try_script(
    loaded: LoadedConfig,
    request: TrialRequest,
    report: Callable[[TrialReport], None],
    print_line: Callable[[str], None],
) -> bool:
    """Run a script; return whether all went well. With a SIP socket it goes on until SIGINT or SIGTERM.

    `print_line` gets the place where it listens.
    raises ScriptFileError, ScriptError, SipListenError, RouteNotFoundError.
    """
    succeeded = False
    transports = make_transports(loaded.config)
    with unwrap_lone_error(), closing(make_engine(loaded.config, None, transports)) as engine:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(engine.run)
            script = ScriptRuntime(loaded.config.script, engine, route_transport(transports), tasks, REAL_CLOCKS)
            trial = ScriptTrial(script, engine, report)
            await script.load()
            place = script.listen()
            await script.start()
            await trial.run(request)
            if place is not None:
                print_line(f"listening on {place}")
                await _report_until_signalled(trial)
            await trial.drain()
            succeeded = trial.succeeded
            tasks.cancel_scope.cancel()
    log_undelivered(engine)
    return succeeded


async def _report_until_signalled(trial: ScriptTrial) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as received:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(trial.report_regularly, REAL_CLOCKS.sleep)
            async for _ in received:
                break
            tasks.cancel_scope.cancel()
