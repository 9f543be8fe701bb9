"""Read replies of the line protocol, which OpenSIPS 2.x speaks, as the JSON that OpenSIPS 3 replies.

A reply is a status line, then a line for each node: `name:: value attribute=value`, or the value alone. The children of
a node stand one tab deeper. Over a FIFO, empty lines may stand between the nodes of a long reply.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from evtui.codecs.jsonvalue import Json, Members, decode_text
from evtui.core.errors import ServerError

_STATUS = re.compile(rb"(\d{3}) ([^\n]*)\n")
_NODE = re.compile(r"(?P<name>[^=]+?):: ?(?P<rest>.*)", re.DOTALL)
_ATTRIBUTE = re.compile(r"(?:^| )(?=[A-Za-z_]\w*=)")
_SUBSCRIBER = re.compile(r" ?socket=(?P<socket>.*) expire=(?P<expire>-?\d+|never)", re.DOTALL)
"""A socket may hold spaces."""
_NUMBER = re.compile(r"-?\d+")


class ReplyNode(Struct):
    """One line of a reply; `rest` is what follows `name:: `, or the whole line when it has no name."""

    name: str
    rest: str
    children: "list[ReplyNode]"


def is_line_reply(raw: bytes) -> bool:
    """Say whether bytes begin with the status line of the line protocol."""
    return _STATUS.match(raw) is not None


def read_line_reply(command: str, raw: bytes) -> Json:
    """Read the result of a command; `raw` is a line reply.

    raises ServerError: the server refused.
    """
    status = _STATUS.match(raw)
    if status is None:
        raise ValueError("not a reply of the line protocol")
    if not status[1].startswith(b"2"):
        raise ServerError(int(status[1]), decode_text(status[2]).strip())
    return _SHAPES.get(command, _shape)(_nodes(decode_text(raw[status.end() :])))


def _nodes(text: str) -> list[ReplyNode]:
    found: list[ReplyNode] = []
    above: list[list[ReplyNode]] = [found]
    for line in text.split("\n"):
        if not line:
            continue
        content = line.lstrip("\t")
        depth = min(len(line) - len(content), len(above) - 1)
        node = (
            ReplyNode(named["name"], named["rest"], [])
            if (named := _NODE.fullmatch(content))
            else ReplyNode("", content, [])
        )
        above[depth].append(node)
        del above[depth + 1 :]
        above.append(node.children)
    return found


def _events(nodes: Sequence[ReplyNode]) -> Json:
    return Members((("Events", [Members(_event(node)) for node in nodes if node.name == "Event"]),))


def _subscribers(nodes: Sequence[ReplyNode]) -> Json:
    events = [
        Members((*_event(node), ("Subscribers", [_subscriber(child) for child in node.children])))
        for node in nodes
        if node.name == "Event"
    ]
    return Members((("Events", list[Json](events)),))


def _event(node: ReplyNode) -> Sequence[tuple[str, Json]]:
    name, _, number = node.rest.rpartition(" id=")
    return ("name", name or node.rest), ("id", _number(number))


def _subscriber(node: ReplyNode) -> Members:
    if not (found := _SUBSCRIBER.fullmatch(node.rest)):
        return Members((("socket", node.rest.strip().removeprefix("socket=")), ("expire", "never")))
    return Members((("socket", found["socket"]), ("expire", _number(found["expire"]))))


def _processes(nodes: Sequence[ReplyNode]) -> Json:
    return Members((("Processes", [Members(_attributes(node.rest)[1]) for node in nodes]),))


def _statistics(nodes: Sequence[ReplyNode]) -> Json:
    return Members((node.name, _number(node.rest)) for node in nodes)


def _done(nodes: Sequence[ReplyNode]) -> Json:
    return _shape(nodes) if nodes else "OK"


def _shape(nodes: Sequence[ReplyNode]) -> Json:
    """Give an object where each node has a name of its own and a plain value, else a list."""
    if not nodes:
        return "OK"
    if not any(node.name for node in nodes) and not any(node.children for node in nodes):
        return [node.rest for node in nodes]
    names = [node.name for node in nodes]
    if all(names) and len(set(names)) == len(names) and not any(node.children for node in nodes):
        return Members((node.name, node.rest) for node in nodes)
    return [_whole(node) for node in nodes]


def _whole(node: ReplyNode) -> Json:
    value, attributes = _attributes(node.rest)
    members: list[tuple[str, Json]] = [("name", node.name)] if node.name else []
    if value:
        members.append(("value", value))
    members += attributes
    if node.children:
        members.append(("children", [_whole(child) for child in node.children]))
    return Members(members)


def _attributes(rest: str) -> tuple[str, list[tuple[str, Json]]]:
    """Split `value name=value name=value`."""
    value, *parts = _ATTRIBUTE.split(rest)
    pairs = [part.partition("=") for part in parts]
    return value.strip(), [(name, _number(text.strip())) for name, _, text in pairs]


def _number(text: str) -> Json:
    return int(text) if _NUMBER.fullmatch(text) else text


_SHAPES: Final[Mapping[str, Callable[[Sequence[ReplyNode]], Json]]] = {
    "events_list": _events,
    "subscribers_list": _subscribers,
    "event_subscribe": _done,
    "ps": _processes,
    "get_statistics": _statistics,
}
