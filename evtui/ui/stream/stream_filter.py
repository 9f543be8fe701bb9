"""Which rows the stream shows: those of one event, of one subscriber, with certain words."""

from msgspec import Struct, structs

from evtui.core.values import Socket
from evtui.ui.stream.stream_rows import StreamRow, event_of, search_text, socket_of


class StreamFilter(Struct, frozen=True):
    """What a row must have to be shown; an empty filter shows every row and is false."""

    words: tuple[str, ...] = ()
    """Case folded; each must occur in the event, the subscriber, the status or the attributes."""
    event: str | None = None
    socket: Socket | None = None

    def __bool__(self) -> bool:
        return bool(self.words or self.event or self.socket)

    def __str__(self) -> str:
        return " ".join(
            part for part in (self.event or "", str(self.socket) if self.socket else "", *self.words) if part
        )

    def with_words(self, text: str) -> "StreamFilter":
        """Return this filter with the words of a text in place of its own."""
        return structs.replace(self, words=tuple(text.casefold().split()))

    def shows(self, row: StreamRow) -> bool:
        """Say whether a row is shown."""
        if self.event is not None and event_of(row) != self.event:
            return False
        if self.socket is not None and socket_of(row) != self.socket:
            return False
        if not self.words:
            return True
        text = search_text(row)
        return all(word in text for word in self.words)
