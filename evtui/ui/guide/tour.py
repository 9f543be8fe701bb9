"""The tour: five lines that a user sees at the first start of the console, and later from the palette."""

from collections.abc import Iterator, Mapping

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from evtui.ui.actions import BY_ID, shown_keys

_SUBSCRIBE = "{subscribe} subscribes a socket to the selected event"
_RAISE = "{raise} raises it; the stream ({show_stream}) shows what became of it"
_LOOK = "{show_stream} {show_events} {show_subscribers} go to stream, events and subscribers"
_PAUSE = "{pause} lets the stream stand still; nothing is lost"
_STEP = "{step} goes to the next record, {step_back} back, {pause} plays on"
_JUMP = "{jump} goes to a time, {faster} and {slower} change the speed"
_WHY = "{open} shows the detail, {why} why a subscriber got it or not"
_FIND = "{filter} filters the stream, {search} searches the active pane"
_HELP = "{help} shows every key, {palette} finds an action, {quit} leaves"


def tour_lines(keys: Mapping[str, str], *, read_only: bool, playback: bool = False) -> Iterator[Content]:
    """Write the five lines with the keys as they are bound, for what can be done in this console."""
    first = (_STEP, _JUMP) if playback else (_LOOK, _PAUSE) if read_only else (_SUBSCRIBE, _RAISE)
    for line in (*first, _WHY, _FIND, _HELP):
        pieces: list[str | tuple[str, str]] = []
        for part in line.split("{"):
            action, brace, text = part.partition("}")
            if brace:
                key = next(iter(shown_keys(BY_ID[action], keys)), f"{BY_ID[action].label} in the palette")
                pieces += [(key, "$accent"), text]
            else:
                pieces.append(part)
        yield Content.assemble(*pieces)


class TourBox(Vertical):
    """The lines in a frame, above the hint. It has no focus, and takes no key."""

    def __init__(self, lines: Iterator[Content], closing_key: str) -> None:
        super().__init__(id="tour")
        self._lines = [*lines]
        self.border_title = "Tour"
        self.border_subtitle = f"{closing_key} ends it; the palette has it again"

    def compose(self) -> ComposeResult:
        """Lay out the lines."""
        for line in self._lines:
            yield Static(line)
