"""Each action of the table does what it says when its key is pressed.

A proof is a state that only the action brings about. It is checked twice with the same key: first with the action cut
out of the console, when the state must not come, then with the action in its place, when it must. So no proof can hold
without the action, and an action without a proof fails.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec import Struct
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Static

from evtui.core.script_port import ScriptView
from evtui.ui.actions import ACTIONS, BY_ID, Action, shown_keys
from evtui.ui.detail.why_screen import WhyScreen
from evtui.ui.fleet.servers_screen import ServersScreen
from evtui.ui.forms.export.export_dialog import ExportDialog
from evtui.ui.forms.raising.pick_dialog import PickDialog
from evtui.ui.forms.subscribing.expiry_dialog import ExpiryDialog
from evtui.ui.forms.subscribing.subscribe_dialog import SubscribeDialog
from evtui.ui.guide.help_screen import HelpScreen
from evtui.ui.guide.jump_screen import JumpScreen
from evtui.ui.guide.palette import Palette
from evtui.ui.screens.pane_screen import PaneScreen
from evtui.ui.screens.script_screen import ScriptScreen
from evtui.ui.statistics.statistics_screen import StatisticsScreen
from evtui.ui.stream.filters.filters_screen import FiltersScreen
from evtui.ui.stream.rules.rules_screen import RulesScreen
from evtui.ui.stream.stream_view import StreamView
from evtui.ui.widgets.line_list import LineList
from tests.functional.console.console_scene import Scene, comes, settle, shown, work_done
from tests.functional.processes.waiting import until
from tests.functional.recordings.test_playback_keys import Shown
from tests.functional.recordings.test_playback_keys import shown as recording_shown
from tests.functional.recordings.test_record_key import FakeRecordings
from tests.functional.scripts.script_scene import script
from tests.paths import ROOT
from tests.unit.backends.recording.test_recording_files_read import record

SOCKET = "unix:/tmp/evtui-test-nobody.sock"


class Proof(Struct, frozen=True):
    """What shows that an action was done."""

    holds: Callable[[Scene], object]
    """Whether it was; false before."""
    before: tuple[str, ...] = ()
    """The keys that lead to where the action can be done."""
    prepare: Callable[[Scene], object] = lambda _scene: None
    """What happens in the engine after these keys."""


def front(scene: Scene) -> PaneScreen[Any]:
    screen = scene.app.screen
    assert isinstance(screen, PaneScreen)
    return screen


def pane(name: str) -> Proof:
    """Going to a pane of the console, from another one."""
    return Proof(lambda scene: front(scene).active == name, ("1",) if name == "events" else ("2",))


def script_pane(name: str) -> Proof:
    """Going to a pane of the Script screen, from the console or from another one there."""
    return Proof(lambda scene: isinstance(scene.app.screen, ScriptScreen) and front(scene).active == name)


def lines(scene: Scene) -> LineList:
    found = scene.app.screen.focused
    assert isinstance(found, LineList)
    return found


def at(place: Callable[[LineList], int], *before: str) -> Proof:
    """The cursor of the stream, which holds 100 rows, stands at a place."""
    return Proof(lambda scene: lines(scene).cursor == place(lines(scene)), ("1", *before))


def opens(kind: type, *before: str) -> Proof:
    """A dialog is in front."""
    return Proof(lambda scene: isinstance(scene.app.screen, kind), before)


def detail(text: str, first: str = "t") -> Proof:
    """The detail of the newest row, shown in another way than before, has a text."""
    return Proof(lambda scene: text in shown(scene), ("1", "enter", first))


def asks(scene: Scene, label: str) -> bool:
    return isinstance(scene.app.focused, Input) and label in str(
        scene.app.screen.query_one("#prompt-label", Static).content
    )


def ttl(scene: Scene) -> float:
    states = [state for state in scene.engine.subscription_states() if str(state.subscription.socket) == SOCKET]
    return max((state.ttl or 0.0 for state in states), default=-1.0)


def end_subscription(scene: Scene) -> None:
    scene.engine.unsubscribe("E_MINE", SOCKET)


_SIDE = 8
"""Columns that a list moves by at a key to the side."""

PROOFS: Mapping[str, Proof] = {
    **{f"show_{name}": pane(name) for name in ("stream", "events", "subscribers", "raise", "detail")},
    **{f"show_{name}": script_pane(name) for name in ("routes", "file", "findings", "log")},
    "statistics": opens(StatisticsScreen, "1"),
    "servers": opens(ServersScreen, "1"),
    "next_pane": Proof(lambda scene: front(scene).active == "subscribers", ("2",)),
    "previous_pane": Proof(lambda scene: front(scene).active == "stream", ("2",)),
    "back": Proof(lambda scene: front(scene).active == "subscribers", ("3", "1")),
    "zoom": Proof(lambda scene: front(scene).has_class("-zoom")),
    "up": at(lambda rows: len(rows.lines) - 2),
    "down": at(lambda rows: 1, "home"),
    "page_up": at(lambda rows: len(rows.lines) - 1 - page(rows)),
    "page_down": at(lambda rows: page(rows), "home"),  # noqa: PLW0108 - it is defined below
    "top": at(lambda rows: 0),
    "bottom": at(lambda rows: len(rows.lines) - 1, "home"),
    "left": Proof(lambda scene: side(scene) == _SIDE, ("7", "right", "right")),
    "right": Proof(lambda scene: side(scene) == _SIDE, ("7",)),
    "open": Proof(lambda scene: front(scene).active == "detail", ("1",)),
    "pause": Proof(lambda scene: "PAUSED" in shown(scene), ("1",)),
    "sort": Proof(lambda scene: "by name" in shown(scene), ("2",)),
    "search": Proof(lambda scene: asks(scene, "search"), ("1",)),
    "next_match": at(lambda rows: 5, "slash", *"n=5 ", "enter", "home"),
    "previous_match": at(lambda rows: 5, "slash", *"n=5 ", "enter", "home"),
    "filter": Proof(lambda scene: asks(scene, "filter"), ("1",)),
    "filters": opens(FiltersScreen, "1"),
    "clear": Proof(lambda scene: not len(scene.screen.state.stream.rows), ("1",)),
    "rules": opens(RulesScreen, "1"),
    "mark": Proof(lambda scene: list(stream(scene).marks) == [99], ("1",)),
    "only_marked": Proof(lambda scene: len(stream(scene).view) == 1, ("1", "up", "m")),
    "mark_range": Proof(lambda scene: len(stream(scene).marks) == 3, ("1", "up", "m", "up", "up")),
    "mark_all": Proof(lambda scene: len(stream(scene).marks) == 10, ("1", "f", *"n<10", "enter")),
    "unmark_all": Proof(lambda scene: not len(stream(scene).marks), ("1", "m", "up", "m")),
    "next_mark": at(lambda rows: 98, "up", "m", "up", "up"),
    "previous_mark": at(lambda rows: 2, "home", "down", "down", "m", "end"),
    "tree": detail("└─", "h"),
    "pretty": detail('"params": {'),
    "hex": detail("7b 22 6a"),
    "wire": detail('{"jsonrpc":"2.0"'),
    "why": opens(WhyScreen, "1"),
    "copy": Proof(lambda scene: "saved to" in front(scene).told, ("1",)),
    "copy_as": opens(PickDialog, "1"),
    "export": opens(ExportDialog, "1"),
    "record": Proof(lambda scene: "● REC" in shown(scene), ("1",)),
    "raise": Proof(lambda scene: front(scene).active == "raise", ("2",)),
    "clone": Proof(lambda scene: front(scene).active == "raise" and "99" in shown(scene), ("1",)),
    "subscribe": opens(SubscribeDialog, "2"),
    "unsubscribe": Proof(lambda scene: ttl(scene) < 0, ("3",)),
    "undo": Proof(lambda scene: ttl(scene) > 0, ("3", "u")),
    "subscribe_again": Proof(lambda scene: "Nothing to subscribe again" in front(scene).told, ("3",)),
    "renew": Proof(lambda scene: ttl(scene) > 50, ("3",), lambda scene: scene.pass_by(30)),
    "change_expiry": opens(ExpiryDialog, "3"),
    "renew_socket": Proof(lambda scene: ttl(scene) > 50, ("3",), lambda scene: scene.pass_by(30)),
    "test_subscriber": Proof(lambda scene: scene.engine.totals().tests, ("3",)),
    "run_route": Proof(lambda scene: SCRIPTS[id(scene)].ran, ("6",)),
    "reload": Proof(lambda scene: "Reloaded." in front(scene).told, ("6",)),
    "go_to": opens(JumpScreen),
    "sessions": opens(PickDialog, "1"),
    "screenshot": Proof(lambda scene: "Screenshot saved to" in front(scene).told),
    "palette": opens(Palette),
    "theme": opens(Palette),
    "tour": Proof(lambda scene: "finds an action" in shown(scene), ("2",)),
    "help": opens(HelpScreen),
    "leave": Proof(lambda scene: not front(scene).has_class("-zoom"), ("z",)),
    "quit": Proof(lambda scene: scene.app.return_code == 0 and not scene.app.is_running),
    "narrower": Proof(lambda scene: columns(scene) != before_columns(scene), ("1",)),
    "reset_columns": Proof(
        lambda scene: "The columns are as at first." in front(scene).told, ("1", "greater_than_sign")
    ),
    "wider": Proof(lambda scene: columns(scene) != before_columns(scene), ("1",)),
}


PLAYED: Mapping[str, Callable[[Shown], object]] = {
    "step": lambda console: console.player.state.record == 3,
    "step_back": lambda console: console.player.state.record == 1,
    "jump": lambda console: isinstance(console.app.focused, Input),
    "faster": lambda console: console.player.state.speed > 1,
    "slower": lambda console: console.player.state.speed < 1,
}
"""The proofs of the actions on a recording, which stands at its second record."""


def page(rows: LineList) -> int:
    """Return the lines of a page: what is seen, without the header and one line that stays."""
    return rows.scrollable_content_region.height - 2


def side(scene: Scene) -> int:
    assert isinstance(scene.app.screen, ScriptScreen)
    return scene.app.screen.panes.file.rows.side


def columns(scene: Scene) -> list[int]:
    return [scene.screen.panes.pane(name).region.width for name in ("events", "stream", "subscribers")]


def before_columns(scene: Scene) -> list[int]:
    """Return the widths that the columns had at the start."""
    return WIDTHS.setdefault(id(scene), columns(scene))


WIDTHS: dict[int, list[int]] = {}


SCRIPTS: dict[int, Any] = {}


@contextmanager
def cut_out(app: App[int], action: Action) -> Generator[None]:
    """Let the console do nothing for an action, wherever its key is heard."""
    with pytest.MonkeyPatch.context() as patch:
        if action.in_rows:
            for rows in app.screen.query(LineList):
                patch.setattr(rows, f"action_row_{action.id}", lambda: None, raising=False)
        else:
            assert isinstance(app.screen, PaneScreen)
            patch.setitem(app.screen.action_calls, action.id, lambda: None)
        yield


def typed(label: str) -> list[str]:
    """Return the keys that type a label."""
    return ["space" if letter == " " else letter for letter in label]


def stream(scene: Scene) -> StreamView:
    return scene.screen.state.stream


async def press(scene: Scene, pilot: Pilot[int], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(scene, pilot)


async def do(scene: Scene, pilot: Pilot[int], action: Action) -> None:
    """Press the key of an action; one without a key is chosen in the palette."""
    if action.keys:
        await pilot.press(action.keys.partition(",")[0])
        return
    await pilot.press("colon", *typed(action.label))
    await settle(scene, pilot)
    await until(lambda: isinstance(scene.app.screen, Palette) and not scene.app.screen.is_busy)
    await pilot.press("enter")


@pytest.mark.parametrize("action", [each for each in ACTIONS if not each.of_playback], ids=lambda action: action.id)
async def test_the_key_of_an_action_does_what_only_the_action_does(action: Action, tmp_path: Path) -> None:
    proof, made = PROOFS[action.id], script()
    scene = Scene(demo=True, files=tmp_path, script=cast("ScriptView", made), recordings=FakeRecordings())
    SCRIPTS[id(scene)] = made
    scene.engine.subscribe("E_MINE", SOCKET, 60)
    async with scene.running(120, 40) as pilot:
        for number in range(100):
            scene.engine.raise_event("E_MINE", {"n": number, "end": ""})
        await settle(scene, pilot)
        before_columns(scene)
        for each in proof.before:
            await pilot.press(each)
        await settle(scene, pilot)
        proof.prepare(scene)
        assert not proof.holds(scene)
        with cut_out(scene.app, action):
            await do(scene, pilot, action)
            await settle(scene, pilot)
            await work_done(scene, "default", "change", "run", "reload")
            assert not proof.holds(scene), "the proof holds without the action"
        await do(scene, pilot, action)
        await comes(scene, pilot, lambda: proof.holds(scene))


@pytest.mark.parametrize("action", [each for each in ACTIONS if each.of_playback], ids=lambda action: action.id)
async def test_the_key_of_an_action_on_a_recording_does_what_only_the_action_does(
    action: Action, tmp_path: Path
) -> None:
    async with recording_shown(record(tmp_path / "rec.jsonl", 30, seconds=10.0).path) as console:
        await console.press("full_stop", "full_stop")
        await until(lambda: console.player.state.record == 2)
        with cut_out(console.app, action):
            await console.press(action.keys)
            assert not PLAYED[action.id](console), "the proof holds without the action"
        await console.press(action.keys)
        await until(lambda: bool(PLAYED[action.id](console)))


def test_every_action_has_a_proof_and_no_proof_is_left_over() -> None:
    assert not set(PROOFS) & set(PLAYED)
    assert {*PROOFS, *PLAYED} == set(BY_ID)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_has_its_key_and_its_sentence_in_the_docs(action: Action) -> None:
    keys = " ".join(f"`{key}`" for key in shown_keys(action, {})) or "palette"
    assert f"| {keys} | {action.help} |" in (ROOT / "docs" / "keys.md").read_text(encoding="utf-8")


async def test_every_action_has_its_key_as_it_is_bound_and_its_sentence_in_the_help() -> None:
    remapped = {"quit": "ctrl+x"}
    scene = Scene(demo=True, keys=remapped)
    async with scene.running(120, 40) as pilot:
        await press(scene, pilot, "question_mark")
        help_screen = scene.app.screen
        assert isinstance(help_screen, HelpScreen)
        told = {line for _, lines in help_screen.text.found for line in lines}
    wanted = {(" ".join(shown_keys(action, remapped)) or "palette", action.help) for action in ACTIONS}
    assert wanted <= told
    assert ("ctrl+x", BY_ID["quit"].help) in told
