"""A subscriber's socket in a narrow cell: what tells it from its neighbours is the last to be cut."""

import re
from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from evtui.core.transport import TransportInfo, info_of
from evtui.ui.text.figures import cut_end, cut_middle

_BROKER = re.compile(r"[^:]*:(?:[^/@]*@)?(?P<host>[^/]*)/(?P<parameters>[^?]*\?)?(?P<key>.*)")
"""A socket of a broker: many differ in their routing key, behind the `?`."""

_ENDPOINT = re.compile(r"[^:]*:(?P<host>(?:[^/@]*@)?(?:\[[^\]]*\]|[^:/]*):\d+)(?P<rest>.*)")
"""A socket that names a host and a port: these are the last to be cut."""

_LEAST_ADDRESS = 5
"""Cells of an address below which its scheme is left out."""


def short_socket(text: str, room: int, schemes: Iterable[TransportInfo]) -> str:
    """Write a socket in a width in cells; `schemes` is what is known of schemes.

    It loses its scheme first, then its options, then the end. The address of a direct transport, a host and a port or
    a path, tells its scheme; that of a queued one does not, and keeps its scheme as long as there is room.
    """
    info = info_of(text.partition(":")[0], schemes)
    if info.form == "broker" and (broker := _BROKER.fullmatch(text)) is not None:
        return _short_broker(text, broker, room)
    bare = text.removeprefix(f"{info.scheme}:") if info.direct else text
    address = bare.partition("?")[0]
    named = not info.direct and info.form in {"endpoint", "endpoints"}
    shorter = (text, bare, address, *(_endpoints(address) if named else ()))
    return _longest(shorter, room) or _keep_end(shorter[-1], room)


def whole_scheme_socket(text: str, room: int, schemes: Iterable[TransportInfo]) -> str:
    """Write a socket in a width in cells with its scheme, which is cut only when less than five cells would be left."""
    scheme, colon, _ = text.partition(":")
    head = scheme + colon
    short = short_socket(text, room, schemes)
    left = room - cell_len(head)
    if short.startswith(head) or not colon or left < _LEAST_ADDRESS:
        return short
    return head + short_socket(text, left, schemes).removeprefix(head)


def _longest(texts: Sequence[str], room: int) -> str | None:
    return next((text for text in texts if cell_len(text) <= room), None)


def _short_broker(text: str, broker: re.Match[str], room: int) -> str:
    """Shorten the socket of a broker: without scheme and user, without parameters, then to its key."""
    host, parameters, key = broker["host"], broker["parameters"] or "", broker["key"]
    shorter = (text, f"{host}/{parameters}{key}", f"{host}/{'…' if parameters else ''}{key}", f"…/{key}")
    return _longest(shorter, room) or cut_middle(shorter[-1], room)


def _endpoints(address: str) -> tuple[str, ...]:
    """Shorten `SCHEME:HOST:PORT/METHOD` further: without its scheme, then without what follows the port."""
    found = _ENDPOINT.fullmatch(address)
    return () if found is None else (found["host"] + found["rest"], found["host"])


def _keep_end(address: str, room: int) -> str:
    name = "…/" + address.rpartition("/")[2]
    if "/" in address and cell_len(name) <= room:
        return name
    # A port stays whole: it tells two subscribers of one host apart.
    host, colon, port = address.rpartition(":")
    left = room - cell_len(colon + port)
    return cut_end(host, left) + colon + port if colon and left > 1 else cut_middle(address, room)
