"""The options that several commands share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

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
