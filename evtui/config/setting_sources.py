"""Where values of settings come from: the configuration file, the environment, the command line, keywords.

A source yields `GivenSetting`s. It checks that each setting exists; `config_loader` checks the values.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, cast

from msgspec import Struct
from msgspec.structs import fields

from evtui.config.chosen_profile import ChosenProfile
from evtui.config.outside_settings import outside_tables
from evtui.config.profiles import PROFILE_VARIABLE, check_known, split_profiles
from evtui.config.setting_tree import all_settings, default_of, setting_name, tables
from evtui.config.system_file import SYSTEM_VARIABLE, SystemSettings
from evtui.core.errors import BadSettingError

FILE_NAME = "evtui.toml"

OTHER_VARIABLES = frozenset({"EVTUI_MI", "EVTUI_CONFIG", PROFILE_VARIABLE, SYSTEM_VARIABLE})
"""Variables of evtui that are not settings: the server of a client, the configuration files, and the profile."""


COMMAND_LINE: Final = "command line"
"""How the origin of a value begins that an option gave."""


class GivenSetting(Struct, frozen=True):
    """A value that a source gives for a setting; not checked yet."""

    path: str
    value: object
    origin: str
    as_text: bool = False
    """Whether the source has only text, so that `1` may be a number."""


def gather_settings(
    *,
    file: Path | None = None,
    default_file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    options: Sequence[GivenSetting] = (),
    profile: ChosenProfile = ChosenProfile(),  # noqa: B008 - it is frozen
    system: SystemSettings = SystemSettings(),  # noqa: B008 - it is frozen
) -> list[GivenSetting]:
    """Collect what all sources give, the lowest rank first: files, profile of the files, environment, `options`.

    `system` is the file of the host, below the other one. A `default_file` that does not exist gives nothing.
    raises BadSettingError: an unknown setting or profile, a file that cannot be read.
    """
    trees: list[tuple[Mapping[str, object], str]] = []
    if system.tree is not None:
        trees.append((system.tree, system.origin))
    place = file or default_file
    if place is not None and (file is not None or place.exists()):
        if place != system.path or system.tree is None:
            trees.append((read_tree(place), f"file:{place}"))
        shown = str(place)
    else:
        shown = f"{place}, which does not exist,"
    given = from_trees(trees, profile, shown)
    given += from_environ(environ or {})
    given += options
    return given


def read_tree(file: Path) -> Mapping[str, object]:
    """Read a TOML file as nested tables.

    raises BadSettingError: it is missing, unreadable or not TOML.
    """
    import tomllib  # on first use: most hosts have no such file

    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadSettingError("--config", f"{file}: {error.strerror or error}", "command line") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettingError(str(file), f"it is not TOML: {error}", f"file:{file}") from error


def from_file_tree(tree: Mapping[str, object], origin: str, profile: ChosenProfile) -> Sequence[GivenSetting]:
    """Read the nested tables of a file, and over them those of a profile.

    raises BadSettingError: it has no such profile; a setting does not exist.
    """
    return from_trees([(tree, origin)], profile, origin.removeprefix("file:"))


def from_trees(
    trees: Sequence[tuple[Mapping[str, object], str]], profile: ChosenProfile, shown: str
) -> list[GivenSetting]:
    """Read the nested tables of files with their origins, the lowest rank first, and over all of them the profile.

    `shown` names the files in an error. raises BadSettingError: none has the profile; a setting does not exist.
    """
    split = [(*split_profiles(tree, origin), origin) for tree, origin in trees]
    known = dict.fromkeys(name for _, profiles, _ in split for name in profiles)
    check_known(profile.name, [*known], profile.origin, shown)
    given: list[GivenSetting] = []
    for settings, _, origin in split:
        given += [_with_names_of(each, given) for each in from_tree(settings, origin)]
    for _, profiles, origin in split:
        own = from_tree(profiles.get(profile.name, {}), f"{origin} [profile.{profile.name}]")
        given += [_with_names_of(each, given) for each in own]
    return given


def _with_names_of(own: GivenSetting, given: Sequence[GivenSetting]) -> GivenSetting:
    """Add to a table of names the names that only a file or a profile of lower rank has."""
    lower = next((each.value for each in reversed(given) if each.path == own.path), None)
    if isinstance(own.value, Mapping) and isinstance(lower, Mapping):
        merged = {**cast("Mapping[str, object]", lower), **cast("Mapping[str, object]", own.value)}
        return GivenSetting(own.path, merged, own.origin)
    return own


def from_environ(environ: Mapping[str, str]) -> Iterator[GivenSetting]:
    """Read the `EVTUI_*` variables; commas or newlines separate the items of a list.

    raises BadSettingError: a variable with that prefix is not a setting.
    """
    known = {setting.variable: setting for setting in all_settings() if not setting.is_table}
    for name, text in environ.items():
        if not name.startswith("EVTUI_") or name in OTHER_VARIABLES:
            continue
        if (setting := known.get(name)) is None:
            raise BadSettingError(name, _unknown(name, [*known, *OTHER_VARIABLES], "variable"), "environment")
        value: object = _items(text) if setting.is_list else text
        yield GivenSetting(setting.path, value, f"environment {name}", as_text=True)


def from_tree(tree: Mapping[str, object], origin: str) -> Iterator[GivenSetting]:
    """Read nested tables: mappings, or the classes of their settings.

    raises BadSettingError: an unknown key, or a value where a table is expected.
    """
    return _from_table(tree, "", origin)


def display_value(value: object) -> str:
    """Write a value for an error text, at most 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _from_table(tree: Mapping[str, object], prefix: str, origin: str) -> Iterator[GivenSetting]:
    settings = {setting.path for setting in all_settings()}
    for key, value in tree.items():
        path = prefix + key
        if path in settings:
            yield GivenSetting(path, value, origin)
        elif path not in tables():
            raise BadSettingError(path, _refusal(path) or _unknown(path, [*settings, *tables()], "setting"), origin)
        elif isinstance(value, Mapping):
            yield from _from_table(cast("Mapping[str, object]", value), f"{path}.", origin)
        elif isinstance(value, Struct):
            yield from _from_table(_changed_fields(value), f"{path}.", origin)
        else:
            raise BadSettingError(path, f"it is a table of settings, not {display_value(value)}", origin)


def _changed_fields(table: Struct) -> Mapping[str, object]:
    """Return the fields of a table's class that are not their defaults."""
    values = {setting_name(field): (getattr(table, field.name), default_of(field)) for field in fields(table)}
    return {name: value for name, (value, default) in values.items() if value != default}


def _refusal(path: str) -> str | None:
    """Say why a table of a transport from outside is not there, when its package names one."""
    table, _, name = path.rpartition(".")
    return outside_tables().refusal(name) if table == "transports" else None


def _unknown(name: str, known: list[str], kind: str) -> str:
    table, _, leaf = name.rpartition(".")
    leaf = leaf.replace("-", "_")
    everywhere = {path.rpartition(".")[2]: path for path in known}
    # Compare last parts only: paths of one table resemble each other by the table's name.
    beside = {path.rpartition(".")[2]: path for path in known if path.rpartition(".")[0] == table} or everywhere
    for places in (beside, everywhere):
        if close := difflib.get_close_matches(leaf, places, 1, 0.75):
            return f"no such {kind}; did you mean {places[close[0]]}?"
    nearest = [beside[each] for each in difflib.get_close_matches(leaf, beside, 3, 0.0)]
    return f"no such {kind}; the nearest are {', '.join(nearest)}, `evtui config show` lists all"


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.replace("\n", ",").split(",") if item.strip()]
