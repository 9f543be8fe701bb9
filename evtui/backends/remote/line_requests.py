"""Write requests of the line protocol, which OpenSIPS 2.x speaks: a command, and a line for each argument."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from evtui.backends.remote.exchange.mi_exchange import MiRequest
from evtui.codecs.jsonvalue import Json, Members
from evtui.core.errors import BadParamsError, UnsupportedError

MAX_LINE: Final = 900
"""Bytes of the longest argument: OpenSIPS 2.x splits a line that is too long into several arguments."""

NO_RAISE: Final = "OpenSIPS 2.x has no command that raises an event: only its script does, with raise_event()"

_COMMAND = re.compile(r"[\w.-]+")
_IS_SPECIAL = re.compile(r'["\n]|::|^\s|\s$')
"""An argument that the server reads as another one unless it stands in quotes."""


def line_request(command: str, params: Members | Sequence[Json] | None = None) -> MiRequest:
    """Write a command and its arguments; the items of a list are arguments of their own.

    raises UnsupportedError: OpenSIPS 2.x has no such command. BadParamsError: an argument cannot be written.
    """
    if command in {"raise_event", "evi:raise"}:
        raise UnsupportedError(f"{NO_RAISE}; nothing was sent")
    if isinstance(params, Members):
        raise BadParamsError("a server that speaks the line protocol takes arguments by place, without names")
    if not _COMMAND.fullmatch(command):
        raise BadParamsError(f"{command!r} cannot be a command of the line protocol")
    lines = "".join(f"{_argument(value)}\n" for value in _flat(params or ()))
    try:
        head, arguments = command.encode(), lines.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise BadParamsError("half of a surrogate pair cannot be sent: it is not text") from error
    return MiRequest(b":%s:\n%s" % (head, arguments), lambda reply: b":%s:%s\n%s\n" % (head, reply, arguments))


def _flat(values: Sequence[Json]) -> Iterator[Json]:
    for value in values:
        if isinstance(value, list):
            yield from _flat(value)
        else:
            yield value


def _argument(value: Json) -> str:
    if value is None or isinstance(value, Members):
        raise BadParamsError("an argument of the line protocol is a text or a number")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not text.strip():
        raise BadParamsError("an argument of the line protocol cannot be empty")
    if len(text.encode("utf-8", "replace")) > MAX_LINE:
        raise BadParamsError(f"an argument of the line protocol has at most {MAX_LINE} bytes")
    return '"' + text.replace('"', '\\"') + '"' if _IS_SPECIAL.search(text) else text
