"""The list of filters: each can be switched off, turned round, changed, saved under a name, and removed."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar, Protocol

from anyio import to_thread
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from evtui.codecs.display_text import display_safe
from evtui.core.errors import BadFilterError
from evtui.filters.decisions import Filter
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.stream.filters.filter_lines import ActiveEntry, FilterLines
from evtui.ui.stream.filters.filter_typing import FilterTyping
from evtui.ui.stream.filters.saved_filters import SavedFilter, SavedFilters, SavedFiltersError
from evtui.ui.stream.stream_filter import StreamFilter
from evtui.ui.widgets.folded_text import KeyHints
from evtui.ui.widgets.form_keys import FILTER_KEYS, bindings
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.prompt import Prompt
from evtui.ui.widgets.role_style import ROLE_CLASSES
from evtui.ui.widgets.workers import WorkerFunction, finish_workers, is_working, start_worker

REFRESH_SECONDS = 0.5


class FilteredStream(Protocol):
    """The stream whose filters are listed."""

    @property
    def filter(self) -> StreamFilter:
        """Return its filters."""
        ...

    def hits(self, place: int) -> int | None:
        """Count the rows that one of them shows alone; None when it is off."""
        ...


class FiltersScreen(ModalScreen[None], DismissedOnce[None]):
    """Lists the filters of the stream and the saved ones."""

    SUBJECT = "Filters"
    HELP_KEYS = FILTER_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(FILTER_KEYS)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {*ROLE_CLASSES}

    def __init__(
        self, stream: FilteredStream, show: Callable[[StreamFilter], object], typing: FilterTyping, saved: SavedFilters
    ) -> None:
        """`show` is called with the filters that the stream is to have."""
        super().__init__()
        self._stream = stream
        self._show = show
        self._typing = typing
        self._saved = saved
        self._edited: ActiveEntry | None = None
        self._lines = FilterLines(self._entries)
        self.list = LineList(self._lines, id="filter-list")

    def compose(self) -> ComposeResult:
        """Lay out the list, the line to type into, what was done, and the keys."""
        with Vertical(id="filters") as box:
            box.border_title = "Filters"
            box.border_subtitle = "esc closes"
            yield self.list
            yield Prompt()
            yield Static("", id="filters-told", markup=False)
            yield KeyHints(FILTER_KEYS, id="filters-keys")

    def on_mount(self) -> None:
        """Read the saved filters, and keep the hits as they are."""
        self.list.add_class("-active")
        self.set_focus(self.list)
        self._run(self._read_saved)
        self.set_interval(REFRESH_SECONDS, self.list.redraw)

    async def on_unmount(self) -> None:
        """Wait until what was begun is done."""
        await finish_workers(self)

    @property
    def is_busy(self) -> bool:
        """Say whether something is being saved or read: the keys behind wait, as closing would cancel it."""
        return is_working(self)

    # Keys

    def action_switch(self) -> None:
        """Switch the filter off, or on again."""
        if isinstance(entry := self._entry(), ActiveEntry):
            self._apply(self._stream.filter.with_mode(entry.place, "in" if entry.part.mode == "off" else "off"))

    def action_turn_round(self) -> None:
        """Leave out what the filter shows, or show it again."""
        if isinstance(entry := self._entry(), ActiveEntry):
            self._apply(self._stream.filter.with_mode(entry.place, "in" if entry.part.mode == "out" else "out"))

    def action_add(self) -> None:
        """Ask for one more filter."""
        self._edited = None
        self.query_one(Prompt).ask("filter", "", self._typing)

    @on(LineList.Opened)
    def use(self) -> None:
        """Change the filter of the line; use a saved one."""
        entry = self._entry()
        if isinstance(entry, ActiveEntry):
            self._edited = entry
            self.query_one(Prompt).ask("filter", entry.part.wanted.text, self._typing)
        elif entry is not None:
            self._use_saved(entry)

    def action_remove(self) -> None:
        """Remove the filter from the stream, or a saved one from its file."""
        entry = self._entry()
        if isinstance(entry, ActiveEntry):
            self._apply(self._stream.filter.without(entry.place))
        elif entry is not None and entry.is_configured:
            self._tell(f"{entry.name} stands in the configuration: remove it there")
        elif entry is not None:
            self._run(partial(self._change_saved, partial(self._saved.delete, entry.name), f"{entry.name} deleted"))

    def action_save(self) -> None:
        """Ask for a name to save the filter under."""
        if isinstance(entry := self._entry(), ActiveEntry):
            self._edited = entry
            self.query_one(Prompt).ask("name", entry.part.name)

    @on(Prompt.Closed)
    def take_typed(self, message: Prompt.Closed) -> None:
        """Take the text that was typed."""
        self.set_focus(self.list)
        text = (message.text or "").strip()
        if not text:
            return
        if message.purpose == "name":
            self._save(text)
        elif (wanted := self._typing.read(text)) is not None:
            self._take(wanted)

    # What they do

    def _take(self, wanted: Filter) -> None:
        filters, edited = self._stream.filter, self._edited
        if edited is None or edited.place >= len(filters.parts):
            self._add(wanted)
        else:
            self._apply(filters.with_text(edited.place, wanted))

    def _add(self, wanted: Filter, name: str = "") -> None:
        filters = self._stream.filter.added(wanted, name)
        self._apply(filters)
        self.list.move_to(next(place for place, part in enumerate(filters.parts) if part.wanted.text == wanted.text))

    def _use_saved(self, entry: SavedFilter) -> None:
        try:
            wanted = self._typing.read(entry.text)
        except BadFilterError as error:
            self._tell(f"{entry.name}: {error}")
            return
        if wanted is not None:
            self._add(wanted, entry.name)

    def _save(self, name: str) -> None:
        edited, filters = self._edited, self._stream.filter
        if edited is None or edited.place >= len(filters.parts):
            return
        text = filters.parts[edited.place].wanted.text
        self._run(partial(self._change_saved, partial(self._saved.save, name, text), f"saved as {name}"))

    def _apply(self, filters: StreamFilter) -> None:
        self._show(filters)
        self._tell("")
        self.list.redraw()

    def _tell(self, text: str) -> None:
        self.query_one("#filters-told", Static).update(Content(display_safe(text, 300)))

    def _entries(self) -> list[ActiveEntry]:
        parts = self._stream.filter.parts
        return [ActiveEntry(place, part, self._stream.hits(place)) for place, part in enumerate(parts)]

    def _entry(self) -> ActiveEntry | SavedFilter | None:
        return self._lines.entry(self.list.cursor)

    async def _read_saved(self) -> None:
        try:
            self._lines.saved = await to_thread.run_sync(self._saved.read)
        except SavedFiltersError as error:
            self._tell(str(error))
        self.list.redraw()

    async def _change_saved(self, change: Callable[[], None], told: str) -> None:
        try:
            await to_thread.run_sync(change)
        except SavedFiltersError as error:
            told = f"Not done: {error}"
        await self._read_saved()
        self._tell(told)

    def _run(self, work: WorkerFunction) -> None:
        start_worker(self, work, "filters")
