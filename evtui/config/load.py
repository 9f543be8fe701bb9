"""Loading: file, environment, command line and keywords, later ones first in rank, into one Config with origins."""

import difflib
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from evtui.config.schema import Config
from evtui.config.setting_tree import Setting, all_settings, build, default_of, tables
from evtui.config.value_syntax import check_listen, check_sip, http_path, parse_host_port, parse_mode, parse_subscribe
from evtui.core.errors import BadSettingError, RequestError
from evtui.core.values import check_event_name
from evtui.transports.common_settings import check_absolute

FILE_NAME = "evtui.toml"

OTHER_VARIABLES = frozenset({"EVTUI_MI", "EVTUI_CONFIG"})
"""Variables of ours that are no settings: the server a client asks, and the file."""


class Given(Struct, frozen=True):
    """A value somebody gave, not looked at yet."""

    path: str
    value: object
    origin: str
    as_text: bool = False
    """Whether it comes from where everything is text, so that `1` may be a number."""


class Loaded(Struct, frozen=True):
    """The configuration and where each value that is not a default comes from."""

    config: Config
    origins: Mapping[str, str]

    def origin(self, path: str) -> str:
        """Say where the value of a dotted path comes from."""
        return self.origins.get(path, "default")


def load(
    *,
    file: Path | None = None,
    default_file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    options: Sequence[Given] = (),
) -> Loaded:
    """Read the configuration: `options` win over `environ`, that over the file; a missing `default_file` is none.

    raises BadSettingError: an unknown setting, a wrong value, a file that cannot be read.
    """
    return combine(gather(file=file, default_file=default_file, environ=environ, options=options))


def gather(
    *,
    file: Path | None = None,
    default_file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    options: Sequence[Given] = (),
) -> list[Given]:
    """Collect what is given, the lowest rank first.

    raises BadSettingError: an unknown setting, a file that cannot be read.
    """
    given: list[Given] = []
    if file is not None or (default_file is not None and default_file.exists()):
        given += from_file(file or Path(str(default_file)))
    given += from_environ(environ or {})
    given += options
    return given


def from_file(file: Path) -> Iterator[Given]:
    """Read a TOML file.

    raises BadSettingError: it is missing, unreadable or no TOML.
    """
    try:
        tree = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadSettingError("--config", f"{file}: {error.strerror or error}", "command line") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettingError(str(file), f"it is not TOML: {error}", f"file:{file}") from error
    return from_tree(tree, f"file:{file}")


def from_environ(environ: Mapping[str, str]) -> Iterator[Given]:
    """Read the `EVTUI_*` variables; lists are separated by commas or newlines.

    raises BadSettingError: a variable with that prefix is no setting.
    """
    known = {setting.variable: setting for setting in all_settings() if not setting.is_table}
    for name, text in environ.items():
        if not name.startswith("EVTUI_") or name in OTHER_VARIABLES:
            continue
        if (setting := known.get(name)) is None:
            raise BadSettingError(name, _unknown(name, [*known, *OTHER_VARIABLES], "variable"), "environment")
        value: object = _items(text) if setting.is_list else text
        yield Given(setting.path, value, f"environment {name}", as_text=True)


def from_tree(tree: Mapping[str, object], origin: str) -> Iterator[Given]:
    """Read nested tables: mappings, or the classes of their settings.

    raises BadSettingError: an unknown key, or something else where a table belongs.
    """
    return _from_table(tree, "", origin)


def combine(given: list[Given]) -> Loaded:
    """Check every value and make the Config; the last one given for a path counts.

    raises BadSettingError: which path, what is wrong, where it comes from and what would be right.
    """
    by_path = {setting.path: setting for setting in all_settings()}
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    for item in given:
        values[item.path] = _converted(by_path[item.path], item)
        origins[item.path] = item.origin
    return Loaded(build(values), origins)


def _from_table(tree: Mapping[str, object], prefix: str, origin: str) -> Iterator[Given]:
    settings = {setting.path for setting in all_settings()}
    for key, value in tree.items():
        path = prefix + key
        if path in settings:
            yield Given(path, value, origin)
        elif path not in tables():
            raise BadSettingError(path, _unknown(path, [*settings, *tables()], "setting"), origin)
        elif isinstance(value, Mapping):
            yield from _from_table(cast("Mapping[str, object]", value), f"{path}.", origin)
        elif isinstance(value, Struct):
            yield from _from_table(_set_in(value), f"{path}.", origin)
        else:
            raise BadSettingError(path, f"it is a table of settings, not {_shown(value)}", origin)


def _set_in(table: Struct) -> Mapping[str, object]:
    """Return the fields of a table's class that are not their defaults."""
    values = {field.name: (getattr(table, field.name), default_of(field)) for field in fields(table)}
    return {name: value for name, (value, default) in values.items() if value != default}


def _converted(setting: Setting, item: Given) -> object:
    try:
        value = msgspec.convert(item.value, setting.type, strict=not item.as_text)
    except msgspec.ValidationError as error:
        place, wrong = _place(str(error)), item.value
        if place.startswith("[") and isinstance(wrong, list | tuple):
            wrong = cast("Sequence[object]", wrong)[int(place[1 : place.index("]")])]
        why = f"{_shown(wrong)} is wrong; it is {setting.expected}"
        raise BadSettingError(setting.path + place, why, item.origin) from error
    check = setting.check or _CHECKS.get(setting.path)
    if check is None or value is None:
        return value
    several = isinstance(value, tuple)
    for number, one in enumerate(cast("Sequence[object]", value) if several else [value]):
        try:
            check(one)
        except (RequestError, ValueError) as error:
            path = f"{setting.path}[{number}]" if several else setting.path
            raise BadSettingError(path, str(error), item.origin) from error
    return value


def _place(message: str) -> str:
    """Find `[0]` in msgspec's "Expected `str`, got `int` - at `$[0]`"; a table's `[...]` tells nothing."""
    _, _, place = message.partition(" - at `$")
    return "" if place.startswith("[.") else place.rstrip("`")


def _unknown(name: str, known: list[str], kind: str) -> str:
    table, _, leaf = name.rpartition(".")
    leaf = leaf.replace("-", "_")
    everywhere = {path.rpartition(".")[2]: path for path in known}
    # Whole paths are near each other for their tables' sake alone.
    beside = {path.rpartition(".")[2]: path for path in known if path.rpartition(".")[0] == table} or everywhere
    for places in (beside, everywhere):
        if close := difflib.get_close_matches(leaf, places, 1, 0.75):
            return f"no such {kind}; did you mean {places[close[0]]}?"
    nearest = [beside[each] for each in difflib.get_close_matches(leaf, beside, 3, 0.0)]
    return f"no such {kind}; the nearest are {', '.join(nearest)}, `evtui config show` lists all"


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.replace("\n", ",").split(",") if item.strip()]


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _check_file(path: str) -> None:
    if not Path(path).name or "\0" in path:
        raise ValueError(f"{path!r} names no file")


_CHECKS: Mapping[str, Callable[[Any], object]] = {
    "engine.spool": _check_file,
    "engine.state": _check_file,
    "events": check_event_name,
    "subscribe": parse_subscribe,
    "mi.fifo_mode": parse_mode,
    "mi.http": parse_host_port,
    "mi.http_root": http_path,
    "mi.xmlrpc_root": http_path,
    "mi.datagram": check_listen,
    "mi.reply_dir": check_absolute,
    "script.sip": check_sip,
}
