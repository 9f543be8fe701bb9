"""Line feeds among the keys: one that comes alone is ctrl+j, those of a text are nothing.

A terminal sends the same byte for ctrl+j as for the end of a line in a text that it does not mark as pasted: a macro,
what tmux or an expect script sends. Such a text must not open anything.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from textual.events import Key, Paste
from textual.message import Message

LINE_FEED: Final = "ctrl+j"


class LineFeeds:
    """Holds a line feed back until it is known that nothing is typed right before or after it."""

    def __init__(self) -> None:
        self._held: Key | None = None
        self._is_quiet = True
        """Whether nothing was typed since the last quiet moment."""

    def without(self, messages: Iterable[Message]) -> Iterator[Message]:
        """Pass on messages without line feeds."""
        for message in messages:
            if not isinstance(message, Key | Paste):
                yield message
                continue
            is_line_feed = isinstance(message, Key) and message.key == LINE_FEED
            self._held = message if isinstance(message, Key) and is_line_feed and self._is_quiet else None
            self._is_quiet = False
            if not is_line_feed:
                yield message

    def quiet_moment(self) -> Iterator[Message]:
        """Return the line feed that came alone, if there is one. Call it when nothing came for a tenth of a second."""
        held, self._held, self._is_quiet = self._held, None, True
        if held is not None:
            yield held
