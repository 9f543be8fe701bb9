"""The lines of the catalogue, for any width and any text."""

from msgspec.structs import replace
from rich.cells import cell_len

from evtui.codecs.display_text import UNTOLD
from evtui.core.ports import EventState
from evtui.core.values import Event
from evtui.ui.events.events_lines import EventsLines
from evtui.ui.events.events_view import EventsView
from evtui.ui.text.cells import plain
from tests.unit.ui.records import HOSTILE, assert_safe, state


def test_a_catalogue_line_is_as_wide_as_its_pane() -> None:
    view = EventsView()
    view.take([state("E_" + HOSTILE, 0, HOSTILE, raises=4), state("E_MINE", 1)], 0.0)
    lines = EventsLines(view)
    for width in (1, 20, 43, 55, 90):
        written = [lines.line(index, width) for index in range(len(lines))]
        assert {cell_len(plain(line)) for line in written} == {width}
        assert_safe(written)


def test_what_a_server_does_not_tell_is_no_zero() -> None:
    view = EventsView()
    untold = EventState(Event(1, "E_MINE"), None, None, None, None, None, received=3, viewers=1)
    view.take([untold, replace(untold, event=Event(2, "E_OTHER"), subscribers=0, received=0)], 0.0)
    lines = EventsLines(view)
    assert plain(lines.header(60)).split()[:3] == ["event", "subs", "seen"]
    assert plain(lines.line(0, 60)).split()[:3] == ["E_MINE", UNTOLD, "3"]
    assert plain(lines.line(1, 60)).split()[:3] == ["E_OTHER", "·", "·"]
    view.take([replace(untold, received=7)], 2.0)
    assert view.rate("E_MINE") == 2.0


def test_an_event_of_a_mixed_fleet_counts_what_is_told_and_what_was_received() -> None:
    view = EventsView()
    told = replace(state("E_MINE", 1, raises=4), server="a")
    seen = EventState(Event(1, "E_MINE"), 0, None, None, None, None, received=3, server="b")
    view.take([replace(told, server="", received=3, parts=(told, seen))], 0.0)
    lines = EventsLines(view)
    assert plain(lines.header(60)).split()[:3] == ["event", "subs", "seen"]
    assert plain(lines.line(0, 60)).split()[:3] == ["E_MINE", "·", "7"]


def test_a_name_is_whole_before_other_columns_have_room() -> None:
    view = EventsView()
    view.take([state("E_CORE_SR_STATUS_CHANGED", 0, "core", raises=12_345)], 0.0)
    lines = EventsLines(view)
    for width in (36, 42, 49, 60, 120):
        assert plain(lines.line(0, width)).split()[:3] == ["E_CORE_SR_STATUS_CHANGED", "·", "12,345"], width
    assert "last at" not in plain(lines.header(49))
    assert "last at" in plain(lines.header(80))


def test_a_wide_line_draws_the_last_polls() -> None:
    view = EventsView()
    for second, raises in enumerate((1, 2, 4, 4, 8)):
        view.take([state("E_MINE", raises=raises)], float(second))
    assert "▂▄ █" in plain(EventsLines(view).line(0, 80))


def test_a_module_says_how_many_of_its_events_are_not_used() -> None:
    view = EventsView()
    view.take([state("E_A", 0, "core"), state("E_B", 1, "core", raises=1), state("E_MINE", 2)], 0.0)
    lines = EventsLines(view)
    assert plain(lines.line(2, 60)).split("  ")[:2] == ["▸ core 1", "not used"]
    view.next_order()
    view.next_order()
    assert plain(lines.line(0, 60)).split("  ")[1:3] == ["dynamic 1", "published at run time"]
    assert plain(lines.line(2, 60)).split("  ")[:2] == ["▸ core 2", "1 not used"]
