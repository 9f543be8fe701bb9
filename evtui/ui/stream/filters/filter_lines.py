"""The list of filters as lines: those that are active, then those that are saved."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from evtui.codecs.display_text import display_safe
from evtui.ui.stream.filters.saved_filters import SavedFilter
from evtui.ui.stream.stream_filter import ActiveFilter
from evtui.ui.text.cells import Cells, Role, plain
from evtui.ui.text.figures import count, cut_end, fill

_SHOWN = 400
_HITS = 8
_NAMES = ((100, 24), (0, 10))
"""Cells of the names, from a width on."""


class ActiveEntry(Struct, frozen=True):
    """A filter of the stream, by its place among them."""

    place: int
    part: ActiveFilter
    hits: int | None


class FilterLines:
    """The lines of the list."""

    def __init__(self, active: Callable[[], Sequence[ActiveEntry]]) -> None:
        self._active = active
        self.saved: Sequence[SavedFilter] = ()

    def entry(self, index: int) -> ActiveEntry | SavedFilter | None:
        """Return what a line is about."""
        active = self._active()
        if index < len(active):
            return active[index]
        index -= len(active)
        return self.saved[index] if index < len(self.saved) else None

    def __len__(self) -> int:
        return len(self._active()) + len(self.saved)

    def key(self, index: int) -> object:
        """Return what identifies a line."""
        entry = self.entry(index)
        return entry.name if isinstance(entry, SavedFilter) else index

    def find(self, key: object) -> int | None:
        """Return the line with a key."""
        active = len(self._active())
        if isinstance(key, int):
            return key if key < active else None
        return next((active + place for place, each in enumerate(self.saved) if each.name == key), None)

    def line(self, index: int, width: int) -> Cells:
        """Write a line: what it does, its hits, its name, and the filter."""
        entry = self.entry(index)
        if isinstance(entry, SavedFilter):
            where = "config" if entry.is_configured else "saved"
            return _line("dim", (where, "", entry.name, entry.text), width)
        assert entry is not None
        role: Role = {"in": "good", "out": "bad", "off": "dim"}[entry.part.mode]  # type: ignore[assignment]
        hits = "" if entry.hits is None else count(entry.hits)
        return _line(role, (entry.part.mode, hits, entry.part.name, entry.part.wanted.text), width)

    def header(self, width: int) -> Cells | None:
        """Write the titles of the columns."""
        return [("head", plain(_line("head", ("mode", "hits", "name", "filter"), width)))]

    def empty(self) -> Sequence[str]:
        """Say how to add one."""
        return "No filter.", "a adds one."


def _line(role: Role, texts: tuple[str, str, str, str], width: int) -> Cells:
    """Write what a filter does, its hits, its name and its text."""
    mode, hits, name, text = texts
    room = next(cells for least, cells in _NAMES if width >= least)
    left = max(1, width - 7 - _HITS - room - 4)
    return [
        (role, fill(mode, 7)),
        ("number", f"{hits:>{_HITS}}  "),
        ("name", fill(cut_end(display_safe(name, _SHOWN), room), room) + "  "),
        (role if role in {"head", "dim"} else "text", fill(cut_end(display_safe(text, _SHOWN), left), left)),
    ]
