"""Write the result or the refusal of a command in the line protocol."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from evtui.mi.protocol.line_protocol import OPENING, Node, write_error, write_nodes, write_reply
from evtui.mi.protocol.mi_jsonrpc import INVALID_PARAMS
from evtui.mi.protocol.results import Listing, LongResult, Result
from evtui.mi.refusals import TOO_FEW_OR_MANY, RefusedError

_ITEMS: Final = {
    "Processes": "Process",
    "Transports": "Transport",
    "Queues": "Queue",
    "Timeline": "Step",
    "Subscriptions": "Subscription",
}
"""The names of one item of the lists whose items are objects; events have a form of their own."""


def result_reply(result: Result) -> bytes:
    """Write a result: for `OK` no lines, for a list a line for each item, for an object `name:: value` lines."""
    return write_reply(_nodes(result))


def result_pieces(result: LongResult) -> Iterator[bytes]:
    """Write a result as `result_reply` does, piece by piece: one for each page of a listing."""
    yield OPENING
    match result.result:
        case Mapping() as mapping:
            for name, item in mapping.items():
                yield from _member_pieces(name, item)
        case Listing() as listed:
            for page in listed.pages():
                yield write_nodes(_nodes(page))
        case other:
            yield write_nodes(_nodes(other))
    yield b"\n"


def refusal_reply(refusal: RefusedError) -> bytes:
    """Write a refusal with the codes and texts of 2.4, which has no `data`."""
    match refusal:
        case RefusedError(code=code, data=data) if code == INVALID_PARAMS and data == TOO_FEW_OR_MANY:
            return write_error(400, "Too few or too many arguments")
        case RefusedError(code=code, message=message) if code == INVALID_PARAMS or message == "Bad parameter value":
            return write_error(400, "Bad parameter")
        case _:
            return write_error(refusal.code if refusal.code > 0 else 500, refusal.message)


def _member_pieces(name: str, item: Result) -> Iterator[bytes]:
    match name, item:
        case _, Listing():
            for page in item.pages():
                yield write_nodes(_nodes_of_object({name: page}))
        case "Events", list(events):
            for event in events:
                yield from _event_pieces(event)
        case "Event", _:
            yield from _event_pieces(item)
        case _:
            yield write_nodes([_attributed(name, item)])


def _event_pieces(event: Result) -> Iterator[bytes]:
    assert isinstance(event, Mapping)
    subscribers = event.get("Subscribers")
    if not isinstance(subscribers, Listing):
        yield write_nodes([_event(event)])
        return
    yield write_nodes([_event({**event, "Subscribers": []})])
    for page in subscribers.pages():
        yield write_nodes([_attributed("Subscriber", _without_ttl(item)) for item in page], "\t")


def _nodes(result: Result) -> list[Node]:
    match result:
        case Mapping():
            return _nodes_of_object(result)
        case list():
            return [Node(_text(item)) for item in result]
        case "OK":
            return []
        case _:
            return [Node(_text(result))]


def _nodes_of_object(result: Mapping[str, Result]) -> list[Node]:
    match result:
        case {"Events": list(events)}:
            return [_event(event) for event in events]
        case {"Event": event}:
            return [_event(event)] if event else []
        case _:
            return [node for name, value in result.items() for node in _nodes_of_member(name, value)]


def _nodes_of_member(name: str, value: Result) -> Iterator[Node]:
    """Write one member: a line for an object, or for each object of a list, else its text."""
    match value:
        case Mapping():
            yield _attributed(name, value)
        case list() if name in _ITEMS:
            yield from (_attributed(_ITEMS[name], item) for item in value)
        case _:
            yield Node(_text(value), name)


def _event(event: Result) -> Node:
    assert isinstance(event, Mapping)
    subscribers = event.get("Subscribers", [event["Subscriber"]] if "Subscriber" in event else [])
    assert isinstance(subscribers, Sequence)
    told = {name: value for name, value in event.items() if name not in {"name", "Subscribers", "Subscriber"}}
    return Node(
        _text(event["name"]),
        "Event",
        tuple((name, _text(value)) for name, value in told.items()),
        tuple(_attributed("Subscriber", _without_ttl(item)) for item in subscribers),
    )


def _without_ttl(subscriber: Result) -> Result:
    """2.4 shows the time that was requested, not the time left."""
    assert isinstance(subscriber, Mapping)
    return {name: value for name, value in subscriber.items() if name != "ttl"}


def _attributed(name: str, item: Result) -> Node:
    assert isinstance(item, Mapping)
    return Node("", name, tuple((key, _text(value)) for key, value in item.items() if value is not None))


def _text(value: Result) -> str:
    match value:
        case list():
            return ",".join(map(_text, value))
        case bool():
            return "true" if value else "false"
        case str():  # a line end, as in a peer's error text, would begin another node or end the reply
            return value.replace("\r", "\\r").replace("\n", "\\n")
        case _:
            return str(value)
