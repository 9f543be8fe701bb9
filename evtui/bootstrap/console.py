"""`evtui`: the console on an engine of its own, or attached to a server."""

import asyncio
import gc
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import anyio
from msgspec.structs import replace
from platformdirs import user_config_path, user_state_path

from evtui.backends.late_backend import LateBackend
from evtui.bootstrap.logs import log_nowhere, report_crashes, start_log
from evtui.bootstrap.real_clocks import REAL_CLOCKS, limit_shutdown
from evtui.config.config_loader import LoadedConfig
from evtui.config.console_check import check_console
from evtui.core.error_groups import unwrap_lone_error
from evtui.core.errors import RecordingError
from evtui.core.ports import Backend
from evtui.core.short_collections import ShortCollections
from evtui.persistence.exit_status import FAILED, exit_status
from evtui.persistence.kept_choices import FILE_NAME, KeptChoices, any_kept
from evtui.persistence.profile_switch import Profiles, ProfileSwitch
from evtui.ui.app import EvtuiApp
from evtui.ui.state.console_source import ConsoleSource
from evtui.ui.terminal.kept_streams import kept_streams
from evtui.ui.themes import styles

if TYPE_CHECKING:
    from evtui.backends.recording.player import Player
    from evtui.ui.forms.raising.form_tools import RaiseFiles

_log = logging.getLogger(__name__)


def run_console(
    loaded: LoadedConfig,
    print_error: Callable[[str], None],
    environ: Mapping[str, str],
    *,
    demo: bool,
    mi: Sequence[str],
    profiles: Profiles,
) -> int:
    """Run the console until it is quit; return the exit status.

    While it is attached and another profile is chosen, all begins again with the settings of that profile.
    """

    def work() -> int:
        report_crashes(print_error)
        status, begun = FAILED, cast("LoadedConfig | None", _prepared(loaded))
        while begun is not None:
            servers = mi or (() if demo else begun.config.servers)
            switch = ProfileSwitch(begun, profiles, _prepared, keeps_source=not servers)
            attached = _attached(begun, servers, environ, switch) if servers else None
            status = asyncio.run(attached or _embedded(begun, print_error, demo, switch))
            begun = None if status else switch.take()
        return status

    return exit_status(work, print_error)


def _prepared(loaded: LoadedConfig) -> LoadedConfig:
    """Check what only a console needs, and begin its log. raises BadSettingError."""
    check_console(loaded)
    start_log(loaded, log_nowhere)
    return loaded


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
        report_crashes(print_error)
        _prepared(loaded)
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
            shown = _Console(loaded, backend, playback=player)
            await shown.run()
            status = shown.app.return_code or 0
    return status


async def _embedded(
    loaded: LoadedConfig, print_error: Callable[[str], None], demo: bool, profiles: ProfileSwitch
) -> int:
    def open_source() -> AbstractAsyncContextManager[ConsoleSource]:
        from evtui.bootstrap.console_sources import open_embedded  # after the first paint

        return open_embedded(loaded, print_error, demo=demo)

    with kept_streams():  # consoles of viewers end after this one
        return await _show_while_opening(loaded, open_source, profiles, demo=demo)


async def _attached(
    loaded: LoadedConfig, servers: Sequence[str], environ: Mapping[str, str], profiles: ProfileSwitch
) -> int:
    def open_source() -> AbstractAsyncContextManager[ConsoleSource]:
        from evtui.bootstrap.console_sources import open_attached  # after the first paint

        return open_attached(loaded, servers, environ)

    return await _show_while_opening(loaded, open_source, profiles, demo=False)


async def _show_while_opening(
    loaded: LoadedConfig, open_source: Callable[[], AbstractAsyncContextManager[ConsoleSource]],
    profiles: ProfileSwitch, *, demo: bool,
) -> int:  # fmt: skip
    """Show the console, and open what it shows as soon as it is painted: its requests wait meanwhile.

    What cannot be opened ends the console; its error is raised when the terminal is as it was before. The tasks are
    asyncio's own, as those of Textual: the console is painted before anyio is loaded. One of a chosen profile follows.
    """
    backend, painted = LateBackend(), asyncio.Event()
    shown = _Console(loaded, backend, profiles=profiles, demo=demo)

    async def hold() -> None:
        nonlocal shown
        async with open_source() as source:
            backend.open(source.backend)
            shown.take(source)
            await shown.run_rules()
            while not shown.app.return_code and (following := profiles.take_kept()) is not None:
                shown = _Console(following, source.backend, profiles=profiles, demo=demo)
                shown.begin(partial(shown.take, replace(source, notices=profiles.notices)))
                await shown.run_rules()

    showing = shown.begin(painted.set)
    showing.add_done_callback(lambda _: painted.set())
    try:
        await painted.wait()
        if not gc.isenabled():  # else this is not the first console of this process
            ShortCollections(REAL_CLOCKS.processor).start()
        holding = asyncio.create_task(hold())
        showing.add_done_callback(lambda _: backend.is_open or holding.cancel())
        await holding
    except asyncio.CancelledError:
        if not showing.done():
            raise
    finally:
        if not (last := shown.begin()).done():
            shown.app.exit(FAILED)
        await last
    return shown.app.return_code or 0


class _Console:
    """The app, with what is kept from console to console."""

    def __init__(
        self, loaded: LoadedConfig, backend: Backend, *, demo: bool = False, playback: "Player | None" = None,
        profiles: ProfileSwitch | None = None,
    ) -> None:  # fmt: skip
        clocks = REAL_CLOCKS if playback is None else playback
        self._told: list[str] = []
        config, memory = loaded.config, loaded.profile.memory_dir()
        self._config, self._backend, self._profiles = config, backend, profiles
        self._showing: asyncio.Task[None] | None = None
        kept = KeptChoices(memory / FILE_NAME, self._told.append)
        self.app = EvtuiApp(
            backend, wall=clocks.wall, monotonic=clocks.monotonic, styles=styles(),
            read_only=config.read_only, demo=demo, notices=self._take_told(), theme=config.ui.theme,
            keys=config.ui.keys, filters=config.filters,
            playback=playback, raise_files=partial(_raise_files, memory), choices=kept,
        )  # fmt: skip
        profile = "" if loaded.profile.is_default else loaded.profile.name
        with_tour = config.ui.tour and not any_kept(user_state_path("evtui"))
        self.app.take_settings(fps=config.ui.fps, profile=profile, tour=with_tour)

    def take(self, source: ConsoleSource) -> None:
        """Show what is open now."""
        for notice in source.notices:
            _log.warning("%s", notice)
        self.app.take_source(replace(source, profiles=self._profiles))

    async def run_rules(self) -> None:
        """Run the watch rules of the configuration and the saved ones until the console has ended."""
        from evtui.persistence.watched_rules import running_rules  # after the first paint

        config, rules = self._config, self.app.rules
        rules.take_settings(config.rules, bell=config.alert.bell, notice=config.alert.notice)
        rules.begin()
        async with running_rules(config, self._backend, rules.alerts.rules, rules.alerts.fire, REAL_CLOCKS):
            await asyncio.wait({self.begin()})

    def begin(self, when_painted: Callable[[], object] | None = None) -> "asyncio.Task[None]":
        """Begin to run it, once; returns the task, which ends when it is quit."""
        if self._showing is None:
            if when_painted is not None:
                self.app.wait_for_source(when_painted)
            self._showing = asyncio.create_task(self.run())
        return self._showing

    async def run(self) -> None:
        """Run it until it is quit."""
        await self.app.run_async()
        self.app.keep_choices()
        self._take_told()
        if self._profiles is None or not self._profiles.is_chosen:
            limit_shutdown()

    def _take_told(self) -> list[str]:
        told, self._told[:] = [*self._told], []
        for text in told:
            _log.warning("%s", text)
        return told


def _raise_files(memory: Path) -> "RaiseFiles":
    # Called when the raise form is made, after the first paint.
    from evtui.raising.raise_history import RaiseHistory
    from evtui.raising.template_files import TemplateFolder
    from evtui.ui.forms.raising.form_tools import RaiseFiles

    return RaiseFiles(RaiseHistory(memory), TemplateFolder(user_config_path("evtui")), user_state_path("evtui"))
