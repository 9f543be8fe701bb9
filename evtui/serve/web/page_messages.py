"""What a page and the browser door say to each other over the WebSocket, as functions of text.

Bytes for the terminal and bytes that were typed are binary messages. Everything else is JSON, one object a message:

- The page begins with `{"is": "hello", "token": …}` or, to find its session again, `{"is": "hello", "resume": …}`, each
  with the size. Later it sends `{"is": "size", …}`, and `{"is": "ack", "bytes": N}` for the bytes that it has painted.
- The door answers `{"is": "welcome", …}` or `{"is": "refused", …}`, and `{"is": "end", "why": …}` before it closes.
"""

from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from evtui.core.errors import BadMessageError
from evtui.core.viewers.session_state import Role

PROTOCOL: Final = "evtui.terminal"
"""The subprotocol of the WebSocket."""

MOST_MESSAGE: Final = 64 << 10
"""Bytes of the longest message of a page; a longer one ends the connection."""

_Secret: TypeAlias = Annotated[str, Meta(max_length=1024)]
_Cells: TypeAlias = Annotated[int, Meta(ge=0, le=10_000)]


class Hello(Struct, frozen=True, forbid_unknown_fields=True, tag_field="is", tag="hello"):
    """The first message of a page: who it is, and the size of its terminal."""

    columns: _Cells = 0
    lines: _Cells = 0
    token: _Secret = ""
    resume: _Secret = ""
    """What `Welcome` gave for the session that it wants to find again."""


class Size(Struct, frozen=True, forbid_unknown_fields=True, tag_field="is", tag="size"):
    """The terminal has another size."""

    columns: _Cells
    lines: _Cells


class Ack(Struct, frozen=True, forbid_unknown_fields=True, tag_field="is", tag="ack"):
    """The page has painted so many bytes since the WebSocket was opened."""

    bytes: Annotated[int, Meta(ge=0, le=1 << 53)]


class Welcome(Struct, frozen=True, tag_field="is", tag="welcome"):
    """The page has a session."""

    resume: str
    role: Role
    grace: float
    """Seconds in which a page that lost its connection finds its session again."""
    again: bool
    """Whether it is the session of an earlier connection."""


class PageRefused(Struct, frozen=True, tag_field="is", tag="refused"):
    """The page gets no session."""

    cause: Literal["token", "resume", "sessions", "hello"]
    why: str


class End(Struct, frozen=True, tag_field="is", tag="end"):
    """The session is over."""

    why: str


_Message: TypeAlias = Hello | Size | Ack

_PAGE: Final[msgspec.json.Decoder[_Message]] = msgspec.json.Decoder(_Message)


def parse_message(text: str) -> _Message:
    """Read a message of a page. raises BadMessageError: nothing of the message is in its text."""
    try:
        return _PAGE.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        raise BadMessageError("no message of a console's page") from None


def write_message(message: Welcome | PageRefused | End) -> str:
    """Write a message of the door."""
    return msgspec.json.encode(message).decode()
