"""What a package says of its transport without loading it: settings, descriptions of its schemes, modules of OpenSIPS.

A package names each in an entry-point group of its own, under the name that its transport has in `evtui.transports`:
a class of settings, read as those of evtui's transports are, for the table `[transports.NAME]`; a tuple of
`TransportInfo` for what checks sockets without an engine; a tuple of `ScriptModule` for the `modparam`s of scripts.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import msgspec
from msgspec import Struct

from evtui.config.installed_packages import may_have_entry_points
from evtui.core.transport import TransportInfo
from evtui.transports import INFOS, TRANSPORTS, TransportSettings
from evtui.transports.common_settings import ScriptModule

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

TRANSPORT_GROUP: Final = "evtui.transports"
SETTINGS_GROUP: Final = "evtui.transport_settings"
INFOS_GROUP: Final = "evtui.transport_infos"
MODULES_GROUP: Final = "evtui.transport_modules"
_GROUPS: Final = "evtui.transport"
"""What the names of all groups begin with."""

_Described = TypeVar("_Described", TransportInfo, ScriptModule)


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


class OutsideInfos(Struct, frozen=True):
    """The schemes that other packages describe."""

    infos: Mapping[str, tuple[TransportInfo, ...]]
    """The descriptions of each transport, by its entry point and package."""
    unusable: Mapping[str, str]
    """Why the descriptions of a transport cannot be used, by the same."""


class OutsideModules(Struct, frozen=True):
    """The modules of OpenSIPS whose work the transports of other packages do."""

    modules: tuple[tuple[str, ScriptModule], ...]
    """Each with the table of its settings."""
    unusable: Mapping[str, str]
    """Why the modules of a transport cannot be used, by its entry point and package."""


def unusable() -> dict[str, str]:
    """Say why transports cannot be used as their packages describe them, by entry point and package."""
    parts = (
        ("modules", outside_modules().unusable), ("infos", outside_infos().unusable),
        ("settings", outside_tables().unusable),
    )  # fmt: skip
    return {origin: f"its {part} cannot be used: {why}" for part, reasons in parts for origin, why in reasons.items()}


def points(group: str) -> "Iterator[tuple[str, EntryPoint]]":
    """Yield the entry points of a group, each with its name and package, in the order of these."""
    if not _has_any():
        return
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
def outside_infos() -> OutsideInfos:
    """Load the descriptions of schemes that other packages name."""
    found, unusable = _load_tuples(INFOS_GROUP, TransportInfo)
    taken = {info.scheme for info in INFOS}
    infos: dict[str, tuple[TransportInfo, ...]] = {}
    for origin, (_, described) in found.items():
        schemes = {info.scheme for info in described}
        if both := taken & schemes:
            unusable[origin] = f"another transport has the scheme {', '.join(sorted(both))}"
            continue
        taken |= schemes
        infos[origin] = described
    return OutsideInfos(infos, unusable)


@cache
def outside_modules() -> OutsideModules:
    """Load the modules of OpenSIPS that other packages name."""
    found, unusable = _load_tuples(MODULES_GROUP, ScriptModule)
    taken = {module.name for entry in TRANSPORTS for module in entry.modules}
    modules: list[tuple[str, ScriptModule]] = []
    for origin, (name, described) in found.items():
        why = next(filter(None, (_wrong_module(module, name, taken) for module in described)), None)
        if why is not None:
            unusable[origin] = why
            continue
        taken |= {module.name for module in described}
        modules.extend((name, module) for module in described)
    return OutsideModules(tuple(modules), unusable)


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
def _has_any() -> bool:
    return may_have_entry_points(_GROUPS)


@cache
def _all_points() -> "EntryPoints":
    from importlib.metadata import entry_points

    return cast("EntryPoints", entry_points())  # Python 3.11 returns another class with the same method


def _first(pair: "tuple[str, EntryPoint]") -> str:
    return pair[0]


def _origin(point: "EntryPoint") -> str:
    """Name an entry point and the package it comes from."""
    return point.name if point.dist is None else f"{point.name} of {point.dist.name} {point.dist.version}"


def _misnamed(name: str, taken: Mapping[str, object]) -> str | None:
    if name in taken or name in TransportSettings.__struct_fields__:
        return f"another transport has the table transports.{name}"
    if not name.isidentifier() or name.startswith("_"):
        return "the name of a table is letters, digits and underscores, and begins with a letter"
    return None


def _wrong_module(module: ScriptModule, table: str, taken: set[str]) -> str | None:
    if module.name in taken:
        return f"another transport has the module {module.name}"
    kind = outside_tables().classes.get(table)
    fields = () if kind is None else kind.__struct_fields__
    missing = next((name for name in module.settings if name not in fields), None)
    return missing and f"{module.name}: there is no setting transports.{table}.{missing}"


def _load_tuples(
    group: str, kind: type[_Described]
) -> tuple[dict[str, tuple[str, tuple[_Described, ...]]], dict[str, str]]:
    """Load the tuples that a group names; return each with its name, and why the others cannot be used, by origin."""
    transports = {origin for origin, _ in points(TRANSPORT_GROUP)}
    found: dict[str, tuple[str, tuple[_Described, ...]]] = {}
    unusable: dict[str, str] = {}
    for origin, point in points(group):
        if origin not in transports:
            unusable[origin] = _NO_TRANSPORT
            continue
        try:
            loaded: Any = point.load()
        except Exception as error:  # noqa: BLE001 - code of others: whatever is wrong with it, the rest goes on
            unusable[origin] = f"{type(error).__name__}: {error}"
            continue
        if isinstance(loaded, tuple) and all(isinstance(one, kind) for one in cast("tuple[object, ...]", loaded)):
            found[origin] = point.name, cast("tuple[_Described, ...]", loaded)
        else:
            unusable[origin] = f"it is not a tuple of {kind.__name__}"
    return found, unusable


def _load(point: "EntryPoint") -> tuple[type[Struct] | None, str]:
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
