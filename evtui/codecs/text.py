"""The classic text payload of event_datagram 1.7 to 3.0: the name, a line for each parameter, an empty line.

`NAME\\n[attribute::]value\\n…\\n`. A value is quoted only when it holds a newline, and only then its quotes are
escaped, as in OpenSIPS; ints keep their sign (OpenSIPS prints them unsigned).
"""

from collections.abc import Callable, Mapping

from evtui.core.errors import BadMessageError
from evtui.core.values import Params, Value


def encode(event: str, params: Params) -> bytes:
    """Write an event as the classic text."""
    lines = [event, *(_line(name, value) for name, value in params.pairs()), "", ""]
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def encode_message(event: str, params: Params) -> bytes:
    """Write an event as event_rabbitmq 1.8 to 3.0 does: the same lines, with nothing after the last."""
    return encode(event, params)[:-2]


def family(options: Mapping[str, str]) -> Callable[[str, Params], bytes]:
    """Choose the encoder: `end=bare` is that of RabbitMQ messages, which have no empty line at the end."""
    return encode_message if options.get("end") == "bare" else encode


def decode(raw: bytes) -> tuple[str, Params]:
    """Read the event and its parameters from classic text. Every value is text, because the form has no types.

    The form is ambiguous: parameters have names when every line holds `::`.
    raises BadMessageError: the name, the closing empty line or a closing quote is missing.
    """
    text = raw.decode("utf-8", "surrogateescape")
    event, newline, _ = text.partition("\n")
    if not event or not newline:
        raise BadMessageError("the first line is the event's name")
    pairs: list[tuple[str | None, str]] = []
    place = len(event) + 1
    while not (place == len(text) - 1 and text[place] == "\n"):
        name, value, place = _take(text, place)
        pairs.append((name, value))
    if pairs and all(name is not None for name, _ in pairs):
        return event, Params(tuple(value for _, value in pairs), tuple(name or "" for name, _ in pairs))
    return event, Params(tuple(value if name is None else f"{name}::{value}" for name, value in pairs))


def _line(name: str | None, value: Value) -> str:
    shown = "" if value is None else str(value)
    if "\n" in shown:
        shown = '"' + shown.replace('"', '\\"') + '"'
    return f"{name}::{shown}" if name else shown


def _take(text: str, start: int) -> tuple[str | None, str, int]:
    """Read the parameter that begins at a place; returns where the next one begins too."""
    end = text.find("\n", start)
    if end < 0:
        raise BadMessageError("the empty line at the end is missing")
    line = text[start:end]
    name, colons, value = line.partition("::")
    if not colons:
        name, value = "", line
    after = end + 1
    if value.startswith('"') and (value == '"' or not value.endswith('"') or value.endswith('\\"')):
        value, after = _take_quoted(text, start + len(name) + len(colons))
    return (name if colons else None), value, after


def _take_quoted(text: str, quote: int) -> tuple[str, int]:
    """Read a quoted value: it holds a newline, and ends at the first unescaped quote before a newline."""
    place = first = quote + 1
    while True:
        place = text.find('"\n', place)
        if place < 0:
            raise BadMessageError("a quoted value does not end")
        if text[place - 1] != "\\" or place == first:
            return text[first:place].replace('\\"', '"'), place + 2
        place += 1
