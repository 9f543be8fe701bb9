"""The notices of the desktop that a terminal shows for a program: OSC 9 and OSC 777."""

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from evtui.codecs.display_text import display_safe

NoticeForm: TypeAlias = Literal["off", "osc9", "osc777", "both"]
"""Which sequence a terminal understands: OSC 9 as iTerm2, OSC 777 as rxvt-unicode."""

MOST_CHARACTERS: Final = 200

_END: Final = "\x1b\\"


def notice_texts(form: NoticeForm, text: str) -> Iterator[str]:
    """Write the sequences for a text. It is made safe to show first: no character in it ends a sequence.

    It begins with a word: a number behind OSC 9 means other things to some terminals.
    """
    shown = display_safe(text, MOST_CHARACTERS)
    if form in {"osc9", "both"}:
        yield f"\x1b]9;evtui: {shown}{_END}"
    if form in {"osc777", "both"}:
        yield f"\x1b]777;notify;evtui;{shown}{_END}"
