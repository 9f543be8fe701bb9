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
    assert plain(lines.line(1, 60)).split()[:3] == ["E_MINE", UNTOLD, "3"]
    assert plain(lines.line(2, 60)).split()[:3] == ["E_OTHER", "·", "·"]
    view.take([replace(untold, received=7)], 2.0)
    assert view.rate("E_MINE") == 2.0
