"""The command palette: all actions that can be done now, by label and sentence."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual import work
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.css.query import NoMatches

from evtui.ui.actions import ACTIONS, Action, shown_keys
from evtui.ui.guide.places import likeness
from evtui.ui.messages import ActionClicked
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.widgets.form_keys import PALETTE_KEYS

if TYPE_CHECKING:
    from evtui.ui.screens.pane_screen import PaneScreen


class Palette(CommandPalette, DismissedOnce[None]):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Textual's palette, which a second key does not close again, and which searches only while it is in front."""

    SUBJECT = "Palette"
    HELP_KEYS = PALETTE_KEYS

    @property
    def is_busy(self) -> bool:
        """Say whether the commands for the text that was typed are still being found, or one was chosen to be run."""
        is_chosen = any(widget.message_queue_size for widget in self.walk_children())
        finders = (worker for worker in self.workers if worker.group == self._GATHER_COMMANDS_GROUP)
        return is_chosen or any(not finder.is_finished for finder in finders)

    @work(exclusive=True, group=CommandPalette._GATHER_COMMANDS_GROUP)  # noqa: SLF001 - as the method it replaces
    async def _gather_commands(self, search_value: str) -> None:
        """Search, unless the palette is being closed, with its list removed already.

        A text that was typed behind the closing key would begin such a search, and one before the console ends.
        """
        gather = cast("Any", super()._gather_commands).__wrapped__
        try:
            if self.is_current:
                await gather(self, search_value)
        except NoMatches:
            if self.query(CommandList):
                raise


class ActionProvider(Provider):
    """Offers the actions of the table."""

    async def discover(self) -> Hits:
        """Offer all actions before something is typed."""
        for action in self._offered_actions():
            run = self._doing(action)
            yield DiscoveryHit(
                self._with_keys(action, Content(_title(action))), run, text=_title(action), help=action.help
            )

    async def search(self, query: str) -> Hits:
        """Offer the actions that are like the typed words, first those whose label begins with them."""
        for action in self._offered_actions():
            text = f"{action.label}: {action.help}"
            if score := likeness(query.casefold(), text.casefold()):
                run = self._doing(action)
                title = self._with_keys(action, Content(_title(action)))
                yield Hit(score + _label_score(action.label, query), title, run, text=text, help=action.help)

    def _with_keys(self, action: Action, title: Content) -> Content:
        """Write the keys of an action behind its title, as they are bound."""
        keys = " ".join(shown_keys(action, cast("PaneScreen[Any]", self.screen).keys))
        return Content.assemble(title, (f"  {keys}", "$foreground 60%")) if keys else title

    def _offered_actions(self) -> Iterator[Action]:
        writes = cast("PaneScreen[Any]", self.screen).keeps_files
        possible = (action for action in ACTIONS if action.id != "palette" and (writes or not action.of_files))
        return (action for action in possible if self.screen.check_action("do", (action.id,)))

    def _doing(self, action: Action) -> Callable[[], object]:
        """Return what does an action; the list of the active pane does some."""
        if action.in_rows:
            return partial(self.screen.post_message, ActionClicked(action.id))
        return partial(self.screen.run_action, f"do('{action.id}')")


def _label_score(label: str, query: str) -> float:
    """Return what puts an action before those whose sentence is like the query; the shortest label comes first."""
    return 1000 / len(label) if label.lower().startswith(query.strip().lower()) else 0.0


def _title(action: Action) -> str:
    return str(Content(action.label.capitalize()))
