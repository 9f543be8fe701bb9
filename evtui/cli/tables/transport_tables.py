"""The commands `transports` and `queues`: the schemes of a server and its outboxes, as tables."""

from collections.abc import Sequence
from contextlib import closing
from typing import Final

from msgspec import Struct

from evtui.backends.remote.asked_server import AskedServer
from evtui.backends.remote.reply_members import member_int, member_number, member_text, members_of
from evtui.backends.remote.server_listings import transport_infos
from evtui.backends.remote.subscription_requests import is_evtui
from evtui.cli import output
from evtui.cli.servers.asked_servers import Answers, ServerAnswer, ask_servers, list_json, list_table
from evtui.codecs.display_text import UNTOLD, display_safe
from evtui.codecs.jsonvalue import Json, Members
from evtui.core.errors import UnsupportedError
from evtui.core.ports import Status
from evtui.core.transport import TransportInfo

_QUEUE_TITLES: Final = ("socket", "queued", "oldest", "state", "delivered", "failed", "dropped", "last error")


class _Queues(Struct, frozen=True):
    """The queues of a server, and what is said of all of them together."""

    listed: Sequence[Members]
    said: Sequence[str]
    set_aside: str


def queues(mi: Sequence[str], *, as_json: bool) -> None:
    """List the outbox of each destination, from `queues_list`."""

    def show(answers: Answers[_Queues]) -> None:
        told = [(answer, answer.told) for answer in answers if answer.told is not None]
        listed = [ServerAnswer(answer.server, queues.listed) for answer, queues in told]
        if as_json:
            list_json(listed)
        elif not list_table(listed, _QUEUE_TITLES, _queue, right=(1, 2, 4, 5, 6)):
            output.message("no queues: no subscriber has a queued transport")
        for answer, queues in told:
            for text in (*(() if as_json else queues.said), queues.set_aside):
                if text:
                    output.message(answer.line(text))

    ask_servers(mi, _read_queues, show)


async def _read_queues(server: AskedServer) -> _Queues:
    reply = await ask_evtui(server, "queues_list")
    set_aside = _set_aside(reply)
    apart = f"the spool keeps {set_aside:,} damaged notifications apart, in its table set_aside" if set_aside else ""
    return _Queues(members_of(reply, "Queues"), [queue_use_text(await server.backend.status())], apart)


async def ask_evtui(server: AskedServer, command: str, params: list[Json] | None = None) -> Json:
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


def transports(mi: Sequence[str], *, as_json: bool) -> None:
    """List the schemes a socket can have, each with its grammar, options and an example.

    They are those of the server; when none is named and none runs, those of this evtui.
    """

    async def ask(server: AskedServer) -> Sequence[TransportInfo]:
        return transport_infos(await ask_evtui(server, "transports_list"), server.client.schemes)

    def show(answers: Answers[Sequence[TransportInfo]]) -> None:
        if as_json:
            list_json([ServerAnswer(each.server, [*map(_members, each.told or ())]) for each in answers])
            return
        for answer in answers:
            for info in answer.told or ():
                _print_transport(answer.line(info.scheme), info)

    ask_servers(mi, ask, show, alone=_own_transports)


def _set_aside(reply: Json) -> int:
    spool = dict(reply).get("Spool") if isinstance(reply, Members) else None
    return member_int(spool, "set_aside") if isinstance(spool, Members) else 0


def _own_transports() -> Sequence[TransportInfo]:
    # Imported here, because the other commands need no engine.
    from evtui.bootstrap.engine_setup import make_engine
    from evtui.config.schema import Config

    with closing(make_engine(Config())) as engine:
        return engine.transport_infos()


def _print_transport(name: str, info: TransportInfo) -> None:
    output.data(display_safe(f"{name}: {info.description}"))
    output.data(display_safe(f"  {info.grammar}"))
    for option in info.options:
        output.data(display_safe(f"    {option}"))
    output.data(display_safe(f"  as {info.example}"))


def _members(info: TransportInfo) -> Members:
    from evtui.mi.commands.event_commands import describe_transport

    return Members((name, value if isinstance(value, str) else [*value]) for name, value in describe_transport(info))


def _queue(item: Members) -> Sequence[str]:
    age = f"{member_number(item, 'age'):.1f} s" if member_int(item, "queued") else ""
    ends = [_told(item, name) for name in ("delivered", "failed", "dropped")]
    return [
        member_text(item, "socket"), _told(item, "queued"), age, _state(item), *ends, member_text(item, "last_error"),
    ]  # fmt: skip


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
