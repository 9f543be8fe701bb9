"""Watch rules in the console: made of a row or a filter, listed, switched off, changed, saved; what is seen of them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from evtui.backends.embedded import EmbeddedBackend
from evtui.backends.rules.rule_runner import RuleRunner
from evtui.core.clocks import Clocks
from evtui.filters.rules.rule_set import Fired
from evtui.ui.terminal.desktop_notice import notice_texts
from evtui.ui.widgets.prompt import Prompt
from tests.functional.console.console_scene import Scene, comes, settle, shown, work_done
from tests.unit.ui.records import HOSTILE, raised

SIZES = [(80, 24), (120, 40), (200, 50)]


@asynccontextmanager
async def watched(scene: Scene, width: int = 120, height: int = 40) -> AsyncGenerator[Pilot[int]]:
    """Run the console with its rules, which look when the console does."""
    # The clock of the scene is moved by a second in a moment: the rules look more often than that.
    clocks = Clocks(scene.monotonic, scene.wall, scene.monotonic, lambda seconds: anyio.sleep(min(seconds, 0.002)))
    alerts = scene.screen.state.alerts
    async with scene.running(width, height) as pilot, anyio.create_task_group() as tasks:
        tasks.start_soon(RuleRunner(EmbeddedBackend(scene.engine), alerts.rules, clocks, alerts.fire).run)
        await pilot.press("1")
        await settle(scene, pilot)
        yield pilot
        tasks.cancel_scope.cancel()


async def add(scene: Scene, pilot: Pilot[int], text: str) -> None:
    """Add a rule in the list, which stays open."""
    await pilot.press("w", "a")
    field(scene).value = text
    await pilot.press("enter")
    await settle(scene, pilot)


def field(scene: Scene) -> Input:
    return scene.app.screen.query_one(Prompt).query_one(Input)


@pytest.mark.parametrize("size", SIZES)
async def test_a_rule_that_fires_is_seen_in_the_status_line_at_its_row_and_in_the_list(size: tuple[int, int]) -> None:
    scene = Scene()
    async with watched(scene, *size) as pilot:
        await add(scene, pilot, "E_MINE > 2 in 10 s")
        await pilot.press("escape")
        for number in range(4):
            scene.engine.raise_event("E_MINE", {"n": number})
        await comes(scene, pilot, lambda: "! rule 1" in shown(scene).splitlines()[0])
        stream = scene.screen.state.stream
        await comes(scene, pilot, lambda: len(stream.marks) == 1)
        (row,) = stream.marked_rows()
        assert row.mark == "rule 1"
        assert "n=2" in str(row.record) or "2" in str(row.record)
        await pilot.press("w")
        await settle(scene, pilot)
        line = next(line for line in shown(scene).splitlines() if "E_MINE > 2 in 10 s" in line)
        assert "FIRED" in line
        assert " 1 " in line
        await pilot.press("escape")
        await settle(scene, pilot)
        assert "! rule 1" not in shown(scene)
        await settle(scene, pilot, 30.0)
        await comes(scene, pilot, lambda: "firing" not in shown(scene).splitlines()[0])


async def test_silence_fires_without_a_record() -> None:
    scene = Scene()
    async with watched(scene) as pilot:
        await add(scene, pilot, "no E_MINE for 60 s")
        await pilot.press("escape")
        await settle(scene, pilot, 70.0)
        await comes(scene, pilot, lambda: "! rule 1" in shown(scene))
        assert not len(scene.screen.state.stream.marks)


async def test_a_rule_begins_with_the_filter_or_with_what_is_selected() -> None:
    scene = Scene()
    async with watched(scene) as pilot:
        scene.engine.subscribe("E_MINE", "unix:/tmp/evtui-test-nobody.sock", 60)
        scene.engine.raise_event("E_MINE", {"n": 1})
        await settle(scene, pilot)
        await pilot.press("w", "a")
        assert field(scene).value == "event=E_MINE to=unix:/tmp/evtui-test-nobody.sock failed > 3 in 10 s"
        await pilot.press("escape", "escape", "2", "w", "a")
        assert field(scene).value.startswith("no event=")
        await pilot.press("escape", "escape", "1", "f", *"n=1", "enter", "w", "a")
        assert field(scene).value == "n=1 > 3 in 10 s"


async def test_what_is_wrong_is_told_at_its_column() -> None:
    scene = Scene()
    async with watched(scene) as pilot:
        await add(scene, pilot, "failed > 3 in 10")
        assert "a time is missing" in shown(scene)
        assert field(scene).has_focus
        await pilot.press("space", "s", "enter")
        await settle(scene, pilot)
        assert [each.rule.text for each in scene.screen.state.alerts.rules.rules] == ["failed > 3 in 10 s"]


async def test_a_rule_is_switched_off_changed_saved_and_removed(tmp_path: Path) -> None:
    scene = Scene(saved_filters=tmp_path / "filters.toml")
    async with watched(scene) as pilot:
        await add(scene, pilot, "failed > 3 in 10 s")
        rules = scene.screen.state.alerts.rules
        await pilot.press("space")
        assert not rules.rules[0].is_on
        assert "off" in shown(scene)
        await pilot.press("space", "enter", *" every 1h", "enter")
        await settle(scene, pilot)
        assert rules.rules[0].rule.every == 3600
        await pilot.press("s", *["backspace"] * 6, *"slow", "enter")
        await work_done(scene, "rules")
        file = tmp_path / "rules.toml"
        assert file.read_text() == '"slow" = "failed > 3 in 10 s every 1h"\n'
        assert [each.name for each in rules.rules] == ["slow"]
        await pilot.press("d")
        await work_done(scene, "rules")
        assert file.read_text() == ""
        assert not rules.rules


async def test_saved_and_configured_rules_run_from_the_start_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text('"a" = "failed > 3 in 10 s"\n"b" = "no E_X"\n')
    scene = Scene(saved_filters=tmp_path / "filters.toml")
    scene.app.rules.take_settings({"c": "queue > 80 %"}, bell=False, notice="off")
    scene.app.rules.begin()
    async with watched(scene, 200, 50) as pilot:
        assert [each.name for each in scene.screen.state.alerts.rules.rules] == ["a", "c"]
        assert "for how long is missing" in shown(scene)
        await pilot.press("escape", "w", "down", "d")
        await settle(scene, pilot)
        assert "c stands in the configuration" in shown(scene)


async def test_the_bell_and_notices_are_as_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    scene, written, bells = Scene(), list[str](), list[int]()
    scene.app.rules.take_settings({}, bell=True, notice="both")
    async with watched(scene):
        driver = scene.app._driver  # pyright: ignore[reportPrivateUsage]
        assert driver is not None
        monkeypatch.setattr(driver, "write", written.append)
        monkeypatch.setattr(scene.app, "bell", lambda: bells.append(1))
        scene.screen.state.alerts.fire(Fired("a", "failed", 0.0, 1))
        assert len(bells) == 1
        assert [text for text in written if text.startswith("\x1b]")] == [*notice_texts("both", "rule a fired: failed")]


def test_no_text_ends_a_notice_or_begins_another_sequence() -> None:
    texts = [*notice_texts("both", f"{HOSTILE}\x1b]0;x\x07\x9c\x1b\\" * 50)]
    assert len(texts) == 2
    for text in texts:
        inside = text.removeprefix("\x1b]").removesuffix("\x1b\\")
        assert not {char for char in inside if ord(char) < 32 or 127 <= ord(char) < 160}
        assert len(inside) < 300
    assert [*notice_texts("off", "x")] == []
    assert next(notice_texts("osc9", "4;1;50")).startswith("\x1b]9;evtui: ")


async def test_the_names_of_rules_and_rows_are_made_safe_to_show() -> None:
    scene = Scene()
    async with watched(scene, 200, 50) as pilot:
        scene.screen.state.alerts.fire(Fired(HOSTILE, HOSTILE, 0.0, 1, raised("E_X")))
        await settle(scene, pilot)
        assert "\x1b" not in shown(scene)
