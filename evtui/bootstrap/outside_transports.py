"""Transports from outside: other packages name them in the entry-point group `evtui.transports`.

An entry point is a function of a `TransportContext` that makes a transport, as those in `evtui.transports` are.
One that cannot be used is told in the log, once, and left out: it must not cost the others anything.
"""

import logging
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from evtui.core.transport import Transport, TransportInfo
from evtui.transports import TransportContext

GROUP: Final = "evtui.transports"

_log = logging.getLogger(__name__)


def make_outside_transports(context: TransportContext, taken: AbstractSet[str]) -> Iterator[Transport]:
    """Make the transports of other packages, by the names of their entry points; `taken` are the schemes of others."""
    taken = set(taken)
    for name, make in _loaded():
        try:
            transport = make(context)
            schemes = _schemes(transport)
        except Exception as error:  # noqa: BLE001 - code of others: whatever is wrong with it, the rest goes on
            _leave_out(name, f"{type(error).__name__}: {error}")
            continue
        if both := taken & schemes:
            _leave_out(name, f"another transport has the scheme {', '.join(sorted(both))}")
            continue
        taken |= schemes
        yield transport


@cache
def _loaded() -> tuple[tuple[str, Callable[[TransportContext], Transport]], ...]:
    """Import what the entry points name."""
    loaded: list[tuple[str, Callable[[TransportContext], Transport]]] = []
    for point in sorted(entry_points(group=GROUP), key=_origin):
        try:
            loaded.append((_origin(point), point.load()))
        except Exception as error:  # noqa: BLE001 - code of others: whatever its import raises, the rest goes on
            _leave_out(_origin(point), f"{type(error).__name__}: {error}")
    return tuple(loaded)


def _origin(point: EntryPoint) -> str:
    """Name an entry point and the package it comes from."""
    return point.name if point.dist is None else f"{point.name} of {point.dist.name} {point.dist.version}"


def _schemes(transport: Transport) -> set[str]:
    """Return the schemes of a transport. raises TypeError: it is none."""
    infos = tuple(transport.infos)
    if not infos or not all(isinstance(info, TransportInfo) for info in infos):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError("its infos are no tuple of TransportInfo")
    for method in ("parse", "close"):
        if not callable(getattr(transport, method, None)):
            raise TypeError(f"it has no method {method}")
    return {info.scheme for info in infos}


@cache
def _leave_out(name: str, why: str) -> None:
    _log.error("the transport %s is left out: %s", name, why)
