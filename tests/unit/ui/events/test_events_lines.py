"""The lines of the catalogue, for any width and any text."""

from rich.cells import cell_len

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
