"""The commands and their options; what they do is imported when one runs, so that help is quick."""

from pathlib import Path
from typing import Annotated

import typer

from evtui.cli.options import (
    AsJson,
    ConfigFile,
    Datagram,
    EventName,
    ExpireCommand,
    Fifo,
    Http,
    LogFile,
    OnlyEvent,
    PayloadName,
    PublishEvent,
    ReadOnly,
    ScriptFiles,
    Server,
    Sip,
    SocketText,
    Subscribe,
)

app = typer.Typer(
    name="evtui",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
config_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="The configuration.")
app.add_typer(config_app, name="config")
script_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Routing scripts.")
app.add_typer(script_app, name="script")


@app.callback(invoke_without_command=True)
def console(
    context: typer.Context,
    config: ConfigFile = None,
    fifo: Fifo = None,
    datagram: Datagram = None,
    http: Http = None,
    event: PublishEvent = None,
    subscribe: Subscribe = None,
    payload: PayloadName = None,
    log_file: LogFile = None,
    read_only: ReadOnly = False,
    script: ScriptFiles = None,
    sip: Sip = None,
    demo: Annotated[bool, typer.Option("--demo", help="Run a marked traffic generator over loopback sockets.")] = False,
    mi: Annotated[
        str | None,
        typer.Option(
            "--mi",
            metavar="ADDRESS",
            help="Attach to this server instead of an engine of our own, or to what servers publish to RabbitMQ: "
            "amqp://USER:PASSWORD@HOST/VHOST?exchange=NAME&key=BINDING.",
        ),
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Show events as they happen: without a command, the console on an engine of its own."""
    from evtui.cli import launch as running

    given = running.given(
        fifo=fifo, datagram=datagram, http=http, event=event, subscribe=subscribe, payload=payload, log_file=log_file,
        read_only=read_only, script=script, sip=sip,
    )  # fmt: skip
    if context.invoked_subcommand is not None:
        running.refuse_misplaced(context.invoked_subcommand, given, config=config, demo=demo, mi=mi)
    elif version:
        running.print_version()
    else:
        running.run_console(given, config, demo=demo, mi=mi)


@app.command()
def serve(
    config: ConfigFile = None,
    fifo: Fifo = None,
    datagram: Datagram = None,
    http: Http = None,
    event: PublishEvent = None,
    subscribe: Subscribe = None,
    payload: PayloadName = None,
    log_file: LogFile = None,
    read_only: ReadOnly = False,
    script: ScriptFiles = None,
    sip: Sip = None,
) -> None:
    """Run the engine without a console; prints a line per listener when ready."""
    from evtui.cli import launch as running

    given = running.given(
        fifo=fifo, datagram=datagram, http=http, event=event, subscribe=subscribe, payload=payload, log_file=log_file,
        read_only=read_only, script=script, sip=sip,
    )  # fmt: skip
    running.run_serve(given, config)


@app.command()
def events(event: OnlyEvent = None, mi: Server = None, json: AsJson = False) -> None:
    """List the events of a server."""
    from evtui.cli import query as asking

    asking.events(event, mi, as_json=json)


@app.command()
def subscribers(event: OnlyEvent = None, mi: Server = None, json: AsJson = False) -> None:
    """List the subscriptions of a server."""
    from evtui.cli import query as asking

    asking.subscribers(event, mi, as_json=json)


@app.command()
def queues(mi: Server = None, json: AsJson = False) -> None:
    """List what waits for each destination of a server, for how long, and how the destination does."""
    from evtui.cli import transport_tables as listing

    listing.queues(mi, as_json=json)


@app.command()
def transports(mi: Server = None, json: AsJson = False) -> None:
    """List the sockets a server understands: scheme, grammar, options, an example."""
    from evtui.cli import transport_tables as listing

    listing.transports(mi, as_json=json)


@app.command(cls=ExpireCommand)
def subscribe(
    event: EventName,
    socket: SocketText,
    expire: Annotated[str, typer.Argument(metavar="[EXPIRE]", help="Seconds; 0 unsubscribes.")] = "3600",
    mi: Server = None,
    json: AsJson = False,
) -> None:
    """Subscribe a socket to an event, or refresh it."""
    from evtui.cli import query as asking

    asking.subscribe(event, socket, expire, mi, as_json=json)


@app.command()
def unsubscribe(event: EventName, socket: SocketText, mi: Server = None, json: AsJson = False) -> None:
    """End a subscription."""
    from evtui.cli import query as asking

    asking.subscribe(event, socket, "0", mi, as_json=json)


@app.command("raise")
def raise_event(
    event: Annotated[str | None, typer.Argument(metavar="EVENT", help="The event to raise.")] = None,
    params: Annotated[
        list[str] | None,
        typer.Argument(metavar="[name=text] [name:=json] [text]…", help="Its parameters: all named or none."),
    ] = None,
    stdin_jsonl: Annotated[
        bool,
        typer.Option(
            "--stdin-jsonl",
            help='Raise one event a line of standard input: {"event":…,"params":…}, or only params after EVENT.',
        ),
    ] = False,
    mi: Server = None,
    json: AsJson = False,
) -> None:
    """Raise an event."""
    from evtui.cli import raise_event as raising

    if stdin_jsonl:
        raising.raise_lines(event, params or [], mi, as_json=json)
    else:
        raising.raise_one(event, params or [], mi, as_json=json)


@app.command()
def tail(
    events: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[amqp://…] [EVENT]…",
            help="Events or wildcards; all of them when none is named. After an address "
            "amqp://USER:PASSWORD@HOST/VHOST?exchange=NAME&key=BINDING, those that servers publish to RabbitMQ.",
        ),
    ] = None,
    socket: Annotated[
        str | None,
        typer.Option(
            "--socket", metavar="SOCKET", help="Receive here: udp:HOST:PORT or unix:PATH; default: a free UDP port."
        ),
    ] = None,
    expire: Annotated[
        int, typer.Option("--expire", min=3, help="Seconds to subscribe for; renewed at two thirds.")
    ] = 60,
    mi: Server = None,
    json: AsJson = False,
) -> None:
    """Show notifications as they arrive: on a socket of our own, unsubscribed on exit, or from RabbitMQ."""
    from evtui.cli import tail as tailing

    tailing.tail(events or [], socket, expire, mi, as_json=json)


@app.command("mi")
def mi_call(
    method: Annotated[str, typer.Argument(metavar="METHOD", help="The command, as `which` lists it.")],
    params: Annotated[
        list[str] | None,
        typer.Argument(metavar="[name=text] [name:=json] [text]…", help="Its parameters: all named or none."),
    ] = None,
    mi: Server = None,
    json: AsJson = False,
) -> None:
    """Call any command of the management interface."""
    from evtui.cli import query as asking

    asking.call(method, params or [], mi, as_json=json)


@app.command()
def version() -> None:
    """Print the version."""
    from evtui.cli import launch as running

    running.print_version()


@config_app.command("show")
def config_show(
    config: ConfigFile = None,
    json: AsJson = False,
) -> None:
    """Print every setting, its value and where it comes from."""
    from evtui.cli import config_show as settings

    settings.show(config, as_json=json)


@script_app.command("check")
def script_check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="The scripts, each with what it includes.")],
    json: AsJson = False,
) -> None:
    """Show what scripts do with events, what evtui does not run, and likely mistakes; 1 when one does not parse."""
    from evtui.cli import check_script as scripting

    scripting.check_files(files, as_json=json)


@script_app.command("run")
def script_run(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="The script; several files are read as one.")],
    messages: Annotated[
        Path | None,
        typer.Option(
            "--messages",
            metavar="FILE",
            help="SIP messages to run through it: between lines of ---, or each as long as its Content-Length says, "
            "without one until the next begins.",
        ),
    ] = None,
    sip: Sip = None,
    route: Annotated[
        str | None,
        typer.Option(
            "--route", metavar="NAME", help="Run this route: 0 for route{}, ACC for route[ACC], or timer_route[x]."
        ),
    ] = None,
    stat: Annotated[
        list[str] | None, typer.Option("--stat", metavar="NAME=NUMBER", help="What $stat(NAME) is; may be repeated.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Run a script here: startup_route, then SIP messages; shows its log, its events and the replies it asks for.

    The sockets it subscribes get its events. It is no proxy: nothing is relayed.
    """
    from evtui.cli import script_run as trying

    trying.run_file(files, messages, sip, route, stat or [], as_json=json)
