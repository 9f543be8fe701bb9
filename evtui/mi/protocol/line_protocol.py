"""The line protocol of OpenSIPS 2.x: arguments read, replies written.

A request is `:command:reply_name`, an argument a line and an empty line (FIFO), or `:command:` and an argument a line
(datagrams). An argument is `[name::]value`; a value in double quotes may span lines and holds `"` as `\\"`.
"""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from evtui.codecs.jsonvalue import decode_text
from evtui.core.errors import BadMessageError


class Argument(Struct, frozen=True):
    """One argument; the name is None when it has none."""

    value: str
    name: str | None = None


class LineRequest(Struct, frozen=True):
    """A command with its arguments still as they were written."""

    command: str
    arguments: bytes
    reply: bytes = b""
    """The name of the reply FIFO; empty over datagrams."""


class Node(Struct, frozen=True):
    """One line of a reply: `name:: value attribute=value`, its children a tab deeper; without a name the bare value."""

    value: str = ""
    name: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple["Node", ...] = ()


class Complaints(Struct, frozen=True):
    """What a transport itself says, without the empty line that ends the reply of a command."""

    unavailable: str
    unparsed: str


FIFO_COMPLAINTS: Final = Complaints("500 command '{}' not available\n", "400 Parse error in command '{}'\n")
DATAGRAM_COMPLAINTS: Final = Complaints("500 command not available\n", "400 parse_error\n")

_DATAGRAM = re.compile(rb":([^:\n]+):\n")
_NAME = re.compile(r"(\w+)::[ \t]*")
"""Only a plain word names an argument: `udp:[::1]:9000` is a socket, which the reference tears apart at its `::`."""
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"[ \t\r]*(?:\n|\Z)', re.DOTALL)
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
    lines = ["200 OK"]
    for node in nodes:
        _write_node(node, "", lines)
    return ("\n".join(lines) + "\n\n").encode("utf-8", "surrogateescape")


def write_error(code: int, reason: str) -> bytes:
    """Write the refusal of a command."""
    return f"{code} {reason}\n\n".encode("utf-8", "surrogateescape")


def write_complaint(template: str, command: str) -> bytes:
    """Write a refusal of the transport, one of `Complaints`."""
    return template.format(command).encode("utf-8", "surrogateescape")


def _parse_argument(text: str, place: int) -> tuple[Argument, int]:
    name = None
    if named := _NAME.match(text, place):
        name, place = named[1], named.end()
    if text.startswith('"', place):
        if not (quoted := _QUOTED.match(text, place)):
            raise BadMessageError(f"argument at {place + 1}: its quote does not end a line", code=400)
        return Argument(quoted[1].replace('\\"', '"'), name), quoted.end()
    bare = _BARE.match(text, place)
    assert bare is not None  # it matches nothing, too
    if '"' in bare[0]:
        raise BadMessageError(f"argument at {place + 1}: a quote in the middle", code=400)
    return Argument(bare[0].rstrip(" \t\r"), name), bare.end()


def _skip_white(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place


def _write_node(node: Node, indent: str, lines: list[str]) -> None:
    attributes = "".join(f" {name}={value}" for name, value in node.attributes)
    lines.append(f"{indent}{node.name}:: {node.value}{attributes}" if node.name else f"{indent}{node.value}")
    for child in node.children:
        _write_node(child, indent + "\t", lines)
