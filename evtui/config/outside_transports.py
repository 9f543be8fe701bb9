"""Transports from outside: other packages name them in the entry-point group `evtui.transports`.

An entry point is a function of a `TransportContext` that makes a transport, as those in `evtui.transports` are.
One that cannot be used is named in the log, once, and left out: it must not cost the others anything. When it finds
that its own settings do not fit together, it raises BadSettingError, and evtui does not start, as with our own.
"""

import logging
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from evtui.config.outside_settings import (
    INFOS_GROUP,
    TRANSPORT_GROUP,
    outside_infos,
    outside_tables,
    points,
    unusable,
)
from evtui.core.errors import BadSettingError
from evtui.core.transport import Transport, TransportInfo
from evtui.transports import TransportContext, TransportSettings

_log = logging.getLogger(__name__)


def make_outside_transports(context: TransportContext, taken: AbstractSet[str]) -> Iterator[Transport]:
    """Make the transports of other packages, by the names of their entry points; `taken` are the schemes of others.

    raises BadSettingError: a transport refuses its settings.
    """
    for origin, why in unusable().items():
        _leave_out(origin, why)
    taken = set(taken)
    for name, make in _loaded():
        try:
            transport = make(replace(context, own=_own_settings(name, context.settings)))
            schemes = _schemes(transport, outside_infos().infos.get(name))
        except BadSettingError:
            raise
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
    """Import what the entry points name, except those whose description cannot be used."""
    loaded: list[tuple[str, Callable[[TransportContext], Transport]]] = []
    for name, point in points(TRANSPORT_GROUP):
        if name in unusable():
            continue
        try:
            loaded.append((name, point.load()))
        except Exception as error:  # noqa: BLE001 - code of others: whatever its import raises, the rest goes on
            _leave_out(name, f"{type(error).__name__}: {error}")
    return tuple(loaded)


def _own_settings(origin: str, settings: TransportSettings) -> Struct | None:
    """Find the settings of the transport of an entry point and package; None when it has no class of settings."""
    tables = outside_tables()
    for table, kind in tables.classes.items():
        if tables.origins[table] == origin:
            return getattr(settings, table, None) or kind()
    return None


def _schemes(transport: Transport, named: tuple[TransportInfo, ...] | None) -> set[str]:
    """Return the schemes of a transport; `named` is how its package describes them, None when it does not.

    raises TypeError: it is not a transport, or not the one that is described.
    """
    infos = tuple(transport.infos)
    if not infos or not all(isinstance(info, TransportInfo) for info in infos):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError("its infos are not a tuple of TransportInfo")
    for method in ("parse", "close"):
        if not callable(getattr(transport, method, None)):
            raise TypeError(f"it has no method {method}")
    if named is not None and infos != named:
        raise TypeError(f"its infos are not those that its package names in the group {INFOS_GROUP}")
    return {info.scheme for info in infos}


@cache
def _leave_out(name: str, why: str) -> None:
    _log.error("the transport %s is left out: %s", name, why)
