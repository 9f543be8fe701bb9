"""`evtui config show`: every setting, its value and its origin."""

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import cast

import msgspec

from evtui.bootstrap.engine_setup import make_engine
from evtui.cli import output
from evtui.cli.client_session import usage
from evtui.cli.settings.profile_option import given_profile
from evtui.codecs.jsonvalue import Members, loads
from evtui.config.config_loader import LoadedConfig
from evtui.config.console_check import check_console
from evtui.config.schema import Config
from evtui.config.setting_tree import Setting, all_settings
from evtui.core.redact import redact_words
from evtui.scripting.program_config import read_config
from evtui.scripting.subscription_check import check_subscriptions


def show(file: Path | None, *, as_json: bool) -> None:
    """Print the configuration that a run of evtui would have, or what is wrong with it."""
    loaded = usage(lambda: checked_config(file))
    rows = [(setting.path, _value(loaded.config, setting), loaded.origin(setting.path)) for setting in all_settings()]
    with output.quiet_pipe():
        if as_json:
            output.json_line(
                Members((path, Members((("value", loads(value)), ("origin", origin)))) for path, value, origin in rows)
            )
        else:
            output.table(("setting", "value", "origin"), rows)


def checked_config(file: Path | None, profile: str | None = None) -> LoadedConfig:
    """Read the configuration, and check what a run of evtui would find wrong with it only after the start.

    `profile` is, when None, that of the command line, of the environment, or the default.

    raises EvtuiError: what a run would say. Nothing is opened.
    """
    loaded = read_config(file, os.environ, (), profile or given_profile())
    with closing(make_engine(loaded.config)) as engine:
        check_subscriptions(loaded, engine)
    check_console(loaded)
    return loaded


def _value(config: Config, setting: Setting) -> str:
    """Return the value of a setting as JSON text; a secret, and a password in a socket, is shown as stars."""
    value = setting.value_in(config)
    if setting.is_secret and value is not None:
        value = "***"
    return msgspec.json.encode(_redacted(value)).decode()


def _redacted(value: object) -> object:
    match value:
        case str():
            return redact_words(value)
        case list() | tuple():
            return [_redacted(item) for item in cast("Sequence[object]", value)]
        case dict():
            return {name: _redacted(item) for name, item in cast("dict[str, object]", value).items()}
        case _:
            return value
