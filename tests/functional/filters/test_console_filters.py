"""Filters in the console: typed with help, undone, listed, switched off, turned round, saved and used again."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from evtui.core.values import Params
from evtui.ui.stream.filters.filters_screen import FiltersScreen
from evtui.ui.widgets.prompt import Prompt
from tests.functional.console.console_scene import Scene, active, comes, settle, shown, work_done

SIZES = [(80, 24), (120, 40), (200, 50)]


def raise_some(scene: Scene) -> None:
    """Raise 30 events without subscribers: 20 calls, 10 of them of user 7, and 10 others."""
    scene.engine.publish("E_CALL")
    for number in range(10):
        scene.engine.raise_event("E_CALL", Params((f"user{number}", number), ("user", "n")))
        scene.engine.raise_event("E_CALL", Params(("user7", number), ("user", "n")))
        scene.engine.raise_event("E_MINE", Params((f"192.0.2.{number}",), ("ip",)))


async def begin(scene: Scene, pilot: Pilot[int]) -> None:
    raise_some(scene)
    await pilot.press("1")
    await settle(scene, pilot)


def rows(scene: Scene) -> int:
    return len(scene.screen.state.stream.view)


def field(scene: Scene) -> Input:
    return scene.app.screen.query_one(Prompt).query_one(Input)


async def test_a_filter_of_the_attribute_under_the_cursor_is_begun_in_the_detail() -> None:
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        await begin(scene, pilot)
        await pilot.press("end", "up", "enter", "t", "end")  # the last raise of user7: its tree ends with n
        await settle(scene, pilot)
        await pilot.press("up", "f")
        await settle(scene, pilot)
        assert field(scene).value == "user=user7"
        assert rows(scene) == 11
        await pilot.press("enter")
        await settle(scene, pilot)
        assert active(scene) == "stream"  # the only pane that is seen is the one that changed
        await pilot.press("end", "enter", "end", "f")
        await settle(scene, pilot)
        assert field(scene).value == "user=user7 n=9"
        assert rows(scene) == 1
        await pilot.press("escape")
        await settle(scene, pilot)
        assert rows(scene) == 11
        await pilot.press("home", "f")  # a line that is about no attribute
        await settle(scene, pilot)
        assert field(scene).value == "user=user7"


@pytest.mark.parametrize("size", SIZES)
async def test_a_comparison_filters_while_it_is_typed_and_an_error_leaves_the_last_one(size: tuple[int, int]) -> None:
    scene = Scene()
    async with scene.running(*size) as pilot:
        await begin(scene, pilot)
        await pilot.press("f", *"user=user7 and n>=8")
        await settle(scene, pilot)
        assert rows(scene) == 2
        assert "Stream 2/31" in shown(scene)
        await pilot.press(*" and (")
        await settle(scene, pilot)
        assert rows(scene) == 2
        await pilot.press("n", "<", "x")
        await settle(scene, pilot)
        assert "< compares numbers" in shown(scene)
        line = next(line for line in shown(scene).splitlines() if "< compares numbers" in line)
        above = next(line for line in shown(scene).splitlines() if "and (n<x" in line)
        assert line.index("^") == above.index("x", above.index("n<x"))
        await pilot.press("enter")
        await settle(scene, pilot)
        assert field(scene).has_focus
        assert rows(scene) == 2
        await pilot.press("backspace", "3", ")", "enter")
        await settle(scene, pilot)
        assert not scene.app.screen.query_one(Prompt).display
        assert rows(scene) == 0
        assert "No row matches the filter" in shown(scene)


async def test_escape_undoes_what_was_typed_and_a_second_one_removes_the_filter() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await begin(scene, pilot)
        await pilot.press("f", *"user7", "enter")
        await settle(scene, pilot)
        assert rows(scene) == 11
        await pilot.press("f", *" n>8")
        await settle(scene, pilot)
        assert (field(scene).value, rows(scene)) == ("user7 n>8", 1)
        await pilot.press("escape")
        await settle(scene, pilot)
        assert rows(scene) == 11
        await pilot.press("escape")
        await settle(scene, pilot)
        assert rows(scene) == 31


async def test_tab_completes_names_and_values_from_the_journal() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await begin(scene, pilot)
        await pilot.press("f", "e", "v", "tab")
        assert field(scene).value == "event="
        assert "event=E_MINE  event=E_CALL" in shown(scene)
        await pilot.press("down", "tab")
        assert field(scene).value == "event=E_CALL "
        await pilot.press("u", "tab", *"user7", "tab", "enter")
        await settle(scene, pilot)
        assert scene.screen.state.stream.filter.typed == "event=E_CALL user=user7"
        assert rows(scene) == 11


async def test_f_on_an_event_replaces_the_selected_one_and_keeps_what_was_typed() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await begin(scene, pilot)
        await pilot.press("f", *"n<3", "enter", "2", "home", "f")
        await settle(scene, pilot)
        first = str(scene.screen.state.stream.filter)
        await pilot.press("2", "down", "f")
        await settle(scene, pilot)
        second = str(scene.screen.state.stream.filter)
        assert first.startswith("n<3, event=E_")
        assert second.startswith("n<3, event=E_")
        assert first != second


@pytest.mark.parametrize("size", SIZES)
async def test_the_list_shows_hits_and_switches_filters_one_by_one(size: tuple[int, int]) -> None:
    scene = Scene()
    async with scene.running(*size) as pilot:
        await begin(scene, pilot)
        await pilot.press("f", *"event=E_CALL", "enter", "F", "a", *"user7", "enter")
        await settle(scene, pilot)
        assert rows(scene) == 11
        lines = shown(scene).splitlines()
        assert any("in" in line and " 21 " in line and "event=E_CALL" in line for line in lines)
        assert any("in" in line and " 11 " in line and "user7" in line for line in lines)
        await pilot.press("o")
        await settle(scene, pilot)
        assert rows(scene) == 10
        assert str(scene.screen.state.stream.filter) == "event=E_CALL, not user7"
        await pilot.press("space")
        await settle(scene, pilot)
        assert rows(scene) == 21
        assert any(" off " in line and "user7" in line for line in shown(scene).splitlines())
        await pilot.press("home", "enter", *" n=0", "enter")
        await settle(scene, pilot)
        assert rows(scene) == 2
        await pilot.press("d", "escape")
        await settle(scene, pilot)
        assert rows(scene) == 31
        assert scene.app.screen is scene.screen


async def test_escape_in_the_stream_switches_listed_filters_off_and_keeps_them() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await begin(scene, pilot)
        await pilot.press("F", "a", *"user7", "enter", "escape", "f", *"n>5", "enter")
        await settle(scene, pilot)
        assert rows(scene) == 5
        await pilot.press("escape")
        await settle(scene, pilot)
        assert rows(scene) == 11
        await pilot.press("escape")
        await settle(scene, pilot)
        assert rows(scene) == 31
        await pilot.press("F", "space")
        await settle(scene, pilot)
        assert rows(scene) == 11


async def test_a_saved_filter_is_there_at_the_next_start_beside_those_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "filters.toml"
    scene = Scene(saved_filters=file)
    async with scene.running(120, 40) as pilot:
        await begin(scene, pilot)
        await pilot.press("f", *'text~"user7"', "enter", "F", "s", *"se ven", "enter")
        await work_done(scene, "filters")
        await settle(scene, pilot)
        assert "saved as se ven" in shown(scene)
    assert file.read_text() == '"se ven" = "text~\\"user7\\""\n'
    again = Scene(saved_filters=file, filters={"calls": "event=E_CALL", "wrong": "n>x"})
    async with again.running(120, 40) as pilot:
        await begin(again, pilot)
        await pilot.press("F")
        await work_done(again, "filters")
        await settle(again, pilot)
        assert isinstance(again.app.screen, FiltersScreen)
        await pilot.press("home", "enter")
        await settle(again, pilot)
        assert (rows(again), str(again.screen.state.stream.filter)) == (21, "calls")
        await pilot.press("home", "down", "down", "enter")
        await settle(again, pilot)
        assert (rows(again), str(again.screen.state.stream.filter)) == (11, "calls, se ven")
        await pilot.press("end", "enter")
        await settle(again, pilot)
        assert "wrong: bad filter: column 3" in shown(again)
        await pilot.press("d")
        await settle(again, pilot)
        assert "wrong stands in the configuration" in shown(again)
        await pilot.press("up", "d")
        await work_done(again, "filters")
        await settle(again, pilot)
    assert file.read_text() == ""


async def test_a_file_of_saved_filters_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    file = tmp_path / "filters.toml"
    file.write_text("x = [")
    scene = Scene(saved_filters=file)
    async with scene.running(120, 40) as pilot:
        await pilot.press("1", "F")
        await work_done(scene, "filters")
        await settle(scene, pilot)
        assert "filters.toml: " in shown(scene)


async def test_an_age_filter_lets_rows_go_as_time_passes() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await begin(scene, pilot)
        await pilot.press("f", *"age<10s", "enter")
        await settle(scene, pilot)
        assert rows(scene) == 31
        await settle(scene, pilot, 4.0)
        scene.engine.raise_event("E_CALL")
        await settle(scene, pilot, 5.0)
        assert rows(scene) == 1
        await settle(scene, pilot, 10.0)
        assert rows(scene) == 0


@pytest.mark.parametrize("size", SIZES)
async def test_a_search_tells_which_match_it_shows_and_when_it_went_round(size: tuple[int, int]) -> None:
    scene = Scene()
    async with scene.running(*size) as pilot:
        await begin(scene, pilot)
        stream = scene.screen.panes.stream
        await pilot.press("slash", *"user7")
        await comes(scene, pilot, lambda: stream.search.match_text == "11/11")
        assert "11/11" in shown(scene)
        await pilot.press("up", "up")
        assert stream.search.match_text == "9/11"
        await pilot.press("enter", "n", "n")
        assert stream.search.match_text == "11/11"
        await pilot.press("n")
        await pilot.pause()
        assert stream.search.match_text == "1/11"
        assert "search user7 1/11, on from the top" in shown(scene)
        await pilot.press("N")
        await pilot.pause()
        assert "search user7 11/11, on from the bottom" in shown(scene)
        await pilot.press("k")
        await pilot.pause()
        assert "search user7 -/11 " in shown(scene)


async def test_the_term_of_a_search_stays() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await begin(scene, pilot)
        stream = scene.screen.panes.stream
        await pilot.press("slash", *"user7", "enter", "escape")
        assert stream.needle == ""
        await pilot.press("n")
        assert stream.needle == "user7"
        await pilot.press("slash")
        assert field(scene).value == "user7"
        await pilot.press("enter")
        assert stream.needle == "user7"
        await pilot.press("slash", *"ip=", "enter")
        assert stream.needle == "ip="
