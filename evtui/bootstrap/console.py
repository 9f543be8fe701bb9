"""`evtui`: the console on an engine of its own, or attached to a server."""

import gc
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

import evtui
from evtui.backends.amqp.address import is_amqp, parse_amqp_address
from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.config_check import check_console
from evtui.bootstrap.engine_setup import running_engine
from evtui.bootstrap.listen_addresses import ListenAddresses
from evtui.bootstrap.logs import log_nowhere, report_crashes, start_log
from evtui.bootstrap.paths import RuntimeDirError
from evtui.bootstrap.serve import FAILED, INTERRUPTED, WRONG, tell_failure
from evtui.bootstrap.shutdown_report import log_leftovers, tell_leftovers
from evtui.bootstrap.tasks import limit_shutdown
from evtui.config.config_loader import LoadedConfig
from evtui.config.schema import Config
from evtui.core.errors import BadSettingError, EvtuiError
from evtui.core.ports import Backend
from evtui.core.script_port import ScriptView
from evtui.ui.app import EvtuiApp

if TYPE_CHECKING:
    from evtui.scripting.script_runtime import ScriptRuntime

_log = logging.getLogger(__name__)


def run_console(
    loaded: LoadedConfig, complain: Callable[[str], None], environ: Mapping[str, str], *, demo: bool, mi: str | None
) -> int:
    """Run the console until it is left; returns the exit status."""
    # What was imported stays: each full collection, the first while the console starts, would go through all of it.
    gc.freeze()
    gc.enable()
    try:
        check_console(loaded)
        start_log(loaded, log_nowhere)
        report_crashes(complain)
        if mi is not None:
            return anyio.run(_attached, loaded.config, mi, environ)
        return anyio.run(_embedded, loaded, complain, demo)
    except BadSettingError as error:
        complain(f"evtui: {error}")
        return WRONG
    except (EvtuiError, OSError) as error:
        tell_failure(error, complain)
        return FAILED
    except KeyboardInterrupt:  # before the console had the terminal
        return INTERRUPTED


async def _embedded(loaded: LoadedConfig, complain: Callable[[str], None], demo: bool) -> int:
    status, config = FAILED, loaded.config
    sites, notices = _sites(config)
    async with running_engine(loaded, sites, lenient=True) as running, anyio.create_task_group() as tasks:
        for place in running.listening.places:
            _log.info("listening on %s", place)
        if demo:
            from evtui.demo.demo_run import run_demo

            await tasks.start(run_demo, running.engine)
        backend = EmbeddedBackend(running.engine, read_only=config.read_only)
        notices += running.listening.notices
        status = await _show(config, backend, notices, demo=demo, script=_view(running.script))
        tasks.cancel_scope.cancel()
    if not demo:  # nobody waits for what it raised
        tell_leftovers(running.engine, complain)
        log_leftovers(running.engine)
    return status


async def _attached(config: Config, mi: str, environ: Mapping[str, str]) -> int:
    # On first use: a console on an engine of its own starts sooner without the clients of servers.
    if is_amqp(mi):
        from evtui.bootstrap.amqp_source import consume

        async with consume(parse_amqp_address(mi), config.transports.rabbitmq) as backend:
            return await _show(config, backend, [], demo=False)
    from evtui.bootstrap.remote_server import attach

    async with attach(mi, environ, read_only=config.read_only) as server:
        return await _show(config, server.backend, [], demo=False)


async def _show(
    config: Config, backend: Backend, notices: Sequence[str], *, demo: bool, script: ScriptView | None = None
) -> int:
    for notice in notices:
        _log.warning("%s", notice)
    app = EvtuiApp(
        backend, wall=time.time, monotonic=time.monotonic, styles=styles(), read_only=config.read_only, demo=demo,
        notices=notices, theme=config.ui.theme, keys=config.ui.keys, script=script,
    )  # fmt: skip
    await app.run_async()
    limit_shutdown()
    return app.return_code or 0


def _view(script: "ScriptRuntime | None") -> ScriptView | None:
    if script is None:
        return None
    # On first use: without a script nothing of its language is loaded.
    from evtui.scripting.script_view import EngineScriptView

    return EngineScriptView(script)


def styles() -> Path:
    """Find the style sheets: beside the package in a checkout, inside it in a wheel."""
    package = Path(evtui.__file__).parent
    packed = package / "styles"
    return packed if packed.is_dir() else package.parent / "styles"


def _sites(config: Config) -> tuple[ListenAddresses, list[str]]:
    """Choose where to listen; a runtime directory that is not ours alone costs the listeners, not the console."""
    try:
        return ListenAddresses.chosen(config), []
    except RuntimeDirError as error:
        return ListenAddresses(), [f"no management interface: {error}"]
