"""What only an engine or the console can say of a configuration, asked without starting either."""

import difflib
from collections.abc import Iterable
from contextlib import closing

from evtui.bootstrap.engine_setup import make_engine
from evtui.config.config_loader import LoadedConfig
from evtui.config.value_syntax import parse_subscribe
from evtui.core.errors import BadSettingError, RequestError, UnknownEventError
from evtui.core.values import is_wildcard


def check_subscriptions(loaded: LoadedConfig) -> None:
    """Check that the events of `subscribe` are published and its sockets are understood; resolves no host.

    raises BadSettingError.
    """
    with closing(make_engine(loaded.config)) as engine:
        published = {state.event.name for state in engine.event_states()} | _events_of_script(loaded)
        for number, line in enumerate(loaded.config.subscribe):
            asked = parse_subscribe(line)
            try:
                if asked.event not in published and not is_wildcard(asked.event):
                    raise UnknownEventError(asked.event)
                engine.parse(asked.socket)
            except RequestError as error:
                raise BadSettingError(f"subscribe[{number}]", str(error), loaded.origin("subscribe")) from error


def _events_of_script(loaded: LoadedConfig) -> set[str]:
    """List the events that the configured script publishes when it is loaded.

    raises ScriptFileError, ScriptError.
    """
    if not loaded.config.script.files:
        return set()
    # On first use: without a script nothing of its language is loaded.
    from evtui.bootstrap.transports import socket_parser
    from evtui.script.check.script_check import check
    from evtui.scripting.script_loader import known, read_scripts

    reports = check(dict(read_scripts(loaded.config.script.files).parts), known(socket_parser()))
    return {use.event for report in reports for use in report.events if not use.dynamic}


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
        what = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
        raise BadSettingError(path, f"there is no {name!r}; {what}", loaded.origin(setting))
