"""The settings as a flat list: dotted path, type, default and a description of right values."""

import keyword
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final, TypeVar, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo, fields

from evtui.config.outside_settings import transport_settings
from evtui.config.schema import Config
from evtui.transports import TransportSettings

_SECRET_NAMES: Final = ("password", "passwd", "passphrase", "secret", "token")
"""What the name of a setting of another package ends with when its value is a secret, marked as one or not."""

_Built = TypeVar("_Built", bound=Struct)


class Setting(Struct, frozen=True):
    """One setting of the tree."""

    path: str
    type: Any
    default: object
    expected: str
    """A description of right values, for error texts."""

    @property
    def variable(self) -> str:
        """Name the environment variable that sets it."""
        return "EVTUI_" + self.path.upper().replace(".", "_")

    @property
    def is_list(self) -> bool:
        """Say whether it takes several values."""
        return get_origin(_plain(self.type)) is tuple

    @property
    def check(self) -> Callable[[Any], object] | None:
        """Return the function that checks each of its values beyond their type; None when there is none.

        It raises ValueError or RequestError for a wrong value.
        """
        check: Callable[[Any], object] | None = self._extra("check")
        return check

    @property
    def is_secret(self) -> bool:
        """Say whether its value must not be shown."""
        return self._extra("secret") is True or self.path.endswith(_SECRET_NAMES)

    @property
    def is_table(self) -> bool:
        """Say whether it takes names with values."""
        return get_origin(_plain(self.type)) is dict

    def value_in(self, config: Config) -> object:
        """Return its value in a configuration."""
        value: object = config
        for name in self.path.split("."):
            value = getattr(value, f"{name}_" if keyword.iskeyword(name) else name)
        return value

    def _extra(self, name: str) -> Any:
        """Return what the `Meta` of its type says beside the description; None when it does not say."""
        metas = getattr(self.type, "__metadata__", ())
        return next((meta.extra[name] for meta in metas if meta.extra and name in meta.extra), None)


@cache
def all_settings() -> tuple[Setting, ...]:
    """List every setting in the order of the schema."""
    return tuple(_walk(Config, ""))


@cache
def tables() -> frozenset[str]:
    """Name the tables that hold settings: `mi`, `transports.datagram`."""
    parents = (setting.path.rpartition(".")[0] for setting in all_settings())
    return frozenset(parent[:end] for parent in parents for end in _ends(parent) if parent)


def build(values: dict[str, object]) -> Config:
    """Make a Config of values by dotted path; each value has the type of its setting."""
    return _build(Config, "", values)


def default_of(field: FieldInfo) -> object:
    """Return the default of a field."""
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def setting_name(field: FieldInfo) -> str:
    """Return the name of the setting in a field: without the `_` behind a word of Python, such as `as_`."""
    return field.name.rstrip("_")


def _walk(struct: type[Struct], prefix: str) -> Iterator[Setting]:
    for field in fields(struct):
        if (table := _table(field.type)) is not None:
            yield from _walk(table, f"{prefix}{setting_name(field)}.")
        else:
            yield Setting(prefix + setting_name(field), field.type, default_of(field), _description(field.type))


def _build(struct: type[_Built], prefix: str, values: dict[str, object]) -> _Built:
    made: dict[str, object] = {}
    for field in fields(struct):
        path = prefix + setting_name(field)
        if (table := _table(field.type)) is not None:
            made[field.name] = _build(table, f"{path}.", values)
        elif path in values:
            made[field.name] = values[path]
    return struct(**made)


def _table(kind: Any) -> type[Struct] | None:
    """Return the class of a table of settings, with the tables of transports from outside; None for a single value."""
    if kind is TransportSettings:
        return transport_settings()
    return kind if isinstance(kind, type) and issubclass(kind, Struct) else None


def _plain(kind: Any) -> Any:
    return get_args(kind)[0] if hasattr(kind, "__metadata__") else kind


def _description(kind: Any) -> str:
    return next((meta.description for meta in getattr(kind, "__metadata__", ()) if meta.description), "")


def _ends(parent: str) -> Iterator[int]:
    yield from (place for place, sign in enumerate(parent) if sign == ".")
    yield len(parent)
