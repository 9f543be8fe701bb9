"""The check of configured subscriptions on an engine that is not started."""

from evtui.config.config_loader import LoadedConfig
from evtui.config.value_syntax import parse_subscribe
from evtui.core.errors import BadSettingError, RequestError, UnknownEventError
from evtui.core.values import is_wildcard
from evtui.engine.engine import Engine


def check_subscriptions(loaded: LoadedConfig, engine: Engine) -> None:
    """Check that the events of `subscribe` will be published and that its sockets parse; no host is resolved.

    `engine` is made of the configuration. raises BadSettingError.
    """
    published = {state.event.name for state in engine.event_states()} | _events_of_script(loaded, engine)
    for number, line in enumerate(loaded.config.subscribe):
        subscribe = parse_subscribe(line)
        try:
            if subscribe.event not in published and not is_wildcard(subscribe.event):
                raise UnknownEventError(subscribe.event)
            engine.parse(subscribe.socket)
        except RequestError as error:
            raise BadSettingError(f"subscribe[{number}]", str(error), loaded.origin("subscribe")) from error


def _events_of_script(loaded: LoadedConfig, engine: Engine) -> set[str]:
    """List the events that the configured script publishes when it is loaded.

    raises ScriptFileError, ScriptError.
    """
    if not loaded.config.script.files:
        return set()
    # On first use: without a script nothing of its language is loaded.
    from evtui.script.check.script_check import check
    from evtui.scripting.script_loader import known_names, read_scripts

    script = loaded.config.script
    reports = check(dict(read_scripts(script.files, m4=script.m4).parts), known_names(engine.parse))
    return {use.event for report in reports for use in report.events if not use.dynamic}
