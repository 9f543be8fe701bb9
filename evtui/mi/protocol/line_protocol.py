"""Read the requests and write the replies of the line protocol of OpenSIPS 2.x.

Over the FIFO a request is `:command:reply_name`, a line for each argument, and an empty line; in a datagram it is
`:command:` and a line for each argument. An argument is `[name::]value`; a value in double quotes may span lines, and
holds `"` as `\\"`.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from evtui.codecs.byte_escapes import escape_surrogates
from evtui.codecs.jsonvalue import decode_text
from evtui.core.errors import BadMessageError


class Argument(Struct, frozen=True):
    """One argument; `name` is None when it has none."""

    value: str
    name: str | None = None


class LineRequest(Struct, frozen=True):
    """A command, with its arguments as they were written."""

    command: str
    arguments: bytes
    reply: bytes = b""
    """The name of the reply FIFO; empty over datagrams."""


class Node(Struct, frozen=True):
    """One line of a reply: `name:: value attribute=value`, or the value alone; its children stand a tab deeper."""

    value: str = ""
    name: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple["Node", ...] = ()


class ListenerErrors(Struct, frozen=True):
    """Templates of what a listener replies when no command runs; without the empty line that ends a command's reply."""

    unavailable: str
    unparsed: str


FIFO_ERRORS: Final = ListenerErrors("500 command '{}' not available\n", "400 Parse error in command '{}'\n")
DATAGRAM_ERRORS: Final = ListenerErrors("500 command not available\n", "400 parse_error\n")

OPENING: Final = b"200 OK\n"
"""The first line of a result."""

_DATAGRAM = re.compile(rb":([^:\n]+):\n")
_NAME = re.compile(r"(\w+)::[ \t]*")
"""Only a plain word is a name: `udp:[::1]:9000` is a socket, though OpenSIPS splits it at its `::`."""
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"[ \t\r]*(?:\n|\Z)', re.DOTALL)
_WHITE = re.compile(r"[ \t\r\n]*")
_BARE = re.compile(r"[^\n]*")


def parse_datagram(raw: bytes) -> LineRequest:
    """Read a request that came as a datagram; the newline must follow the second colon at once.

    raises BadMessageError: its first line is not `:command:`.
    """
    if not (head := _DATAGRAM.match(raw)):
        raise BadMessageError("the first line is :command: and a newline", code=500)
    return LineRequest(decode_text(head[1]), raw[head.end() :])


def parse_arguments(raw: bytes) -> list[Argument]:
    """Read the arguments; white space around them is trimmed, lines of white space are skipped.

    raises BadMessageError: a quote in the middle, one that does not end, or an empty last argument.
    """
    text = decode_text(raw)
    found: list[Argument] = []
    place = _skip_white(text, 0)
    while place < len(text):
        argument, place = _parse_argument(text, place)
        found.append(argument)
        place = _skip_white(text, place)
    if found and not found[-1].value:
        raise BadMessageError("the last argument is empty", code=400)
    return found


def write_reply(nodes: Sequence[Node]) -> bytes:
    """Write `200 OK`, the nodes and the empty line that ends a reply."""
    return OPENING + write_nodes(nodes) + b"\n"


def write_nodes(nodes: Iterable[Node], indent: str = "") -> bytes:
    """Write the lines of nodes."""
    lines: list[str] = []
    for node in nodes:
        _write_node(node, indent, lines)
    return _encode("".join([f"{line}\n" for line in lines]))


def write_error(code: int, reason: str) -> bytes:
    """Write the refusal of a command."""
    return _encode(f"{code} {reason}\n\n")


def write_listener_error(template: str, command: str) -> bytes:
    """Write a field of `ListenerErrors` for a command."""
    return _encode(template.format(command))


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # bytes that are not UTF-8: every client must be able to decode the reply
        return escape_surrogates(text).encode()


def _parse_argument(text: str, place: int) -> tuple[Argument, int]:
    name = None
    if named := _NAME.match(text, place):
        name, place = named[1], named.end()
    if text.startswith('"', place):
        if not (quoted := _QUOTED.match(text, place)):
            raise BadMessageError(f"argument at {place + 1}: its quote does not end a line", code=400)
        return Argument(quoted[1].replace('\\"', '"'), name), quoted.end()
    bare = _BARE.match(text, place)
    assert bare is not None  # the pattern matches an empty text, too
    if '"' in bare[0]:
        raise BadMessageError(f"argument at {place + 1}: a quote in the middle", code=400)
    return Argument(bare[0].rstrip(" \t\r"), name), bare.end()


def _skip_white(text: str, place: int) -> int:
    found = _WHITE.match(text, place)
    assert found is not None  # the pattern matches an empty text, too
    return found.end()


def _write_node(node: Node, indent: str, lines: list[str]) -> None:
    attributes = "".join(f" {name}={value}" for name, value in node.attributes)
    lines.append(f"{indent}{node.name}:: {node.value}{attributes}" if node.name else f"{indent}{node.value}")
    for child in node.children:
        _write_node(child, indent + "\t", lines)
