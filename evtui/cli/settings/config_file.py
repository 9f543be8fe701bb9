"""`evtui config path`, `check`, `edit` and `schema`: where the configuration file is, and whether it is right."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED, EXIT_USAGE, fail, usage
from evtui.cli.settings.config_show import checked_config
from evtui.cli.settings.profile_option import given_profile, known_profiles
from evtui.codecs.display_text import display_safe
from evtui.codecs.jsonvalue import Members
from evtui.config.chosen_profile import chosen_profile
from evtui.config.json_schema import config_schema
from evtui.config.profiles import DEFAULT_PROFILE
from evtui.config.setting_tree import all_settings
from evtui.config.system_file import SystemSettings, read_system_file
from evtui.core.errors import EvtuiError
from evtui.scripting.program_config import DEFAULT_PLACE, config_place

_HEAD: Final = """\
# The settings of evtui. Each stands here with its default value, behind a #.
# `evtui config check` says what is wrong; docs/settings.md explains the settings.
"""

_PROFILE: Final = """
# A profile: settings that count instead of those above with `evtui --profile NAME`. Tables are named below it.
# [profile.NAME]
# [profile.NAME.ui]"""


def path(file: Path | None, *, as_json: bool) -> None:
    """Print the path of the configuration file, and which rule chose it; as JSON its profiles and the host's file too.

    The file of the host is named when it exists.
    """
    place, origin = config_place(file, os.environ)
    exists = place.is_file()
    chosen = chosen_profile(given_profile(), os.environ)
    with output.quiet_pipe():
        if as_json:
            can_read = exists or origin == DEFAULT_PLACE
            known = [DEFAULT_PROFILE, *(usage(lambda: known_profiles(file)) if can_read else ())]
            members = Members((("path", str(place)), ("origin", origin), ("exists", exists)))
            host = _host_members(usage(lambda: read_system_file(os.environ)))
            output.json_line(Members((*members, ("host", host), ("profile", chosen.name), ("profiles", [*known]))))
            return
        output.data(display_safe(str(place)))
    if not exists:
        output.message("it does not exist: every setting has its default; `evtui config edit` makes it")
    for text in _told_of_host():
        output.message(text)


def check(file: Path | None, *, as_json: bool) -> None:
    """Say whether a run with this configuration would start, or which setting is wrong."""
    wrong = _wrong_setting(file)
    place, _ = config_place(file, os.environ)
    with output.quiet_pipe():
        if as_json:
            lines = list(wrong.lines) if wrong is not None else []
            output.json_line(Members((("path", str(place)), ("ok", wrong is None), ("errors", [*lines]))))
        elif wrong is None:
            output.data(
                display_safe(f"{place}: {'right' if place.is_file() else 'there is no such file: all defaults'}")
            )
    for text in _told_of_host() if wrong is None and not as_json else ():
        output.message(text)
    if wrong is not None:
        for line in wrong.lines if not as_json else ():
            output.message(f"evtui: {line}")
        raise click.exceptions.Exit(EXIT_USAGE)


def _host_members(host: SystemSettings) -> Members:
    path = None if host.path is None else str(host.path)
    return Members((("path", path), ("counts", host.tree is not None), ("notice", host.notice)))


def _told_of_host() -> Iterator[str]:
    """Name the file of the host when it exists, or say why it does not count."""
    try:
        host = read_system_file(os.environ)
    except EvtuiError as error:
        yield f"evtui: {error}"
        return
    if host.tree is not None:
        yield display_safe(f"{host.path}: settings of the host, which count less")
    elif host.notice:
        yield display_safe(host.notice)


def edit(file: Path | None) -> None:
    """Open the configuration file in the user's editor, and check it afterwards. A missing one is made first."""
    place, _ = config_place(file, os.environ)
    if not (os.environ.get("VISUAL") or os.environ.get("EDITOR") or (os.isatty(0) and os.isatty(1))):
        fail("an editor needs a terminal; name one that needs none in EDITOR", EXIT_USAGE)
    try:
        _make(place)
    except OSError as error:
        fail(f"{place}: {error.strerror or error}", EXIT_REFUSED)
    while True:
        try:
            click.edit(filename=str(place))
        except click.ClickException as error:
            fail(error.format_message(), EXIT_REFUSED)
        wrong = _wrong_setting(file)
        if wrong is None:
            output.message(f"{place}: right; a running server reads it at its next start, or at SIGHUP")
            return
        for line in wrong.lines:
            output.message(f"evtui: {line}")
        if not sys.stdin.isatty() or not click.confirm("Edit it again?", default=True, err=True):
            raise click.exceptions.Exit(EXIT_USAGE)


def schema() -> None:
    """Print the JSON Schema of the configuration file."""
    with output.quiet_pipe():
        output.data(json.dumps(config_schema(), indent=2))


def _wrong_setting(file: Path | None) -> EvtuiError | None:
    """Return what is wrong with the profile that is chosen; when none is, with the default or any other."""
    try:
        chosen = chosen_profile(given_profile(), os.environ)
        checked_config(file)
        for name in known_profiles(file) if chosen.origin == "default" else ():
            checked_config(file, name)
    except EvtuiError as error:
        return error
    return None


def _make(place: Path) -> None:
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    place.touch(mode=0o600)  # it may get tokens and passwords
    place.write_text(_template(), encoding="utf-8")


def _template() -> str:
    """Write every setting as a comment, below the table that holds it."""
    lines, table = [_HEAD], ""
    for setting in sorted(all_settings(), key=lambda item: item.path.count(".") > 0):
        parent, _, name = setting.path.rpartition(".")
        if parent != table:
            lines.append(f"\n[{parent}]")
            table = parent
        lines.append(f"# {setting.expected}\n# {name} = {_toml(setting.default)}")
    lines.append(_PROFILE)
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """Write the default of a setting; one without a default as an empty text."""
    match value:
        case None:
            return '""'
        case dict():
            return "{}"  # no setting has a table that is not empty
        case _:
            return json.dumps(value, ensure_ascii=False)  # TOML writes these as JSON does
