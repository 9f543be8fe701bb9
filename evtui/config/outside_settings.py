"""The settings of transports from outside: a table `[transports.NAME]` each, of the class that their package names.

A package names the class in the entry-point group `evtui.transport_settings`, under the name that its transport has in
the group `evtui.transports`. The class is read as those of evtui's transports are, without loading the transport.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from evtui.transports import TransportSettings

TRANSPORT_GROUP: Final = "evtui.transports"
SETTINGS_GROUP: Final = "evtui.transport_settings"


class OutsideTables(Struct, frozen=True):
    """The classes of settings that other packages name, and those that cannot be used."""

    classes: Mapping[str, type[Struct]]
    """The class of each table, by the name of its entry point."""
    origins: Mapping[str, str]
    """The entry point and package of each table, by the same name."""
    unusable: Mapping[str, str]
    """Why a class cannot be used, by its entry point and package."""

    def refusal(self, name: str) -> str | None:
        """Say why there is no table of a name, when a package names a class for it that cannot be used."""
        for origin, why in self.unusable.items():
            if origin.partition(" ")[0] == name and name not in self.classes:
                return f"the settings of the transport {origin} cannot be used: {why}"
        return None


def points(group: str) -> Iterator[tuple[str, EntryPoint]]:
    """Yield the entry points of a group, each with its name and package, in the order of these."""
    yield from sorted(((_origin(point), point) for point in _all_points().select(group=group)), key=_first)


@cache
def outside_tables() -> OutsideTables:
    """Load the classes of settings that other packages name."""
    transports = {origin for origin, _ in points(TRANSPORT_GROUP)}
    classes: dict[str, type[Struct]] = {}
    origins: dict[str, str] = {}
    unusable: dict[str, str] = {}
    for origin, point in points(SETTINGS_GROUP):
        why = _misnamed(point.name, classes) or (None if origin in transports else _NO_TRANSPORT)
        if why is None:
            loaded, why = _load(point)
            if loaded is not None:
                classes[point.name], origins[point.name] = loaded, origin
                continue
        unusable[origin] = why
    return OutsideTables(classes, origins, unusable)


@cache
def transport_settings() -> type[TransportSettings]:
    """Return the class of `[transports]`: a field for each transport of evtui and for each from outside."""
    classes = outside_tables().classes
    if not classes:
        return TransportSettings
    tables = [(name, kind, msgspec.field(default_factory=kind)) for name, kind in classes.items()]
    made = msgspec.defstruct("TransportSettings", tables, bases=(TransportSettings,), frozen=True)
    return cast("type[TransportSettings]", made)


_NO_TRANSPORT: Final = f"its package names no transport of that name in the group {TRANSPORT_GROUP}"


@cache
def _all_points() -> EntryPoints:
    return cast("EntryPoints", entry_points())  # Python 3.11 returns another class with the same method


def _first(pair: tuple[str, EntryPoint]) -> str:
    return pair[0]


def _origin(point: EntryPoint) -> str:
    """Name an entry point and the package it comes from."""
    return point.name if point.dist is None else f"{point.name} of {point.dist.name} {point.dist.version}"


def _misnamed(name: str, taken: Mapping[str, object]) -> str | None:
    if name in taken or name in TransportSettings.__struct_fields__:
        return f"another transport has the table transports.{name}"
    if not name.isidentifier() or name.startswith("_"):
        return "the name of a table is letters, digits and underscores, and begins with a letter"
    return None


def _load(point: EntryPoint) -> tuple[type[Struct] | None, str]:
    """Load a class and check that it can be one of settings; return it, or why it cannot be used."""
    try:
        loaded: Any = point.load()
        if not (isinstance(loaded, type) and issubclass(loaded, Struct) and loaded.__struct_config__.frozen):
            return None, "it is not a frozen class on msgspec.Struct"
        loaded()
        msgspec.json.Decoder(loaded)
    except Exception as error:  # noqa: BLE001 - code of others: whatever is wrong with it, the rest goes on
        return None, f"{type(error).__name__}: {error}"
    return loaded, ""
