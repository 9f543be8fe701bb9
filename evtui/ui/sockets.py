"""A subscriber's socket in a narrow cell: what tells it from its neighbours is the last to go."""

from rich.cells import cell_len

from evtui.ui.figures import cut_end, cut_middle

_PLAIN = ("udp:", "unix:")
"""Schemes that the address gives away: a host and a port, or a path."""


def short_socket(text: str, room: int) -> str:
    """Write a socket in a width in cells: without its scheme if need be, then without its options, then cut."""
    bare = next((text.removeprefix(scheme) for scheme in _PLAIN if text.startswith(scheme)), text)
    address = bare.partition("?")[0]
    for shown in (text, bare, address):
        if cell_len(shown) <= room:
            return shown
    return _keep_end(address, room)


def _keep_end(address: str, room: int) -> str:
    name = "…/" + address.rpartition("/")[2]
    if "/" in address and cell_len(name) <= room:
        return name
    # A port stays whole: it tells two subscribers of one host apart.
    host, colon, port = address.rpartition(":")
    left = room - cell_len(colon + port)
    return cut_end(host, left) + colon + port if colon and left > 1 else cut_middle(address, room)
