"""The lines of the detail, folded to the width of the pane, with tabs above where there are several views."""

from collections.abc import Sequence

from evtui.ui.detail.selected_subscription import SelectedSubscription
from evtui.ui.detail.subject import TABS, Subject, Tab
from evtui.ui.stream.stream_rows import StreamRow, params_of
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.wrap import wrap

_GAP = 2


class DetailLines:
    """The lines of the subject that was filled in last."""

    def __init__(self) -> None:
        self._lines: list[Cells] = []
        self._attributes: list[int] = []
        """The attribute of each line; negative where it has none."""
        self._tab: Tab | None = None

    def fill_in(
        self, subject: Subject | None, tab: Tab, width: int, now: float, selected: SelectedSubscription | None = None
    ) -> None:
        """Write the lines of a subject, or of none; `now` is monotonic seconds."""
        self._tab = tab if isinstance(subject, StreamRow) and params_of(subject) is not None else None
        self._lines, self._attributes = [], []
        if subject is not None and width > 0:
            from evtui.ui.detail.subject_lines import subject_lines  # on first use: nothing is selected at the start

            lines = subject_lines(subject, tab, width, now, selected)
            params = params_of(subject) if isinstance(subject, StreamRow) and tab == "tree" else None
            first = len(lines) - len(params or ())  # the tree is the end of the detail
            for place, line in enumerate(lines):
                folded = [*wrap([line], width)]
                self._lines += folded
                self._attributes += [place - first if params else -1] * len(folded)

    def attribute_at(self, index: int) -> int | None:
        """Return which attribute a line of the tree is about, from 0; None when it is about none."""
        place = self._attributes[index] if index < len(self._attributes) else -1
        return None if place < 0 else place

    def __len__(self) -> int:
        return len(self._lines)

    def key(self, index: int) -> object:
        """Return the key of a line: its index."""
        return index

    def find(self, key: object) -> int | None:
        """Return the index of a line, None when there are fewer."""
        return key if isinstance(key, int) and key < len(self._lines) else None

    def line(self, index: int, width: int) -> Cells:  # noqa: ARG002 - folded to the width when it was filled in
        """Return one line."""
        return self._lines[index]

    def header(self, width: int) -> Cells | None:  # noqa: ARG002 - four words fit any pane
        """Write the tabs where there are several views."""
        if self._tab is None:
            return None
        cells: Cells = []
        for tab in TABS:
            role: Role = "match" if tab == self._tab else "dim"
            cells.append((role, f" {tab} "))
            cells.append(("text", " " * _GAP))
        return cells

    def tab_at(self, x: int) -> Tab | None:
        """Return the tab at a column of the header."""
        left = 0
        for tab in TABS if self._tab is not None else ():
            right = left + len(tab) + 2
            if left <= x < right:
                return tab
            left = right + _GAP
        return None

    def empty(self) -> Sequence[str]:
        """Say how to select something."""
        return ("Nothing selected.", "enter on a line of another pane shows it here.")
