"""Profiles: tables `[profile.NAME]` of the configuration file, whose settings override those above all tables.

Any setting may stand in a profile. A table of names, such as `ui.keys`, keeps the names of the file that the profile
does not have. `default` is the file without a profile.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from evtui.core.errors import BadSettingError

DEFAULT_PROFILE: Final = "default"
"""The name that stands for the configuration file without a profile."""
PROFILE_VARIABLE: Final = "EVTUI_PROFILE"
"""The environment variable that chooses a profile."""
PROFILE_NAME: Final = "^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$"
"""What a name looks like: it is also the name of a directory of the console's memory."""

_TABLE: Final = "profile"
_NAME: Final = re.compile(PROFILE_NAME)


def split_profiles(
    tree: Mapping[str, object], origin: str
) -> tuple[Mapping[str, object], Mapping[str, Mapping[str, object]]]:
    """Return the tree without its profiles, and the tree of each profile by its name.

    raises BadSettingError: a profile has a value instead of settings, or a wrong name.
    """
    if _TABLE not in tree:
        return tree, {}
    return {key: value for key, value in tree.items() if key != _TABLE}, dict(_profiles(tree[_TABLE], origin))


def check_known(name: str, known: Sequence[str], origin: str, place: str) -> None:
    """Check that a profile exists; `origin` is the option or the variable that names it, `place` is the file.

    raises BadSettingError: it does not; the text lists those that do.
    """
    if name != DEFAULT_PROFILE and name not in known:
        names = ", ".join([DEFAULT_PROFILE, *known])
        raise BadSettingError(_TABLE, f"there is no profile {name[:60]!r}; {place} has {names}", origin)


def _profiles(value: object, origin: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    if not isinstance(value, Mapping):
        raise BadSettingError(_TABLE, "it is a table of profiles: write [profile.NAME]", origin)
    for name, settings in cast("Mapping[str, object]", value).items():
        path = f"{_TABLE}.{name[:60]}"
        if name == DEFAULT_PROFILE:
            raise BadSettingError(path, "the settings above all profiles are the default: write them there", origin)
        if _NAME.match(name) is None:
            why = "a name has letters of ASCII, digits, - and _, at most 40 and a letter or a digit first"
            raise BadSettingError(path, why, origin)
        if not isinstance(settings, Mapping):
            why = f"it is a table of settings: write [profile.{name}] and below it the settings"
            raise BadSettingError(path, why, origin)
        yield name, cast("Mapping[str, object]", settings)
