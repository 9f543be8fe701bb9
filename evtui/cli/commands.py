"""The commands and their options. What a command does is imported when it runs, so that help is quick."""

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from evtui.cli.options import (
    HELP_NAMES,
    ExpireCommand,
    FilePath,
    OrderedGroup,
    argument,
    as_json,
    config_file,
    engine_options,
    event_name,
    flag,
    frames,
    only_event,
    parameters,
    servers,
    socket_text,
    text,
)
from evtui.cli.settings.profile_option import add_profile_option
from evtui.cli.shell.completers import (
    complete_event,
    complete_method,
    complete_socket,
    complete_subscribed_socket,
)

if TYPE_CHECKING:
    from pathlib import Path


@click.group(name="evtui", cls=OrderedGroup, context_settings=HELP_NAMES, invoke_without_command=True)
@engine_options
@frames
@flag("--demo", "Run a marked traffic generator over loopback sockets.")
@text(
    "--mi",
    "ADDRESS",
    "Attach to this server instead of running an engine, or read what servers publish: to RabbitMQ, "
    "amqp://USER:PASSWORD@HOST/VHOST?exchange=NAME&key=BINDING, or to Kafka, kafka://HOST:PORT/TOPIC?group=NAME. "
    "May be repeated, as [NAME=]ADDRESS, or @FILE for a list: several servers are shown as one.",
    multiple=True,
)
@click.option("-V", "--version", is_flag=True, help="Print the version.")
@click.pass_context
def app(
    context: click.Context, /, config: "Path | None", demo: bool, mi: Sequence[str], version: bool, **options: object
) -> None:
    """Show events as they happen: without a command, the console on an engine of its own."""
    if context.invoked_subcommand is not None and not any((config, demo, mi, *options.values())):
        return  # the usual case: a command, which needs nothing of what runs the console
    if context.invoked_subcommand is None and version:
        from evtui.cli.doctor import program_versions

        program_versions.print_version()
        return
    gc.disable()  # what follows enables it when all is imported
    from evtui.cli import launch

    given = launch.given(**options)
    if context.invoked_subcommand is not None:
        launch.refuse_misplaced(context.invoked_subcommand, given, config=config, demo=demo, mi=mi)
    else:
        launch.run_console(given, config, demo=demo, mi=mi)


@app.command(short_help="Run the engine without a console.")
@engine_options
def serve(config: "Path | None", **options: object) -> None:
    """Run the engine without a console. When it is ready, it prints a line for each listener."""
    gc.disable()  # what follows enables it when all is imported
    from evtui.cli import launch

    launch.run_serve(launch.given(**options), config)


@app.command()
@only_event
@servers
@as_json
def events(event: str | None, mi: Sequence[str], as_json: bool) -> None:
    """List the events of a server."""
    from evtui.cli.tables import listings

    listings.events(event, mi, as_json=as_json)


@app.command()
@only_event
@servers
@as_json
def subscribers(event: str | None, mi: Sequence[str], as_json: bool) -> None:
    """List the subscriptions of a server."""
    from evtui.cli.tables import listings

    listings.subscribers(event, mi, as_json=as_json)


@app.command(short_help="Say why a socket got an event, or why it did not.")
@click.argument("event", shell_complete=complete_event)
@click.argument("socket", default="", shell_complete=complete_subscribed_socket)
@servers
@as_json
def why(event: str, socket: str, mi: Sequence[str], as_json: bool) -> None:
    """Say why a socket got an event, or why it did not: a timeline of both, with causes and what to do.

    Without SOCKET, that is told whose subscription to the event changed last.
    """
    from evtui.cli import why as command

    command.why(event, socket, mi, as_json=as_json)


@app.command(short_help="List what waits for each destination of a server.")
@servers
@as_json
def queues(mi: Sequence[str], as_json: bool) -> None:
    """List the queue of each destination of a server: what waits in it, for how long, and its state."""
    from evtui.cli.tables import transport_tables

    transport_tables.queues(mi, as_json=as_json)


@app.command(short_help="List who watches a server through its doors, or end a session.")
@click.option("--end", type=click.IntRange(min=1), metavar="NUMBER", help="End the session of this number.")
@servers
@as_json
def sessions(end: int | None, mi: Sequence[str], as_json: bool) -> None:
    """List the sessions of viewers: who watches a server over SSH, from where, and since when; or end one."""
    from evtui.cli.tables import session_tables

    if end is None:
        session_tables.list_sessions(mi, as_json=as_json)
    else:
        session_tables.end_session(end, mi, as_json=as_json)


@app.command(short_help="Say what a server did: raises, deliveries, and what stands out.")
@click.option(
    "--over",
    type=click.FloatRange(0.1, 3600.0),
    metavar="SECONDS",
    help="Measure for so long; without it, since the server's start.",
)
@click.option(
    "--top", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", help="Lines of each table."
)
@servers
@as_json
def statistics(over: float | None, top: int, mi: Sequence[str], as_json: bool) -> None:
    """Say what a server did: numbers and rates of raises and deliveries, and what stands out.

    Tables of the events with most raises, the subscribers that are slowest or fail, and the deepest queues.
    """
    from evtui.cli.tables import statistics_tables

    statistics_tables.statistics(mi, over=over, top=top, as_json=as_json)


@app.command(short_help="List the sockets that a server understands.")
@servers
@as_json
def transports(mi: Sequence[str], as_json: bool) -> None:
    """List the sockets that a server understands: scheme, grammar, options, an example."""
    from evtui.cli.tables import transport_tables

    transport_tables.transports(mi, as_json=as_json)


@app.command(cls=ExpireCommand)
@event_name
@socket_text(complete_socket)
@argument("expire", "[EXPIRE]", "Seconds; 0 unsubscribes; default: 3600.", default="3600")
@servers
@as_json
def subscribe(event: str, socket: str, expire: str, mi: Sequence[str], as_json: bool) -> None:
    """Subscribe a socket to an event, or refresh it."""
    from evtui.cli import query

    query.subscribe(event, socket, expire, mi, as_json=as_json)


@app.command()
@event_name
@socket_text(complete_subscribed_socket)
@servers
@as_json
def unsubscribe(event: str, socket: str, mi: Sequence[str], as_json: bool) -> None:
    """End a subscription."""
    from evtui.cli import query

    query.subscribe(event, socket, "0", mi, as_json=as_json)


_RAISING: Final = "evtui.cli.raising.raise_commands"
app.late.add(
    raise_=f"{_RAISING}:raise_event",
    replay=f"{_RAISING}:replay",
    test=f"{_RAISING}:test_command",
    templates=f"{_RAISING}:templates_group",
)


@app.command(short_help="Show notifications as they arrive.")
@argument(
    "events",
    "[amqp://…|kafka://…] [EVENT]…",
    "Events or wildcards; all of them when none is named. After an address "
    "amqp://USER:PASSWORD@HOST/VHOST?exchange=NAME&key=BINDING, those that servers publish to RabbitMQ; after "
    "kafka://HOST:PORT/TOPIC?group=NAME, to Kafka.",
    nargs=-1,
    required=False,
    shell_complete=complete_event,
)
@text("--socket", "SOCKET", "Subscribe this socket: udp:HOST:PORT or unix:PATH; else, where one is needed, a UDP port.")
@click.option(
    "--expire",
    type=click.IntRange(min=3),
    metavar="SECONDS",
    help="Subscribe a socket for so many seconds, by default 60, and renew it at two thirds.",
)
@click.option(
    "--filter",
    "wanted",
    metavar="EXPR",
    help="Only those that this filter shows, such as 'event~PIKE and not ip=192.0.2.*'.",
)
@text("--since", "TIME", "Begin with what the server remembers since then: 90s, 10m, 2h, 14:05; only evtui does.")
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV on standard output, its columns in the first line.")
@servers
@as_json
def tail(
    events: Sequence[str],
    socket: str | None,
    expire: int | None,
    wanted: str | None,
    since: str | None,
    as_csv: bool,
    mi: Sequence[str],
    as_json: bool,
) -> None:
    """Show events as they are raised.

    An evtui tells them without a subscription, also those without subscribers. At another server, or with --socket or
    --expire, a socket is subscribed, which is unsubscribed at the end. RabbitMQ and Kafka deliver what servers publish.
    """
    from evtui.cli.tail import tail_command as command
    from evtui.cli.tail.tail_output import TailLines

    lines = TailLines(as_json=as_json, as_csv=as_csv)
    command.tail(events, socket, expire, mi, wanted=wanted, since=since, lines=lines)


@app.command("open", short_help="Show a recording in the console.")
@click.argument("file", type=FilePath())
@text("--at", "TIME", "Begin there: 14:02:11, 2026-11-30 14:02, +30s, 50%, end.")
@click.option("--speed", type=click.FloatRange(0.25, 100), default=1.0, metavar="N", help="0.25 to 100 times as fast.")
@flag("--paused", "Stand still at first.")
@config_file
@frames
def open_file(file: "Path", at: str | None, speed: float, paused: bool, config: "Path | None", fps: int | None) -> None:
    """Show a recording in the console, with catalogue, subscribers and queues as they were. Nothing can be changed."""
    gc.disable()  # what follows enables it when all is imported
    from evtui.cli import launch

    launch.run_recording(file, launch.given(fps=fps), config, at=at, speed=speed, is_paused=paused)


@app.command("mi")
@argument("method", "METHOD", "The command, as `which` lists it.", shell_complete=complete_method)
@parameters(None)
@servers
@as_json
def mi_call(method: str, params: Sequence[str], mi: Sequence[str], as_json: bool) -> None:
    """Call any command of the management interface."""
    from evtui.cli import query

    query.call(method, [*params], mi, as_json=as_json)


@app.command()
@as_json
def version(as_json: bool) -> None:
    """Print the version; with --json those of Python and of the libraries too."""
    from evtui.cli.doctor import program_versions

    program_versions.print_version(as_json=as_json)


@app.command()
@argument("shell", "bash|zsh|fish", "The shell.", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Print the script with which a shell completes commands, options, events and sockets."""
    from evtui.cli.shell import shell_completion

    shell_completion.print_script(app, shell)


@app.command(short_help="Check this host: terminal, configuration, listeners, destinations.")
@config_file
@as_json
def doctor(config: "Path | None", as_json: bool) -> None:
    """Check this host, and say what to do about what does not work.

    It looks at the terminal, the configuration, directories, listeners, destinations and name servers. Nothing is sent
    but a question to the evtui that runs here. The exit status is 1 when something is wrong.
    """
    from evtui.cli.doctor import report

    report.doctor(config, as_json=as_json)


@app.command()
def man() -> None:
    """Print the manual page: `evtui man | man -l -` shows it."""
    from evtui.cli.shell import man_page

    man_page.print_page(app)


app.late.add(
    config="evtui.cli.settings.config_group:config_group",
    script="evtui.cli.scripts.script_group:script_group",
    rules="evtui.cli.rules.rules_group:rules_group",
)
add_profile_option(app)
