"""The stream: follows, stands still, is searched, filtered, copied and written to a file."""

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from evtui.engine.journal import Journal
from evtui.ui.widgets.line_list import LineList
from tests.functional.console.console_scene import Scene, comes, settle, shown, told, work_done


def busy(scene: Scene, raises: int = 40) -> None:
    for number in range(raises):
        scene.engine.raise_event("E_MINE", {"n": number, "who": f"user{number}@example.com"})


async def type_into(scene: Scene, pilot: Pilot[int], key: str, text: str) -> None:
    """Open the line that a text is typed into, and type once it has the focus."""
    await pilot.press(key)
    await comes(scene, pilot, lambda: isinstance(scene.screen.focused, Input))
    await pilot.press(*text)


def numbers(scene: Scene) -> list[int]:
    return [row.number for row in scene.screen.state.stream.view]


async def test_a_stream_that_grows_below_its_end_does_not_lay_the_screen_out_anew() -> None:
    scene = Scene(demo=True)
    async with scene.running(120, 40) as pilot:
        for _ in range(100):
            scene.engine.raise_event("E_MINE")
        await settle(scene, pilot)
        stream = scene.screen.panes.stream
        scene.pass_by(2.0)  # the rush of rows is over
        scene.engine.raise_event("E_MINE", {"z": 1})
        scene.screen.look()
        assert not stream._layout_required  # pyright: ignore[reportPrivateUsage]
        await pilot.pause()
        assert stream.vertical_scrollbar.window_virtual_size == 102
        assert stream.scroll_offset.y == stream.max_scroll_y
        assert "z=1" in shown(scene)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_lines_painted_together_look_as_each_that_textual_paints(size: tuple[int, int]) -> None:
    scene = Scene(demo=True)
    async with scene.running(*size) as pilot:
        busy(scene)
        await settle(scene, pilot)
        scene.screen.show_pane("stream")
        await pilot.press("up", "pageup")
        await settle(scene, pilot)
        scene.screen.panes.stream.show_matches("user3")
        compared = 0
        for rows in scene.screen.query(LineList):
            whole = rows.outer_size.region
            if rows.display and whole.area:
                together = [strip.simplify() for strip in rows.render_lines(whole)]
                rows._styles_cache.clear()  # pyright: ignore[reportPrivateUsage]
                assert together == [strip.simplify() for strip in Widget.render_lines(rows, whole)]
                compared += len(rows.lines) > 3
        assert compared


async def test_the_stream_follows_until_the_cursor_moves_up_and_then_again() -> None:
    scene = Scene(demo=True)
    async with scene.running(120, 40) as pilot:
        busy(scene)
        await settle(scene, pilot)
        stream = scene.screen.panes.stream
        assert stream.cursor == 39
        assert "n=39" in shown(scene)
        await pilot.press("up", "up")
        busy(scene, 5)
        await settle(scene, pilot)
        assert scene.screen.state.stream.mode == "held"
        assert stream.cursor == 37
        assert "+5 new, G follows" in shown(scene)
        await pilot.press("G")
        await settle(scene, pilot)
        assert stream.cursor == 44
        assert "following" in shown(scene)


async def test_walking_down_past_the_last_line_follows_again() -> None:
    scene = Scene(demo=True)
    async with scene.running(120, 40) as pilot:
        busy(scene, 3)
        await settle(scene, pilot)
        await pilot.press("up", "down", "down")
        assert scene.screen.state.stream.mode == "follow"


async def test_the_wheel_holds_the_stream() -> None:
    scene = Scene(demo=True)
    async with scene.running(120, 40) as pilot:
        busy(scene, 100)
        await settle(scene, pilot)
        scene.screen.panes.stream.scroll_relative(y=-3, animate=False, force=True)
        await pilot.pause()
        assert scene.screen.state.stream.mode == "held"


async def test_a_paused_stream_stands_still_and_loses_nothing() -> None:
    scene = Scene(demo=True)
    async with scene.running(80, 24) as pilot:
        busy(scene, 3)
        await settle(scene, pilot)
        await pilot.press("space")
        busy(scene, 312)
        await settle(scene, pilot)
        assert "PAUSED +312" in shown(scene)
        assert numbers(scene) == [0, 1, 2]
        await pilot.press("space")
        await settle(scene, pilot)
        assert numbers(scene)[-1] == 314


async def test_what_the_journal_evicted_unread_is_counted_as_not_shown() -> None:
    scene = Scene(demo=True, journal=Journal(max_records=100))
    async with scene.running(80, 24) as pilot:
        busy(scene, 150)
        await settle(scene, pilot)
        assert "not shown 50" in shown(scene)


async def test_search_goes_to_matches_as_one_types_and_on_with_n() -> None:
    scene = Scene(demo=True)
    async with scene.running(120, 40) as pilot:
        busy(scene)
        await settle(scene, pilot)
        await pilot.press("slash", *"user1")
        await pilot.pause()
        stream = scene.screen.panes.stream
        assert stream.cursor == 19
        await pilot.press("enter", "n")
        assert stream.cursor == 1
        await pilot.press("N")
        assert stream.cursor == 19
        await pilot.press("escape")
        assert stream.needle == ""


async def test_a_search_without_a_match_says_so() -> None:
    scene = Scene(demo=True)
    async with scene.running(120, 40) as pilot:
        busy(scene, 3)
        await settle(scene, pilot)
        await pilot.press("slash", *"zebra", "enter", "n")
        await settle(scene, pilot)
        assert "No line has zebra." in told(scene)


async def test_a_filter_shows_only_rows_with_its_words() -> None:
    scene = Scene(demo=True)
    async with scene.running(120, 40) as pilot:
        busy(scene)
        await settle(scene, pilot)
        await pilot.press("f", *"user3 n=3*", "enter")
        await settle(scene, pilot)
        assert len(numbers(scene)) == 11
        assert "1 Stream 11/40" in shown(scene)
        assert "filter user3 n=3*" in shown(scene)
        await pilot.press("escape")
        await settle(scene, pilot)
        assert len(numbers(scene)) == 40


async def test_f_on_an_event_or_a_subscriber_shows_only_its_own() -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", "unix:/nonexistent/a")
    scene.engine.subscribe("E_MINE", "unix:/nonexistent/b")
    async with scene.running(120, 40) as pilot:
        busy(scene, 3)
        scene.engine.raise_event("E_CORE_LOG")
        await settle(scene, pilot)
        await pilot.press("f")
        await settle(scene, pilot)
        assert scene.screen.active == "stream"
        assert len(numbers(scene)) == 6
        await pilot.press("3", "f")
        await settle(scene, pilot)
        assert len(numbers(scene)) == 3


async def test_clearing_empties_the_view_and_says_what_to_do() -> None:
    scene = Scene(demo=True)
    async with scene.running(120, 40) as pilot:
        busy(scene, 3)
        await settle(scene, pilot)
        await pilot.press("c")
        await settle(scene, pilot)
        assert numbers(scene) == []
        assert "No event has been raised yet" not in shown(scene)
        busy(scene, 1)
        await settle(scene, pilot)
        assert numbers(scene) == [3]


async def test_clearing_lets_a_stream_follow_that_was_held_and_leaves_a_pause() -> None:
    scene = Scene(demo=True)
    async with scene.running(120, 40) as pilot:
        busy(scene, 60)
        await settle(scene, pilot)
        await pilot.press("up", "up", "c")
        busy(scene, 2)
        await settle(scene, pilot)
        assert scene.screen.state.stream.mode == "follow"
        assert numbers(scene) == [60, 61]
        assert scene.screen.panes.stream.cursor == 1
        await pilot.press("space", "c")
        busy(scene, 3)
        await settle(scene, pilot)
        assert "PAUSED +3" in shown(scene)


@pytest.mark.parametrize(
    ("key", "text"), [("t", "└─ "), ("p", '"method": "E_MINE"'), ("h", "7b 22 6a 73"), ("d", "ENOENT")]
)
async def test_the_detail_has_four_views(key: str, text: str) -> None:
    scene = Scene(demo=True)
    scene.engine.subscribe("E_MINE", "unix:/nonexistent/a")
    async with scene.running(80, 24) as pilot:
        busy(scene, 1)
        await settle(scene, pilot)
        await pilot.press("enter", key)
        await settle(scene, pilot)
        assert text in shown(scene)


async def test_copying_saves_to_a_file_and_claims_no_more_than_it_did(tmp_path: Path) -> None:
    scene = Scene(demo=True, files=tmp_path)
    async with scene.running(120, 40) as pilot:
        busy(scene, 1)
        await settle(scene, pilot)
        await pilot.press("y")
        await work_done(scene)
        await settle(scene, pilot)
        assert "saved to" in told(scene)
        assert "copied to" not in told(scene).lower()
    (file,) = tmp_path.iterdir()
    assert json.loads(file.read_text())["params"] == {"n": 0, "who": "user0@example.com"}


async def test_a_full_stream_keeps_its_size() -> None:
    scene = Scene(demo=True, journal=Journal(max_records=5000))
    async with scene.running(200, 50) as pilot:
        busy(scene, 5000)
        await settle(scene, pilot)
        stream: LineList = scene.screen.panes.stream
        size = stream.virtual_size
        busy(scene, 700)
        await settle(scene, pilot)
        assert stream.virtual_size == size
        assert "evicted 701" in shown(scene)  # E_MINE was published before


async def test_filter_search_and_export_reach_all_that_the_journal_holds(tmp_path: Path) -> None:
    scene = Scene(demo=True, files=tmp_path, journal=Journal(max_records=12_000))
    async with scene.running(120, 40) as pilot:
        scene.engine.raise_event("E_MINE", {"who": "oldest"})
        busy(scene, 11_999)
        await comes(scene, pilot, lambda: scene.screen.state.stream.numbered == 12_000)
        await type_into(scene, pilot, "f", "oldest")
        await comes(scene, pilot, lambda: "1/12,000" in shown(scene))
        assert "filtering" not in shown(scene)
        await pilot.press("enter", "e", "enter")
        await comes(scene, pilot, lambda: "1 row written" in told(scene))
        await pilot.press("escape")
        await type_into(scene, pilot, "slash", "oldest")
        stream = scene.screen.panes.stream
        await comes(scene, pilot, lambda: (stream.needle, stream.cursor) == ("oldest", 0))
        assert scene.screen.state.stream.mode == "held"
        await pilot.press("enter", "escape", "e", "enter")
        await comes(scene, pilot, lambda: "12,000 rows written" in told(scene))
        busy(scene, 1)
        await settle(scene, pilot)
        await pilot.press("G")
        await type_into(scene, pilot, "f", "oldest")
        await comes(scene, pilot, lambda: "0/12,000" in shown(scene))
        assert scene.screen.state.stream.evicted == 2


async def test_a_filter_that_looks_at_older_rows_says_how_far_it_is_and_ends_with_escape() -> None:
    scene = Scene(demo=True)
    async with scene.running(120, 40) as pilot:
        busy(scene, 30_000)
        await comes(scene, pilot, lambda: scene.screen.state.stream.numbered == 30_000)
        scene.screen.filtering.show_text("nothing has this")
        assert "filtering 7%" in str(scene.screen.panes.stream.border_subtitle)
        await pilot.press("escape")
        await settle(scene, pilot)
        assert scene.screen.state.stream.progress is None
        assert "filtering" not in shown(scene)
        assert scene.screen.state.stream.mode == "follow"


async def test_a_search_that_finds_nothing_in_a_long_stream_lets_it_follow_again() -> None:
    scene = Scene(demo=True)
    async with scene.running(120, 40) as pilot:
        busy(scene, 5_000)
        await settle(scene, pilot)
        await type_into(scene, pilot, "slash", "zzz")
        await pilot.press("enter", "n")
        await comes(scene, pilot, lambda: "No line has" in told(scene))
        assert scene.screen.state.stream.mode == "follow"
        busy(scene, 2)
        await settle(scene, pilot)
        assert numbers(scene)[-1] == 5_001


async def test_the_notes_of_the_stream_name_the_keys_as_they_are_bound() -> None:
    scene = Scene(demo=True, notices=["look here"], keys={"bottom": "B", "pause": "P", "leave": "ctrl+l"})
    async with scene.running(120, 40) as pilot:
        assert "ctrl+l closes this" in shown(scene)
        busy(scene)
        await settle(scene, pilot)
        await pilot.press("up")
        await settle(scene, pilot)
        assert "held, B follows" in shown(scene)
        await pilot.press("P")
        await settle(scene, pilot)
        assert "paused +0, P goes on" in shown(scene)
