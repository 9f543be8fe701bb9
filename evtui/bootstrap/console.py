"""`evtui`: the console on an engine of its own, or attached to a server."""

import difflib
import gc
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import anyio

import evtui
from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.embedding import running_engine
from evtui.bootstrap.logs import log_nowhere, log_to_file, report_crashes
from evtui.bootstrap.runtime_dir import RuntimeDirError
from evtui.bootstrap.serving import FAILED, INTERRUPTED, WRONG
from evtui.bootstrap.sites import Sites
from evtui.bootstrap.tasks import limit_shutdown
from evtui.config.schema import Config
from evtui.core.errors import BadSettingError, EvtuiError
from evtui.core.ports import Backend
from evtui.ui.actions import ACTIONS
from evtui.ui.app import EvtuiApp

_log = logging.getLogger(__name__)


def run_console(
    config: Config, complain: Callable[[str], None], environ: Mapping[str, str], *, demo: bool, mi: str | None
) -> int:
    """Run the console until it is left; returns the exit status."""
    # What was imported stays: each full collection, the first while the console starts, would go through all of it.
    gc.freeze()
    try:
        if config.log_file is None:
            log_nowhere()
        else:
            log_to_file(config.log_file)
        report_crashes(complain)
        if mi is not None:
            return anyio.run(_attached, config, mi, environ)
        return anyio.run(_embedded, config, demo)
    except BadSettingError as error:
        complain(f"evtui: {error}")
        return WRONG
    except (EvtuiError, OSError) as error:
        complain(f"evtui: {error}")
        return FAILED
    except KeyboardInterrupt:  # before the console had the terminal
        return INTERRUPTED


async def _embedded(config: Config, demo: bool) -> int:
    status = FAILED
    sites, notices = _sites(config)
    async with running_engine(config, sites, lenient=True) as running, anyio.create_task_group() as tasks:
        for place in running.listening.places:
            _log.info("listening on %s", place)
        if demo:
            from evtui.bootstrap.demo import run_demo

            await tasks.start(run_demo, running.engine)
        backend = EmbeddedBackend(running.engine, read_only=config.read_only)
        status = await _show(config, backend, [*notices, *running.listening.notices], demo=demo)
        tasks.cancel_scope.cancel()
    return status


async def _attached(config: Config, mi: str, environ: Mapping[str, str]) -> int:
    # On first use: a console on an engine of its own starts sooner without the clients of servers.
    from evtui.bootstrap.attaching import attach

    async with attach(mi, environ, read_only=config.read_only) as server:
        return await _show(config, server.backend, [], demo=False)


async def _show(config: Config, backend: Backend, notices: Sequence[str], *, demo: bool) -> int:
    for notice in notices:
        _log.warning("%s", notice)
    app = EvtuiApp(
        backend, wall=time.time, monotonic=time.monotonic, styles=styles(), read_only=config.read_only, demo=demo,
        notices=notices, theme=config.ui.theme, keys=config.ui.keys,
    )  # fmt: skip
    if config.ui.theme is not None:
        _check_known("ui.theme", config.ui.theme, app.available_themes)
    for name in config.ui.keys:
        _check_known(f"ui.keys.{name}", name, [action.id for action in ACTIONS])
    await app.run_async()
    limit_shutdown()
    return app.return_code or 0


def styles() -> Path:
    """Find the style sheets: beside the package in a checkout, inside it in a wheel."""
    package = Path(evtui.__file__).parent
    packed = package / "styles"
    return packed if packed.is_dir() else package.parent / "styles"


def _sites(config: Config) -> tuple[Sites, list[str]]:
    """Choose where to listen; a runtime directory that is not ours alone costs the listeners, not the console."""
    try:
        return Sites.chosen(config), []
    except RuntimeDirError as error:
        return Sites(), [f"no management interface: {error}"]


def _check_known(path: str, name: str, known: Iterable[str]) -> None:
    names = sorted(known)
    if name not in names:
        close = difflib.get_close_matches(name, names, 1)
        raise BadSettingError(path, f"{name!r} is not one of {', '.join(close or names)}", "configuration")
