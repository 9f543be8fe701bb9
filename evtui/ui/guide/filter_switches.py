"""The saved filters in the palette: each can be switched on and off by its name."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from evtui.codecs.display_text import display_safe
from evtui.core.errors import BadFilterError
from evtui.ui.guide.places import likeness
from evtui.ui.messages import Notice
from evtui.ui.stream.filters.saved_filters import SavedFilter, SavedFiltersError

if TYPE_CHECKING:
    from evtui.ui.screens.console_screen import ConsoleScreen

MOST_OFFERED: Final = 20
"""Filters that are offered before something is typed."""


class FilterProvider(Provider):
    """Offers each filter that has a name, and says whether it is on."""

    _saved: Sequence[SavedFilter] = ()

    async def startup(self) -> None:
        """Read the filters. Those that cannot be read are told by the list of filters."""
        try:
            self._saved = await self._console.filtering.saved_filters()
        except SavedFiltersError:
            self._saved = ()

    async def discover(self) -> Hits:
        """Offer the first ones before something is typed."""
        for saved in self._saved[:MOST_OFFERED]:
            yield DiscoveryHit(self._title(saved), partial(self._switch, saved), text=_name(saved), help=_text(saved))

    async def search(self, query: str) -> Hits:
        """Offer those whose name or text is like the typed words."""
        for saved in self._saved:
            text = f"{_name(saved)} {_text(saved)}"
            if score := likeness(query.casefold(), text.casefold()):
                yield Hit(score, self._title(saved), partial(self._switch, saved), text=text, help=_text(saved))

    def _title(self, saved: SavedFilter) -> Content:
        is_on = self._console.filtering.is_on(saved)
        return Content.assemble(_name(saved), ("  on, switch off" if is_on else "  switch on", "$foreground 60%"))

    def _switch(self, saved: SavedFilter) -> None:
        try:
            self._console.filtering.switch_saved(saved)
        except BadFilterError as error:
            self._console.post_message(Notice(f"{display_safe(saved.name, 64)}: {error}", bad=True))
        else:
            self._console.show_pane("stream")

    @property
    def _console(self) -> "ConsoleScreen":
        return cast("ConsoleScreen", self.screen)


def _name(saved: SavedFilter) -> str:
    return f"Filter: {display_safe(saved.name, 64)}"


def _text(saved: SavedFilter) -> str:
    return display_safe(saved.text, 100)
