"""`evtui`: the console on an engine of its own, or attached to a server."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
from platformdirs import user_config_path, user_state_path

import evtui
from evtui.backends.amqp.address import is_amqp, parse_amqp_address
from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.engine_setup import recording_rules, running_engine
from evtui.bootstrap.listeners import ListenAddresses
from evtui.bootstrap.logs import log_nowhere, report_crashes, start_log
from evtui.bootstrap.paths import RuntimeDirError, memory_dir
from evtui.bootstrap.real_clocks import REAL_CLOCKS, limit_shutdown
from evtui.bootstrap.serve import FAILED, exit_status
from evtui.bootstrap.watched_rules import running_rules
from evtui.config.config_loader import LoadedConfig
from evtui.config.console_check import check_console
from evtui.config.schema import Config
from evtui.core.error_groups import unwrap_lone_error
from evtui.core.errors import RecordingError
from evtui.core.ports import Backend
from evtui.core.recording_port import Recordings
from evtui.core.script_port import ScriptView
from evtui.core.short_collections import ShortCollections
from evtui.persistence.kept_choices import KeptChoices
from evtui.persistence.recording_switch import RecordingSwitch, begin_recording
from evtui.persistence.shutdown_report import log_undelivered, print_undelivered
from evtui.raising.raise_history import RaiseHistory
from evtui.raising.template_files import TemplateFolder
from evtui.ui.app import EvtuiApp
from evtui.ui.forms.raising.form_tools import RaiseFiles

if TYPE_CHECKING:
    from evtui.backends.recording.player import Player
    from evtui.scripting.script_runtime import ScriptRuntime

_BACK: Final = 1000
"""Records before now that the console shows of an evtui to which it attaches."""

_log = logging.getLogger(__name__)


def run_console(
    loaded: LoadedConfig, print_error: Callable[[str], None], environ: Mapping[str, str], *, demo: bool, mi: str | None
) -> int:
    """Run the console until it is quit; return the exit status."""
    ShortCollections(REAL_CLOCKS.processor).start()

    def work() -> int:
        check_console(loaded)
        start_log(loaded, log_nowhere)
        report_crashes(print_error)
        if mi is not None:
            return anyio.run(_attached, loaded, mi, environ)
        return anyio.run(_embedded, loaded, print_error, demo)

    return exit_status(work, print_error)


def run_recording(
    loaded: LoadedConfig,
    file: Path,
    print_error: Callable[[str], None],
    *,
    at: str | None,
    speed: float,
    is_paused: bool,
) -> int:  # fmt: skip
    """Show a recording until the console is quit; return the exit status."""
    ShortCollections(REAL_CLOCKS.processor).start()

    def work() -> int:
        check_console(loaded)
        start_log(loaded, log_nowhere)
        report_crashes(print_error)
        return anyio.run(_recorded, loaded, file, at, speed, is_paused)

    return exit_status(work, print_error)


async def _recorded(loaded: LoadedConfig, file: Path, at: str | None, speed: float, is_paused: bool) -> int:
    from evtui.backends.recording.backend import open_recording
    from evtui.config.known_schemes import KNOWN_SCHEMES
    from evtui.ui.recording.moment_text import BadMomentError, parse_moment

    status = FAILED
    with unwrap_lone_error():
        async with open_recording(file, KNOWN_SCHEMES, REAL_CLOCKS) as (backend, player):
            if at is not None:
                try:
                    await player.jump(parse_moment(at, player.state))
                except BadMomentError as error:
                    raise RecordingError(str(file), str(error)) from error
            player.set_speed(speed)
            player.play(is_paused=is_paused)
            status = await _show(loaded, backend, [], demo=False, playback=player)
    return status


async def _embedded(loaded: LoadedConfig, print_error: Callable[[str], None], demo: bool) -> int:
    status, config = FAILED, loaded.config
    addresses, notices = _addresses(config)
    async with running_engine(loaded, addresses, lenient=True) as running, anyio.create_task_group() as tasks:
        for place in running.listeners.places:
            _log.info("listening on %s", place)
        if demo:
            from evtui.demo.demo_run import run_demo

            await tasks.start(run_demo, running.engine, REAL_CLOCKS.sleep)
        backend = EmbeddedBackend(running.engine, read_only=config.read_only)
        notices += running.listeners.notices
        script = _view(running.script)
        status = await _show(loaded, backend, notices, demo=demo, script=script, recordings=running.recordings)
        tasks.cancel_scope.cancel()
    if not demo:  # the receivers of the demo end with it
        print_undelivered(running.engine, print_error)
        log_undelivered(running.engine)
    return status


async def _attached(loaded: LoadedConfig, mi: str, environ: Mapping[str, str]) -> int:
    config = loaded.config
    # On first use: a console on an engine of its own starts sooner without the clients.
    if is_amqp(mi):
        from evtui.bootstrap.amqp_source import consume

        async with consume(parse_amqp_address(mi), config.transports.rabbitmq) as backend:
            return await _show_and_record(loaded, backend)
    from evtui.bootstrap.remote_server import attach

    async with attach(mi, environ, read_only=config.read_only, back=_BACK) as server:
        return await _show_and_record(loaded, server.backend)


async def _show_and_record(loaded: LoadedConfig, backend: Backend) -> int:
    status, config = FAILED, loaded.config
    with unwrap_lone_error():
        async with anyio.create_task_group() as tasks:
            recordings = RecordingSwitch(backend, tasks, recording_rules(config), REAL_CLOCKS)
            notices = await begin_recording(recordings, config.record.file)
            status = await _show(loaded, backend, notices, demo=False, recordings=recordings)
            await recordings.end()
    return status


async def _show(
    loaded: LoadedConfig,
    backend: Backend,
    notices: Sequence[str],
    *,
    demo: bool,
    script: ScriptView | None = None,
    recordings: Recordings | None = None,
    playback: "Player | None" = None,
) -> int:
    clocks = REAL_CLOCKS if playback is None else playback
    config, memory = loaded.config, memory_dir(loaded.profile)
    told: list[str] = []
    kept = KeptChoices(memory / "console.json", told.append)
    notices, told_before = [*notices, *told], len(told)
    for notice in notices:
        _log.warning("%s", notice)
    app = EvtuiApp(
        backend, wall=clocks.wall, monotonic=clocks.monotonic, styles=styles(),
        read_only=config.read_only, demo=demo, notices=notices, theme=config.ui.theme,
        keys=config.ui.keys, script=script, recordings=recordings, filters=config.filters,
        playback=playback, raise_files=_raise_files(memory), choices=kept,
    )  # fmt: skip
    app.take_settings(fps=config.ui.fps, profile="" if loaded.profile.is_default else loaded.profile.name)
    async with _rules(config, backend, app, is_live=playback is None):
        await app.run_async()
    app.keep_choices()
    for text in told[told_before:]:
        _log.warning("%s", text)
    limit_shutdown()
    return app.return_code or 0


def _rules(config: Config, backend: Backend, app: EvtuiApp, *, is_live: bool) -> AbstractAsyncContextManager[object]:
    """Run the watch rules of the configuration and the saved ones, unless a recording is shown."""
    if not is_live:
        return nullcontext()
    app.rules.take_settings(config.rules, bell=config.alert.bell, notice=config.alert.notice)
    app.rules.begin()
    return running_rules(config, backend, app.rules.alerts.rules, app.rules.alerts.fire)


def _raise_files(memory: Path) -> RaiseFiles:
    return RaiseFiles(RaiseHistory(memory), TemplateFolder(user_config_path("evtui")), user_state_path("evtui"))


def _view(script: "ScriptRuntime | None") -> ScriptView | None:
    if script is None:
        return None
    # On first use: without a script nothing of its language is loaded.
    from evtui.scripting.script_view import EngineScriptView

    return EngineScriptView(script)


def styles() -> Path:
    """Return the folder of the style sheets: beside the package in a checkout, inside it in a wheel."""
    package = Path(evtui.__file__).parent
    packed = package / "styles"
    return packed if packed.is_dir() else package.parent / "styles"


def _addresses(config: Config) -> tuple[ListenAddresses, list[str]]:
    """Choose where to listen. With an unsafe runtime directory the console starts without listeners and says so."""
    try:
        return ListenAddresses.chosen(config), []
    except RuntimeDirError as error:
        return ListenAddresses(), [f"no management interface: {error}"]
