"""A subscriber's socket in a narrow cell: what tells it from its neighbours is the last to go."""

import re
from collections.abc import Sequence

from rich.cells import cell_len

from evtui.ui.text.figures import cut_end, cut_middle

_PLAIN = ("udp:", "unix:")
"""Schemes that the address gives away: a host and a port, or a path."""

_BROKER = re.compile(r"rabbitmq:(?:[^/@]*@)?(?P<host>[^/]*)/(?P<parameters>[^?]*\?)?(?P<key>.*)")
"""Sockets of a broker: many differ in their routing key, behind the `?`."""

_HOSTED = re.compile(r"(?:tcp|jsonrpc|xmlrpc|kafka):(?P<host>(?:[^/@]*@)?(?:\[[^\]]*\]|[^:/]*):\d+)(?P<rest>.*)")
"""Sockets that name a host and a port: these are the last to go."""


def short_socket(text: str, room: int) -> str:
    """Write a socket in a width in cells: without its scheme if need be, then without its options, then cut."""
    if (broker := _BROKER.fullmatch(text)) is not None:
        return _short_broker(text, broker, room)
    bare = next((text.removeprefix(scheme) for scheme in _PLAIN if text.startswith(scheme)), text)
    address = bare.partition("?")[0]
    shorter = (text, bare, address, *_hosts(address))
    return _longest(shorter, room) or _keep_end(shorter[-1], room)


def _longest(texts: Sequence[str], room: int) -> str | None:
    return next((text for text in texts if cell_len(text) <= room), None)


def _short_broker(text: str, broker: re.Match[str], room: int) -> str:
    """Shorten the socket of a broker: without scheme and user, without parameters, then to its key."""
    host, parameters, key = broker["host"], broker["parameters"] or "", broker["key"]
    shorter = (text, f"{host}/{parameters}{key}", f"{host}/{'…' if parameters else ''}{key}", f"…/{key}")
    return _longest(shorter, room) or cut_middle(shorter[-1], room)


def _hosts(address: str) -> tuple[str, ...]:
    """Shorten `SCHEME:HOST:PORT/METHOD` further: without its scheme, then without what follows the port."""
    found = _HOSTED.fullmatch(address)
    return () if found is None else (found["host"] + found["rest"], found["host"])


def _keep_end(address: str, room: int) -> str:
    name = "…/" + address.rpartition("/")[2]
    if "/" in address and cell_len(name) <= room:
        return name
    # A port stays whole: it tells two subscribers of one host apart.
    host, colon, port = address.rpartition(":")
    left = room - cell_len(colon + port)
    return cut_end(host, left) + colon + port if colon and left > 1 else cut_middle(address, room)
