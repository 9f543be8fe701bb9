"""The command palette: every action that can be done now, by its name and its sentence."""

from collections.abc import Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from evtui.ui.actions import ACTIONS, Action


class ActionProvider(Provider):
    """Offers the rows of the action table."""

    async def discover(self) -> Hits:
        """Offer everything before something is typed."""
        for action in self._possible():
            yield DiscoveryHit(_title(action), partial(self.screen.run_action, f"do('{action.id}')"), help=action.help)

    async def search(self, query: str) -> Hits:
        """Offer what is like the words typed."""
        matcher = self.matcher(query)
        for action in self._possible():
            text = f"{action.label}: {action.help}"
            if (score := matcher.match(text)) > 0:
                title = matcher.highlight(_title(action))
                run = partial(self.screen.run_action, f"do('{action.id}')")
                yield Hit(score, title, run, text=text, help=action.help)

    def _possible(self) -> Iterator[Action]:
        hidden = {"palette", "leave"}
        return (
            action
            for action in ACTIONS
            if not action.in_rows and action.id not in hidden and self.screen.check_action("do", (action.id,))
        )


def _title(action: Action) -> str:
    return str(Content(action.label.capitalize()))
