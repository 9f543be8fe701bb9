"""What became of the events that a socket was subscribed to in one go."""

from collections.abc import Sequence
from typing import Final

from textual.content import Content

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError, UnknownEventError
from evtui.core.values import Subscription
from evtui.ui.text.figures import count

MAX_LINES: Final = 8
"""Results that are shown line by line, refusals first; of the others the number."""


class EventResults:
    """The result of each event."""

    def __init__(self, events: Sequence[str]) -> None:
        self.events = tuple(events)
        self.refused: dict[str, EvtuiError] = {}
        self._made: dict[str, int] = {}

    def take(self, event: str, made: Sequence[Subscription]) -> None:
        """Take note of what was subscribed for an event, or for a wildcard."""
        self._made[event] = len(made)

    def refuse(self, event: str, error: EvtuiError) -> None:
        """Take note of a refusal."""
        self.refused[event] = error

    def progress(self) -> str:
        """Say what is being done."""
        if len(self.events) == 1:
            return "waiting for the backend …"
        return f"subscribing {count(len(self._made) + len(self.refused) + 1)} of {count(len(self.events))} …"

    def written(self) -> Content:
        """Write a line for each event: whether it was subscribed, and why not."""
        lines = [(f"✗ {display_safe(name, 64)}: {_why(error)}", "$error") for name, error in self.refused.items()]
        lines += [(f"✓ {display_safe(name, 64)}{_number(made)}", "$success") for name, made in self._made.items()]
        more = len(lines) - MAX_LINES
        shown = [*lines[:MAX_LINES], (f"and {count(more)} more", "$foreground 60%")] if more > 0 else lines
        return Content("\n").join([Content.styled(*line) for line in shown])


def _why(error: EvtuiError) -> str:
    return "no such event" if isinstance(error, UnknownEventError) else display_safe(str(error), 120)


def _number(made: int) -> str:
    return "" if made == 1 else f": {count(made)} event{'s' * (made != 1)}"
