"""Which rows the stream shows: words that all occur, one event, one subscriber."""

from msgspec import Struct, structs

from evtui.core.values import Socket
from evtui.ui.stream.stream_rows import StreamRow, event_of, search_text, socket_of


class Filter(Struct, frozen=True):
    """What a row must have to be shown; nothing asked shows every row."""

    words: tuple[str, ...] = ()
    """Case folded; each must occur in the event, the subscriber, the outcome or the attributes."""
    event: str | None = None
    socket: Socket | None = None

    def __bool__(self) -> bool:
        return bool(self.words or self.event or self.socket)

    def __str__(self) -> str:
        return " ".join(
            part for part in (self.event or "", str(self.socket) if self.socket else "", *self.words) if part
        )

    def with_words(self, text: str) -> "Filter":
        """Ask for the words of a text besides what is asked already."""
        return structs.replace(self, words=tuple(text.casefold().split()))

    def shows(self, row: StreamRow) -> bool:
        """Say whether a row has all that is asked."""
        if self.event is not None and event_of(row) != self.event:
            return False
        if self.socket is not None and socket_of(row) != self.socket:
            return False
        if not self.words:
            return True
        text = search_text(row)
        return all(word in text for word in self.words)
