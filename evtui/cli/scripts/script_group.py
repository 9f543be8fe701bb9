"""The commands `evtui script …` and their options."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from evtui.cli.options import HELP_NAMES, OrderedGroup, argument, as_json, as_version, file, m4, sip, text
from evtui.core.known_versions import ScriptVersion

_FILES: Final = click.Path(path_type=Path)


@click.group("script", cls=OrderedGroup, no_args_is_help=True, context_settings=HELP_NAMES)
def script_group() -> None:
    """Check and run routing scripts."""


@script_group.command("check", short_help="Show what scripts do with events, and likely mistakes.")
@argument("files", "FILE…", "The scripts, each with what it includes.", nargs=-1, required=True, type=_FILES)
@as_version
@m4
@as_json
def script_check(files: Sequence[Path], as_: ScriptVersion | None, m4: bool, as_json: bool) -> None:
    """Show what scripts do with events, what evtui does not run, and likely mistakes.

    The exit status is 1 when a script does not parse.
    """
    from evtui.cli.scripts import check_script

    check_script.check_files(files, as_, m4=m4, as_json=as_json)


@script_group.command("run", short_help="Run a script here, with SIP messages.")
@argument("files", "FILE…", "The script; several files are read as one.", nargs=-1, required=True, type=_FILES)
@file(
    "--messages",
    "SIP messages for the script, separated by lines of ---. Without such lines a message ends by its Content-Length, "
    "or where the next one begins.",
)
@as_version
@sip
@text("--route", "NAME", "Run this route: 0 for route{}, ACC for route[ACC], or timer_route[x].")
@text("--stat", "NAME=NUMBER", "Set $stat(NAME) to this number; may be repeated.", multiple=True)
@m4
@as_json
def script_run(
    files: Sequence[Path],
    messages: Path | None,
    as_: ScriptVersion | None,
    sip: str | None,
    route: str | None,
    stat: Sequence[str],
    m4: bool,
    as_json: bool,
) -> None:
    """Run a script here: startup_route, then SIP messages. Shows its log, its events and its replies.

    The sockets that it subscribes get its events. It is not a proxy: nothing is relayed.
    """
    from evtui.cli.scripts import script_run as command

    command.run_file(files, messages, as_, sip, route, stat, m4=m4, as_json=as_json)
