"""Bytes from a terminal turned into keys of the console; all other bytes are replaced or left out, without an error."""

from codecs import getincrementaldecoder
from collections.abc import Iterator
from typing import Final

from textual._xterm_parser import XTermParser
from textual.events import Key, MouseEvent, Resize
from textual.message import Message

LARGEST: Final = 1000
"""Columns or lines of the largest terminal; what a larger one reports is left out."""


class TerminalInput:
    """Understands what a terminal sends: keys, pasted text, the mouse, its size.

    Textual's parser raises an error on some sequences, such as `ESC [ 999999999 C`, and is of no use after it. Then
    another one goes on with the next character.
    """

    def __init__(self) -> None:
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._parser = XTermParser()

    def read(self, data: bytes, *, final: bool = False) -> Iterator[Message]:
        """Yield what these bytes mean; what is not UTF-8 is read as U+FFFD. `final`: no more of a character comes."""
        for character in self._decode(data, final):
            try:
                yield from filter(_is_possible, self._parser.feed(character))
            except Exception:  # noqa: BLE001 - no key may end the console
                self._replace_parser()

    def tick(self) -> Iterator[Message]:
        """Yield what waited for more, such as a lone escape; call it after each read and ten times a second."""
        try:
            yield from filter(_is_possible, self._parser.tick())
        except Exception:  # noqa: BLE001 - no key may end the console
            self._replace_parser()

    def _replace_parser(self) -> None:
        before, self._parser = self._parser, XTermParser()
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
