"""Every dialog and every line to type into takes text and enter in one burst, as a macro or a slow connection sends it.

All dialogs of the package are found; one without a case here fails. The text is followed by keys for the console: where
a dialog would stay open, or a key would be lost, they have no effect.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import get_args

import pytest
from msgspec import Struct
from textual.screen import ModalScreen

import evtui.ui
from evtui.core.records import Raised
from evtui.ui.guide.help_screen import HelpScreen
from evtui.ui.screens.console_screen import ConsoleScreen
from evtui.ui.screens.pane_screen import PaneScreen
from evtui.ui.widgets.prompt import Purpose
from tests.functional.console.console_scene import Scene, comes, settle
from tests.functional.console.test_console_bursts import burst
from tests.functional.processes.waiting import until
from tests.functional.recordings.test_playback_keys import shown as recording_shown
from tests.functional.small_screens.looks_in_turn import in_turn
from tests.unit.backends.recording.test_recording_files_read import record

SIZES = [(80, 24), (120, 40), (200, 50)]
SOCKET = "unix:/tmp/evtui-test-nobody.sock"


class Burst(Struct, frozen=True):
    """What is typed at once, and what must be true of the console then."""

    parts: tuple[str, ...]
    done: Callable[[Scene], object]


def raised(scene: Scene) -> int:
    return sum(isinstance(record, Raised) for record in scene.engine.journal.since(0)[0])


def sockets(scene: Scene) -> list[str]:
    return [str(state.subscription.socket) for state in scene.engine.subscription_states()]


def expires(scene: Scene) -> list[int | None]:
    return [state.subscription.expire for state in scene.engine.subscription_states()]


def filtered(scene: Scene) -> str:
    return scene.screen.state.stream.filter.typed


def written(scene: Scene) -> list[str]:
    return [path.read_text() for path in FILES[id(scene)].glob("*")]


FILES: dict[int, Path] = {}

DIALOGS: Mapping[str, Burst] = {
    "SubscribeDialog": Burst(
        ("s", "unix:/tmp/evtui-other.sock", "<enter>"), lambda scene: "unix:/tmp/evtui-other.sock" in sockets(scene)
    ),
    "ExpiryDialog": Burst(("3", "E", "7200", "<enter>"), lambda scene: 7200 in expires(scene)),
    "ExportDialog": Burst(("1", "e", ".txt", "<enter>"), lambda scene: '"event":"E_MINE"' in "".join(written(scene))),
    "PickDialog": Burst(("1", "Y", "script", "<enter>"), lambda scene: "raise_event(" in scene.app.clipboard),
    "RunDialog": Burst(
        ("r", "<f4>", "a=1", "<f10>", *["<backspace>"] * 3, "7", "<enter>"), lambda scene: raised(scene) == 1 + 7
    ),
    "FiltersScreen": Burst(
        ("1", "F", "a", "E_MINE", "<enter>", "<escape>"),
        lambda scene: "e_mine" in str(scene.screen.state.stream.filter).lower(),
    ),
    "RulesScreen": Burst(
        ("1", "w", "a", " every 5 min", "<enter>", "<escape>"),
        lambda scene: any(each.rule.text.endswith("every 5 min") for each in scene.app.rules.alerts.rules.rules),
    ),
    "ServersScreen": Burst(("1", "V", "<escape>", "f", "word", "<enter>"), lambda scene: filtered(scene) == "word"),
    "JumpScreen": Burst(("'", "2"), lambda scene: scene.screen.active == "events"),
    "HelpScreen": Burst(("1", "?", "<escape>", "f", "word", "<enter>"), lambda scene: filtered(scene) == "word"),
    "WhyScreen": Burst(("1", "W", "<escape>", "f", "word", "<enter>"), lambda scene: filtered(scene) == "word"),
    "Palette": Burst(("1", ":", "filter", "<enter>", "word", "<enter>"), lambda scene: filtered(scene) == "word"),
}
"""A case for each dialog, by its class."""

STAYS_OPEN = {"RunDialog"}
"""Dialogs that show what became of what was entered, until they are closed."""

PURPOSES: Mapping[str, Burst] = {
    "search": Burst(("1", "/", "mine", "<enter>"), lambda scene: scene.screen.panes.stream.needle == "mine"),
    "filter": Burst(("1", "f", "mine", "<enter>"), lambda scene: scene.screen.state.stream.filter.typed == "mine"),
    "rule": Burst(
        ("1", "w", "a", " every 7 min", "<enter>", "<escape>"),
        lambda scene: any(each.rule.text.endswith("every 7 min") for each in scene.app.rules.alerts.rules.rules),
    ),
    "name": Burst(
        ("1", "f", "mine", "<enter>", "F", "s", "my name", "<enter>", "<escape>"),
        lambda scene: any("my name" in text for text in written(scene)),
    ),
}
"""A case for each text that the line of a screen asks for; `jump` has a test of its own."""


def dialogs() -> Iterator[str]:
    """Name all dialogs of the package."""
    for module in pkgutil.walk_packages(evtui.ui.__path__, "evtui.ui."):
        importlib.import_module(module.name)
    found: list[type[ModalScreen[object]]] = [ModalScreen]
    for kind in found:
        found += kind.__subclasses__()
        if kind.__module__.startswith("evtui."):
            yield kind.__name__


def test_every_dialog_and_every_line_to_type_into_has_a_case() -> None:
    assert set(dialogs()) == set(DIALOGS)
    assert set(get_args(Purpose)) == {*PURPOSES, "jump"}


@pytest.mark.parametrize(("name", "size"), in_turn([*DIALOGS, *PURPOSES], SIZES))
async def test_text_and_enter_in_one_burst_are_entered_and_the_next_key_goes_to_the_console(
    name: str, size: tuple[int, int], tmp_path: Path
) -> None:
    case = {**DIALOGS, **PURPOSES}[name]
    scene = Scene(demo=True, files=tmp_path, saved_filters=tmp_path / "filters.toml")
    FILES[id(scene)] = tmp_path
    scene.engine.subscribe("E_MINE", SOCKET, 60)
    async with scene.running(*size) as pilot:
        scene.engine.raise_event("E_MINE", {"a": 1})
        await settle(scene, pilot)
        await pilot.press("3", "home", "down", "1", "end")
        await settle(scene, pilot)
        burst(scene, *case.parts)
        if name not in STAYS_OPEN:
            burst(scene, "?")
        await comes(scene, pilot, lambda: case.done(scene))
        if name in STAYS_OPEN:
            await pilot.press("escape")
            await comes(scene, pilot, lambda: isinstance(scene.app.screen, ConsoleScreen))
        else:
            await comes(scene, pilot, lambda: isinstance(scene.app.screen, HelpScreen))
            await pilot.press("escape")
        await comes(scene, pilot, lambda: isinstance(scene.app.screen, PaneScreen))


@pytest.mark.parametrize("size", SIZES)
async def test_a_time_to_jump_to_is_entered_in_one_burst(size: tuple[int, int], tmp_path: Path) -> None:
    async with recording_shown(record(tmp_path / "rec.jsonl", 30, seconds=10.0).path, size) as console:
        driver_scene = Driven(console.app)
        burst(driver_scene, "J", "50%", "<enter>", "?")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        await until(lambda: isinstance(console.app.screen, HelpScreen))
        await until(lambda: 14 <= console.player.state.record <= 16)
        await console.pilot.pause()  # the help has been laid out


class Driven:
    """What `burst` needs of a scene."""

    def __init__(self, app: object) -> None:
        self.app = app
