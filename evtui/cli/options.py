"""The options that several commands share."""

import re
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from typer.core import TyperCommand

ConfigFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Read this file instead of evtui.toml in your config directory."),
]
Fifo: TypeAlias = Annotated[str | None, typer.Option("--fifo", metavar="PATH", help="Listen on this FIFO.")]
Datagram: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--datagram", metavar="SOCKET", help="Listen on unix:PATH or udp:HOST:PORT; may be repeated."),
]
Http: TypeAlias = Annotated[str | None, typer.Option("--http", metavar="HOST:PORT", help="Listen for POST /mi.")]
PublishEvent: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--event", metavar="NAME", help="Publish this event, not the configured ones; may be repeated."),
]
Subscribe: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--subscribe",
        metavar="'EVENT SOCKET [EXPIRE]'",
        help="Subscribe this socket, for ever without EXPIRE, not the configured ones; may be repeated.",
    ),
]
PayloadName: TypeAlias = Annotated[
    str | None, typer.Option("--payload", metavar="jsonrpc|text", help="What datagrams hold unless a socket says it.")
]
ScriptFiles: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--script", metavar="FILE", help="Run this routing script; several files are read as one; may be repeated."
    ),
]
Sip: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--sip",
        metavar="udp:HOST:PORT",
        help="SIP messages that come here run the script's routes; it sends the replies they ask for and is no proxy.",
    ),
]
LogFile: TypeAlias = Annotated[str | None, typer.Option("--log-file", metavar="FILE", help="Write the log here.")]
ReadOnly: TypeAlias = Annotated[bool, typer.Option("--read-only", help="Refuse everything that changes anything.")]

Server: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--mi",
        envvar="EVTUI_MI",
        metavar="ADDRESS",
        help="The server: fifo:PATH, unix:PATH, udp:HOST:PORT, http://HOST:PORT/mi; default: the evtui here.",
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Write JSON on standard output.")]
EventName: TypeAlias = Annotated[str, typer.Argument(metavar="EVENT", help="An event, or a wildcard such as E_PIKE_*.")]
OnlyEvent: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="[EVENT]", help="Only this event, or those a wildcard such as E_PIKE_* matches.")
]
SocketText: TypeAlias = Annotated[str, typer.Argument(metavar="SOCKET", help="udp:HOST:PORT or unix:PATH.")]


class ExpireCommand(TyperCommand):
    """A command with an EXPIRE: a number below zero is a wrong one, not an option nobody knows."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments."""
        options = args[: args.index("--")] if "--" in args else args
        for word in options:
            if re.fullmatch(r"-[0-9]+", word):
                from evtui.cli.client_session import EXIT_USAGE, fail
                from evtui.core.errors import BadExpireError

                fail(str(BadExpireError(word)), EXIT_USAGE)
        return super().parse_args(ctx, args)
