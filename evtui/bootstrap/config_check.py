"""The check of configured subscriptions on an engine that is made for it and not started."""

from contextlib import closing

from evtui.bootstrap.engine_setup import make_engine
from evtui.config.config_loader import LoadedConfig
from evtui.config.value_syntax import parse_subscribe
from evtui.core.errors import BadSettingError, RequestError, UnknownEventError
from evtui.core.values import is_wildcard


def check_subscriptions(loaded: LoadedConfig) -> None:
    """Check that the events of `subscribe` will be published and that its sockets parse; no host is resolved.

    raises BadSettingError.
    """
    with closing(make_engine(loaded.config)) as engine:
        published = {state.event.name for state in engine.event_states()} | _events_of_script(loaded)
        for number, line in enumerate(loaded.config.subscribe):
            subscribe = parse_subscribe(line)
            try:
                if subscribe.event not in published and not is_wildcard(subscribe.event):
                    raise UnknownEventError(subscribe.event)
                engine.parse(subscribe.socket)
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
    from evtui.scripting.script_loader import known_names, read_scripts

    reports = check(dict(read_scripts(loaded.config.script.files).parts), known_names(socket_parser()))
    return {use.event for report in reports for use in report.events if not use.dynamic}
