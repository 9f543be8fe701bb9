"""Bytes from a terminal turned into keys of the console; all other bytes are replaced or left out, without an error."""

from codecs import getincrementaldecoder
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from textual._xterm_parser import XTermParser
from textual.events import Key, MouseEvent, Resize
from textual.message import Message

from evtui.ui.terminal.line_feeds import LineFeeds

LARGEST: Final = 1000
"""Columns or lines of the largest terminal; what a larger one reports is left out."""

MAX_PASTE: Final = 1 << 20
"""Characters of a pasted text; what goes over it is left out."""

SILENT_TICKS: Final = 50
"""Calls of `tick` without input after which a pasted text is over, though its end never came: about five seconds."""

_PASTE: Final = "\x1b[200~"
_END_OF_PASTE: Final = "\x1b[201~"


class TerminalInput:
    """Understands what a terminal sends: keys, pasted text, the mouse, its size.

    Textual's parser raises an error on some sequences, such as `ESC [ 999999999 C`, and is of no use after it. Then
    another one goes on with the next character.
    """

    def __init__(self) -> None:
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._parser = XTermParser()
        self._newest = ""
        """The newest characters, as many as the marks of a pasted text have."""
        self._pasted: int | None = None
        """Characters of the text that is being pasted; None between the pasted texts."""
        self._silent_ticks = 0
        self._line_feeds = LineFeeds()

    def read(self, data: bytes, *, final: bool = False) -> Iterator[Message]:
        """Yield what these bytes mean; what is not UTF-8 is read as U+FFFD. `final`: no more of a character comes."""
        yield from self._line_feeds.without(self._read(data, final=final))
        if not data and self._pasted is None:
            yield from self._line_feeds.quiet_moment()

    def _read(self, data: bytes, *, final: bool) -> Iterator[Message]:
        if data:
            self._silent_ticks = 0
        for character in self._decode(data, final):
            self._newest = self._newest[1 - len(_PASTE) :] + character
            if self._pasted is None:
                yield from self._feed(character)
                if self._newest == _PASTE:
                    self._pasted = 0
            elif self._newest == _END_OF_PASTE:
                yield from self._end_paste(character if self._pasted <= MAX_PASTE else _END_OF_PASTE)
            else:
                self._pasted += 1
                if self._pasted <= MAX_PASTE:
                    yield from self._feed(character)

    @property
    def is_in_paste(self) -> bool:
        """Say whether the end of a pasted text has not come yet: `tick` is to be called on."""
        return self._pasted is not None

    def close(self) -> None:
        """Let go of the console. Textual keeps parsers in a cache, and a parser the last message that it made."""
        with suppress(Exception):
            for _ in self._parser.feed(""):
                pass

    def tick(self) -> Iterator[Message]:
        """Yield what waited for more, such as a lone escape; call it after each read and ten times a second."""
        self._silent_ticks += 1
        if self._pasted is not None and self._silent_ticks >= SILENT_TICKS:
            yield from self._end_paste(_END_OF_PASTE)
        try:
            yield from filter(_is_possible, self._parser.tick())
        except Exception:  # noqa: BLE001 - no key may end the console
            self._replace_parser()

    def _feed(self, text: str) -> Iterator[Message]:
        try:
            yield from filter(_is_possible, self._parser.feed(text))
        except Exception:  # noqa: BLE001 - no key may end the console
            self._replace_parser()

    def _end_paste(self, rest_of_mark: str) -> Iterator[Message]:
        self._pasted, self._newest = None, ""
        yield from self._feed(rest_of_mark)

    def _replace_parser(self) -> None:
        self._pasted = None
        before, self._parser = self._parser, XTermParser()  # the one before has ended with its error
        size, pixels = before.terminal_size, before.terminal_pixel_size
        if size is not None and pixels is not None and all((*size, *pixels)):
            self._parser.mouse_pixels = before.mouse_pixels
            self._parser.terminal_size, self._parser.terminal_pixel_size = size, pixels


def _is_possible(message: Message) -> bool:
    """Say whether a terminal can mean this: a size and a place on a screen, a key that is a character."""
    match message:
        case Resize():
            return 0 < message.size.width <= LARGEST and 0 < message.size.height <= LARGEST
        case MouseEvent():
            return 0 <= message.screen_x <= LARGEST and 0 <= message.screen_y <= LARGEST
        case Key():
            return not any("\ud800" <= character <= "\udfff" for character in message.key + (message.character or ""))
        case _:
            return True
