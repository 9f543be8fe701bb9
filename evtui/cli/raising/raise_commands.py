"""The commands that raise, with their options. What a command does is imported when it runs, so that help is quick."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from evtui.cli.options import HELP_NAMES, FilePath, OrderedGroup, argument, as_json, flag, parameters, servers, text
from evtui.cli.shell.completers import complete_event, complete_parameter, complete_subscribed_socket

if TYPE_CHECKING:
    from pathlib import Path


@click.command("replay", short_help="Raise again what a recording holds.")
@argument("file", "FILE", "The recording.", type=FilePath())
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    metavar="N",
    help="Raise N times as fast as it was.",
)
@click.option("--max", "is_fast", is_flag=True, help="Raise as fast as the raises are accepted.")
@click.option("--to", "socket", metavar="SOCKET", help="Send to this socket, without a server.")
@click.option("--filter", "text", metavar="EXPR", help="Raise only what a filter shows: 'event~PIKE and ip=192.0.2.*'.")
@servers
@as_json
def replay(
    file: "Path",
    speed: float,
    is_fast: bool,
    socket: str | None,
    text: str | None,
    mi: Sequence[str],
    as_json: bool,
) -> None:
    """Raise again what a recording holds: each raise once, however many subscribers it had, in its own time.

    Refused raises are left out. ctrl+c ends it and tells how many were raised.
    """
    from evtui.cli.raising import replay as command

    source = click.get_current_context().get_parameter_source("mi")
    if socket is not None and source is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("--to and --mi exclude each other: a socket gets the notifications, or a server raises.")

    asked = command.ReplayOptions(None if is_fast else speed, socket, text)
    command.replay(file, asked, mi, as_json=as_json)


@click.command("raise", short_help="Raise an event: once, again and again, or for each line of a file.")
@argument("event", "EVENT", "The event to raise.", required=False, shell_complete=complete_event)
@parameters(complete_parameter)
@click.option(
    "--repeat",
    type=click.IntRange(min=1),
    metavar="N",
    help="Raise it N times; {n} in a value is the number of the raise.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="R",
    help="With --repeat and --from: at most R raises a second.",
)
@click.option(
    "--from",
    "file",
    metavar="FILE",
    type=FilePath(allow_dash=True),
    help="Raise an event for each line of a CSV or JSONL file, - for standard input: columns or members are the "
    "attributes, `event` chooses the event.",
)
@text("--template", "NAME", "Raise this template; words replace or add parameters. See `evtui templates list`.")
@flag("--last", "Raise again what was raised last from a form or a terminal; words replace or add parameters.")
@flag("--history", "Print what was raised from forms and terminals, and raise nothing.")
@flag(
    "--stdin-jsonl",
    'Raise an event for each line of standard input: {"event":…,"params":…}, or only params after EVENT.',
)
@servers
@as_json
def raise_event(
    event: str | None,
    params: Sequence[str],
    repeat: int | None,
    rate: float | None,
    file: "Path | None",
    template: str | None,
    last: bool,
    history: bool,
    stdin_jsonl: bool,
    mi: Sequence[str],
    as_json: bool,
) -> None:
    """Raise an event: once, --repeat N times, or for each line of a file.

    Values may hold {n} {uuid} {now} {rand:1-100} {choice:a|b}, filled anew at each raise; {{n} is the text {n}.
    """
    from evtui.cli import raise_event as command

    asked = command.RaiseOptions(repeat, rate, file, stdin_jsonl, template, last, history)
    command.raise_as_asked(event, params, asked, mi, as_json=as_json)


@click.command("test", short_help="Send one test notification to one subscriber alone.")
@argument("socket", "SOCKET", "The subscriber.", shell_complete=complete_subscribed_socket)
@parameters(complete_parameter)
@text("--event", "EVENT", "The event; needed when the socket is subscribed to several.", shell_complete=complete_event)
@servers
@as_json
def test_command(socket: str, params: Sequence[str], event: str | None, mi: Sequence[str], as_json: bool) -> None:
    """Send one test notification to one subscriber alone, and say what became of it. The event is not raised.

    It holds evtui=test, or the parameters that are given. It takes the way of a real one, with queue and retries.
    """
    from evtui.cli.raising import one_subscriber as command

    command.test(socket, event, params, mi, as_json=as_json)


@click.group("templates", cls=OrderedGroup, no_args_is_help=True, context_settings=HELP_NAMES)
def templates_group() -> None:
    """List and show the templates of raises: files in your config directory."""


@templates_group.command("list")
@as_json
def templates_list(as_json: bool) -> None:
    """List the templates: name, event, parameters, description."""
    from evtui.cli.raising import raise_sources

    raise_sources.list_templates(as_json=as_json)


@templates_group.command("show")
@argument("name", "NAME", "The name of the template: its file is templates/NAME.toml in your config directory.")
@as_json
def templates_show(name: str, as_json: bool) -> None:
    """Print a template as the command that raises it."""
    from evtui.cli.raising import raise_sources

    raise_sources.show_template(name, as_json=as_json)
