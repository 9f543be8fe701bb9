"""The option --profile of every command: which part of the configuration file counts, and whose memory is used."""

import os
from typing import TYPE_CHECKING, Final

import click

from evtui.cli.options import PROFILE_META, OrderedGroup, has_profile

if TYPE_CHECKING:
    from pathlib import Path

_READ_IT_THEMSELVES: Final = {"config check", "config edit", "doctor"}
"""Commands that report, or let mend, what is wrong with the configuration: they begin with an unknown profile too."""


def add_profile_option(app: OrderedGroup) -> None:
    """Give the option to a program and to each of its commands, so that it may stand before or behind their names."""
    _add(app)
    app.late.complete(_add_below)


def _add_below(command: click.Command) -> None:
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _add_below(below)
    else:
        _add(command)


def _add(command: click.Command) -> None:
    command.params.append(
        click.Option(
            ["--profile"],
            metavar="NAME",
            expose_value=False,
            callback=_take,
            shell_complete=_complete,
            help="Use the settings of [profile.NAME] over the others of the file, and the memory of that profile; "
            "default: EVTUI_PROFILE.",
        )
    )


def given_profile() -> str | None:
    """Return the name that was given to the command that runs, None when none was."""
    context = click.get_current_context(silent=True)
    return None if context is None else context.meta.get(PROFILE_META)


def known_profiles(file: "Path | None") -> list[str]:
    """List the profiles of the configuration file, which may be missing, and of the file of the host.

    raises BadSettingError: a file cannot be read, or has a profile that cannot be one.
    """
    from evtui.config.profiles import split_profiles
    from evtui.config.setting_sources import read_tree
    from evtui.config.system_file import read_system_file
    from evtui.scripting.program_config import DEFAULT_PLACE, config_place

    place, origin = config_place(file, os.environ)
    system = read_system_file(os.environ)
    names = dict.fromkeys(split_profiles(system.tree, system.origin)[1] if system.tree is not None else ())
    if origin != DEFAULT_PLACE or place.exists():
        names |= dict.fromkeys(split_profiles(read_tree(place), f"file:{place}")[1])
    return [*names]


def _take(context: click.Context, _option: click.Parameter, name: str | None) -> None:
    """Keep the name for the command, and end the program with exit status 2 when there is no such profile."""
    if name is not None:
        context.meta[PROFILE_META] = name
    command = context.command
    if context.resilient_parsing or isinstance(command, click.Group) or _path(context) in _READ_IT_THEMSELVES:
        return  # the console reads the configuration itself, and the other groups run nothing
    if not has_profile():
        return  # the usual case: the configuration is not looked at
    from evtui.cli.client_session import usage

    usage(lambda: _check(context.params.get("config")))


def _check(file: "Path | None") -> None:
    from evtui.config.chosen_profile import chosen_profile
    from evtui.config.profiles import check_known
    from evtui.scripting.program_config import config_place

    chosen = chosen_profile(given_profile(), os.environ)
    place, _ = config_place(file, os.environ)
    shown = str(place) if place.exists() else f"{place}, which does not exist,"
    check_known(chosen.name, known_profiles(file), chosen.origin, shown)


def _path(context: click.Context) -> str:
    """Return the command with its groups, such as `config check`."""
    return context.command_path.partition(" ")[2]


def _complete(context: click.Context, _option: click.Parameter, incomplete: str) -> list[str]:
    """Offer the profiles of the configuration file that the line names; one that is wrong has none."""
    from evtui.cli.shell.completion_values import matching
    from evtui.config.profiles import DEFAULT_PROFILE
    from evtui.core.errors import EvtuiError

    try:
        names = known_profiles(context.params.get("config"))
    except EvtuiError:
        return []
    return matching([DEFAULT_PROFILE, *names], incomplete)
