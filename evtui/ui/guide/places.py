"""What the palette leads to besides actions: the events of the catalogue, the subscribers, the themes."""

from collections.abc import Callable, Iterator
from functools import partial
from heapq import nlargest
from typing import TYPE_CHECKING, Any, Final, cast

import anyio
import anyio.lowlevel
from msgspec import Struct
from textual.command import Hit, Hits, Provider
from textual.content import Content

from evtui.codecs.display_text import display_safe
from evtui.ui.messages import Notice
from evtui.ui.panes import Pane

if TYPE_CHECKING:
    from evtui.ui.screens.console_screen import ConsoleScreen

MOST_PLACES: Final = 50
"""Places that are offered at once, those that are most like the typed text."""

_AT_ONCE: Final = 1_000
"""Places that are looked at before keys and timers get their turn."""


class PalettePlace(Struct, frozen=True):
    """One place, as it is named in the palette, and what goes there."""

    name: str
    go: Callable[[], object]


def likeness(query: str, text: str) -> float:
    """Say how like a text is to a query, both case folded: 0 when not all letters of the query are in it in order.

    Words that are in it as they were typed count more than letters with others between. The cost is linear.
    """
    words = query.split()
    if not words:
        return 0.0
    if all(word in text for word in words):
        return 2.0 + 1.0 / (1 + len(text)) + sum(text.find(word) == 0 or f" {word}" in text for word in words)
    place = 0
    for letter in "".join(words):
        place = text.find(letter, place) + 1
        if not place:
            return 0.0
    return 1.0 / (1 + len(text))


class PlaceProvider(Provider):
    """Offers the places whose names are like the typed text; nothing before something is typed."""

    async def search(self, query: str) -> Hits:
        """Offer those that are most like it."""
        wanted = query.casefold()
        found: list[tuple[float, int, PalettePlace]] = []
        for number, place in enumerate(self._places()):
            if not number % _AT_ONCE:
                await anyio.lowlevel.checkpoint()
            if score := likeness(wanted, place.name.casefold()):
                found.append((score, -number, place))
        for score, _, place in nlargest(MOST_PLACES, found):
            yield Hit(score, Content(place.name), place.go, text=place.name)

    def _places(self) -> Iterator[PalettePlace]:
        screen = self._console
        panes, state = screen.panes, screen.state
        for event in state.events.states:
            name = event.event.name
            yield PalettePlace(
                f"Go to event {display_safe(name, 64)}", partial(self._go, "events", panes.events.jump, name)
            )
        for subscriber in state.subscribers.subscribers:
            of_event, socket = subscriber.key
            name = f"{display_safe(of_event, 64)} {display_safe(str(socket), 200)}"
            go = partial(self._go, "subscribers", panes.subscribers.jump, subscriber.key)
            yield PalettePlace(f"Go to subscriber {name}", go)
        for theme in sorted(self.app.available_themes):
            yield PalettePlace(f"Theme {theme}", partial(setattr, self.app, "theme", theme))

    def _go(self, pane: Pane, jump: Callable[[Any], object], key: object) -> None:
        """Go to a pane and a line of it; one that is gone is told."""
        screen = self._console
        screen.show_pane(pane)
        if jump(key) is False:
            screen.post_message(Notice("That subscriber is gone."))

    @property
    def _console(self) -> "ConsoleScreen":
        return cast("ConsoleScreen", self.screen)
