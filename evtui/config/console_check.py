"""Checks of the console's settings: whether its theme and the actions of its keys exist."""

import difflib
from collections.abc import Iterable

from evtui.config.config_loader import LoadedConfig
from evtui.core.errors import BadSettingError


def check_console(loaded: LoadedConfig) -> None:
    """Check the theme and the keys of the console.

    raises BadSettingError: there is no such theme or action, or a key would have two meanings.
    """
    ui = loaded.config.ui
    if ui.theme is None and not ui.keys:
        return
    # On first use: a configuration without them is shown without loading the console.
    from evtui.ui.actions import ACTIONS, key_conflict
    from evtui.ui.themes import theme_names

    if ui.theme is not None:
        _check_known(loaded, "ui.theme", "ui.theme", ui.theme, theme_names())
    for name in ui.keys:
        _check_known(loaded, "ui.keys", f"ui.keys.{name}", name, [action.id for action in ACTIONS])
    if conflict := key_conflict(ui.keys):
        one, other, key = conflict
        why = f"the key {key!r} is that of {other} already: give {other} another one too"
        raise BadSettingError(f"ui.keys.{one}", why, loaded.origin("ui.keys"))


def _check_known(loaded: LoadedConfig, setting: str, path: str, name: str, known: Iterable[str]) -> None:
    names = sorted(known)
    if name not in names:
        close = difflib.get_close_matches(name, names, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
        raise BadSettingError(path, f"there is no {name!r}; {hint}", loaded.origin(setting))
