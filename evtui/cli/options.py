"""The arguments and options that several commands share."""

import os
import re
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, get_args

import click

from evtui.cli.late_commands import LateCommands
from evtui.cli.shell.completers import complete_event
from evtui.core.known_versions import ScriptVersion

if TYPE_CHECKING:
    from pathlib import Path

Completer: TypeAlias = Callable[[click.Context, click.Parameter, str], list[str]]

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])

HELP_NAMES: Final = {"help_option_names": ["-h", "--help"]}


class OrderedGroup(click.Group):
    """A group that lists its commands in the order they are written in, some of which are imported late."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.late = LateCommands()
        self.late.update(self.commands)
        self.commands = self.late

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line. What click says of a wrong one is made safe to show, as it repeats what was given."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        try:
            sys.exit(super().main(args, prog_name, complete_var, standalone_mode=False, **extra))
        except click.ClickException as error:
            from evtui.cli.output import click_message

            click_message(error)
            sys.exit(error.exit_code)
        except click.Abort:
            sys.exit(1)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line; options before a command count as behind it."""
        if args and args[0].startswith("-"):
            from evtui.cli.option_places import options_behind_command

            args = options_behind_command(self, args)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        """Return the names of the commands."""
        return [*self.commands]


class ExpireCommand(click.Command):
    """A command with an EXPIRE: a number below zero is a wrong expiry, not an unknown option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; a number below zero ends the program with exit status 2."""
        options = args[: args.index("--")] if "--" in args else args
        for word in options:
            if re.fullmatch(r"-[0-9]+", word):
                from evtui.cli.client_session import EXIT_USAGE, fail
                from evtui.core.errors import BadExpireError

                fail(str(BadExpireError(word)), EXIT_USAGE)
        return super().parse_args(ctx, args)


def argument(name: str, metavar: str, description: str, **settings: Any) -> Callable[[_Decorated], _Decorated]:
    """Add an argument; click 8.5 and later show its help."""
    return click.argument(name, metavar=metavar, help=description, **settings)


def flag(name: str, description: str) -> Callable[[_Decorated], _Decorated]:
    """Add an option without a value."""
    return click.option(name, is_flag=True, help=description)


def text(name: str, metavar: str, description: str, **settings: Any) -> Callable[[_Decorated], _Decorated]:
    """Add an option with a text."""
    return click.option(name, metavar=metavar, help=description, **settings)


class FilePath(click.Path):
    """The path of a file, as a `Path`: pathlib is imported when one is given, as most commands take none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Path":
        """Check the path and return it."""
        from pathlib import Path

        return Path(os.fsdecode(super().convert(value, param, ctx)))


def file(name: str, description: str, *, is_eager: bool = False) -> Callable[[_Decorated], _Decorated]:
    """Add an option with the path of a file."""
    return click.option(name, metavar="FILE", type=FilePath(), help=description, is_eager=is_eager)


# Eager: --profile, which may stand before it, is looked for in this file.
config_file = file("--config", "Read this file instead of evtui.toml in your config directory.", is_eager=True)
frames = click.option(
    "--fps", type=int, metavar="N", help="Draw the screen N times a second, 2 to 30: fewer over a slow connection."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON on standard output.")


class _ServerText(click.types.StringParamType):
    """One server of several; in the variable blanks stand between them, and before a colour."""

    name = "text"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """Split the variable where a blank stands before another server."""
        return _BEFORE_SERVER.split(rv.strip())


_BEFORE_SERVER: Final = re.compile(r"(?<!\s)\s+(?=@|(?:[A-Za-z0-9][\w.-]*=)?(?:fifo|unix|udp|https?|amqps?|kafka):)")

_servers_given = click.option(
    "--mi",
    type=_ServerText(),
    multiple=True,
    envvar="EVTUI_MI",
    show_envvar=True,
    metavar="ADDRESS",
    help="The server: fifo:PATH, unix:PATH, udp:HOST:PORT, http://HOST:PORT/mi; default: your evtui on this host. "
    "May be repeated, as [NAME=]ADDRESS, or @FILE for a list. Without it, the servers of --profile.",
)
_servers_chosen = text("--server", "NAME", "Only this one of those servers; may be repeated.", multiple=True)


PROFILE_META: Final = "evtui.profile"
"""Where the contexts of click hold the name of the profile that was given."""


def has_profile() -> bool:
    """Say whether a profile was chosen for the command that runs."""
    context = click.get_current_context(silent=True)
    return bool(os.environ.get("EVTUI_PROFILE") or (context is not None and context.meta.get(PROFILE_META)))


def servers(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name servers and choose among them; the command gets the addresses of those as `mi`."""

    @wraps(command)
    def with_chosen(*arguments: Any, mi: Sequence[str], server: Sequence[str], **options: Any) -> Any:
        if server or (not mi and has_profile()):
            from evtui.cli.servers.chosen_servers import choose_servers

            mi = choose_servers(mi, server)
        return command(*arguments, mi=mi, **options)

    return _servers_given(_servers_chosen(with_chosen))


sip = text(
    "--sip",
    "udp:HOST:PORT",
    "Receive SIP messages here and run the script's routes with them; sends the script's replies, relays nothing.",
)
as_version = click.option(
    "--as",
    "as_",
    type=click.Choice(get_args(ScriptVersion)),
    help="Read the script by the rules of this version of OpenSIPS; without it as the script shows, else 3.6.",
)
m4 = flag("--m4", "Render script files named ….m4 with m4 first, several of them together.")
event_name = argument("event", "EVENT", "An event, or a wildcard such as E_PIKE_*.", shell_complete=complete_event)
only_event = argument(
    "event",
    "[EVENT]",
    "Only this event, or the events that match a wildcard such as E_PIKE_*.",
    required=False,
    shell_complete=complete_event,
)


def socket_text(complete: Completer) -> Callable[[_Decorated], _Decorated]:
    """Add the argument SOCKET."""
    return argument(
        "socket",
        "SOCKET",
        "The subscriber's address, SCHEME:ADDRESS, such as udp:127.0.0.1:9000; see `evtui transports`.",
        shell_complete=complete,
    )


def parameters(complete: Completer | None) -> Callable[[_Decorated], _Decorated]:
    """Add the arguments that are the parameters of a raise or of a command."""
    return argument(
        "params",
        "[name=text] [name:=json] [text]…",
        "Its parameters: all named or none.",
        nargs=-1,
        required=False,
        shell_complete=complete,
    )


_ENGINE: Final = (
    config_file,
    text("--fifo", "PATH", "Take requests of the management interface on this FIFO."),
    text("--datagram", "SOCKET", "Take them on unix:PATH or udp:HOST:PORT; may be repeated.", multiple=True),
    text("--http", "HOST:PORT", "Take them over HTTP, as POST /mi."),
    text("--service", "HOST:PORT", "Answer GET /healthz and GET /metrics here, over HTTP."),
    text("--web", "HOST:PORT", "Show the console in a browser to those who have a token; prints what to open."),
    text("--web-cert", "FILE", "Encrypt that with this certificate (PEM): HTTPS."),
    text("--web-key", "FILE", "The key of the certificate, when its file has none."),
    text("--event", "NAME", "Publish this event instead of the configured ones; may be repeated.", multiple=True),
    text(
        "--subscribe",
        "'EVENT SOCKET [EXPIRE]'",
        "Subscribe this socket instead of the configured ones, permanently without EXPIRE; may be repeated.",
        multiple=True,
    ),
    text("--payload", "jsonrpc|text", "Payload of datagrams, where the socket does not name one."),
    text("--log-file", "FILE", "Write the log to this file."),
    text("--log-format", "text|json|journal", "Write its lines as text, as JSON, or with priorities for systemd."),
    flag("--read-only", "Refuse every request that changes something."),
    text("--script", "FILE", "Run this routing script; several files are read as one; may be repeated.", multiple=True),
    as_version,
    m4,
    sip,
    text(
        "--record",
        "FILE",
        "Record all that happens into this file, as JSON lines; a name that ends in .gz compresses it.",
    ),
    click.option("--record-size", type=int, metavar="BYTES", help="Begin the next file at this size."),
    click.option("--record-files", type=int, metavar="NUMBER", help="Keep so many files of the recording."),
    text("--ssh", "HOST:PORT", "Show the console over SSH to those whose key is known: ssh -p PORT HOST."),
    text(
        "--authorized-keys",
        "FILE",
        "Who may come in over SSH, and what each may do; else authorized_keys beside evtui.toml.",
    ),
    text("--host-key", "FILE", "The key of the SSH door, made when it is missing."),
    flag("--ssh-me", "Let yourself in over SSH with ~/.ssh/*.pub, as an operator, on loopback only."),
)


def engine_options(command: _Decorated) -> _Decorated:
    """Add the options of the commands that run an engine: the console and `serve`."""
    for option in reversed(_ENGINE):
        command = option(command)
    return command
