"""The commands `transports` and `queues`: the schemes of a server and its outboxes, as tables."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from evtui.backends.remote.reply_members import member_int, member_number, member_text, members_of
from evtui.backends.remote.server_listings import transport_infos
from evtui.backends.remote.subscription_requests import is_evtui
from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.cli.client_session import run
from evtui.codecs.display_text import UNTOLD, display_safe
from evtui.codecs.jsonvalue import Json, Members
from evtui.config.schema import Config
from evtui.core.errors import UnsupportedError
from evtui.core.ports import Status
from evtui.core.transport import TransportInfo
from evtui.mi.commands.event_commands import describe_transport


def queues(mi: str | None, *, as_json: bool) -> None:
    """List the outbox of each destination, from `queues_list`."""

    async def work(server: AttachedServer) -> None:
        reply = await ask_evtui(server, "queues_list")
        found, set_aside = members_of(reply, "Queues"), _set_aside(reply)
        if as_json:
            output.json_line(list(found))
        elif found:
            titles = ("socket", "queued", "oldest", "state", "delivered", "failed", "dropped", "last error")
            output.table(titles, [tuple(_queue(item)) for item in found], right=(1, 2, 4, 5, 6))
        else:
            output.message("no queues: no subscriber has a queued transport")
        if not as_json and (said := queue_use_text(await server.backend.status())):
            output.message(said)
        if set_aside:
            output.message(f"the spool keeps {set_aside:,} damaged notifications apart, in its table set_aside")

    run(mi, work)


async def ask_evtui(server: AttachedServer, command: str, params: list[Json] | None = None) -> Json:
    """Call a command that only evtui has.

    raises UnsupportedError: the server is not evtui, which would log an error.
    """
    if not await is_evtui(server.client):
        raise UnsupportedError(f"{server.client.address}: this server has no {command}: only evtui has")
    return await server.client.call(command, params)


def queue_use_text(status: Status) -> str:
    """Say how full all queues together are, when that matters: half full, or something was lost because of it."""
    use = status.queue_use
    if not use.overflows and (not use.limit or 2 * use.bytes < use.limit):
        return ""
    held = f"all queues together hold {use.bytes:,} of {use.limit:,} bytes (engine.queue_bytes)"
    return f"{held}; {use.overflows:,} notifications were lost because they were full" if use.overflows else held


def transports(mi: str | None, *, as_json: bool) -> None:
    """List the schemes a socket can have, each with its grammar, options and an example.

    They are those of the server; when none is named and none runs, those of this evtui.
    """

    async def work(server: AttachedServer) -> None:
        _print_transports(
            transport_infos(await ask_evtui(server, "transports_list"), server.client.schemes), as_json=as_json
        )

    run(mi, work, alone=lambda: _print_transports(_own_transports(), as_json=as_json))


def _set_aside(reply: Json) -> int:
    spool = dict(reply).get("Spool") if isinstance(reply, Members) else None
    return member_int(spool, "set_aside") if isinstance(spool, Members) else 0


def _own_transports() -> Sequence[TransportInfo]:
    from evtui.bootstrap.engine_setup import make_engine  # imported here, because the other commands need no engine

    with closing(make_engine(Config())) as engine:
        return engine.transport_infos()


def _print_transports(infos: Sequence[TransportInfo], *, as_json: bool) -> None:
    if as_json:
        output.json_line([_members(info) for info in infos])
        return
    for info in infos:
        output.data(display_safe(f"{info.scheme}: {info.description}"))
        output.data(display_safe(f"  {info.grammar}"))
        for option in info.options:
            output.data(display_safe(f"    {option}"))
        output.data(display_safe(f"  as {info.example}"))


def _members(info: TransportInfo) -> Members:
    return Members((name, value if isinstance(value, str) else [*value]) for name, value in describe_transport(info))


def _queue(item: Members) -> Iterator[str]:
    queued = member_int(item, "queued")
    yield member_text(item, "socket")
    yield _told(item, "queued")
    yield f"{member_number(item, 'age'):.1f} s" if queued else ""
    yield _state(item)
    for name in ("delivered", "failed", "dropped"):
        yield _told(item, name)
    yield member_text(item, "last_error")


def _told(item: Members, name: str) -> str:
    """Write a count; one that the server does not tell as a dash."""
    value = dict(item).get(name)
    return str(value) if isinstance(value, int) else UNTOLD


def _state(item: Members) -> str:
    state = member_text(item, "state")
    if state != "retrying":
        return state
    attempt = member_int(item, "attempt") + 1
    return f"retrying in {member_number(item, 'retry_in'):.1f} s, attempt {attempt:,}"
