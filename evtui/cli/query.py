"""The commands that send one request to a server: subscribe, unsubscribe, mi."""

from collections.abc import Sequence
from typing import Final

from evtui.backends.remote.subscription_requests import is_evtui
from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.cli.client_session import run, usage
from evtui.cli.mi_parameters import parse_call
from evtui.codecs.display_text import display_safe
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.sockets import check_socket
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.config.value_syntax import parse_expire
from evtui.core.redact import redact_words
from evtui.core.values import Subscription, check_event_name

_MAX_LISTED: Final = 5
"""Subscriptions of a wildcard that are printed one by one; of more only the number is printed."""


def subscribe(event: str, socket: str, expire: str, mi: str | None, *, as_json: bool) -> None:
    """Subscribe, refresh or (expire 0) unsubscribe."""
    seconds = usage(lambda: parse_expire(expire))
    usage(lambda: check_event_name(event))
    usage(lambda: check_socket(socket, KNOWN_SCHEMES))

    async def work(server: AttachedServer) -> None:
        made = await server.backend.subscribe(event, socket, seconds)
        shown = redact_words(socket)
        if as_json:
            output.json_line(
                [_members(event=s.event, socket=str(s.socket), expire=s.expire if seconds else 0) for s in made]
            )
        else:
            _print_subscriptions(event, shown, made, seconds)
        if not made:
            output.message(await _why_none(server, event, shown, seconds))

    run(mi, work)


def call(method: str, words: list[str], mi: str | None, *, as_json: bool) -> None:
    """Call a command and print its result."""
    params = usage(lambda: parse_call(method, words))

    async def work(server: AttachedServer) -> None:
        result = await server.client.call(method, params)
        if as_json:
            output.json_line(result)
        elif isinstance(result, str):
            output.data(display_safe(result))
        else:
            output.data(output.pretty(result))

    run(mi, work)


def _print_subscriptions(event: str, socket: str, made: Sequence[Subscription], seconds: int) -> None:
    done = "unsubscribed" if seconds == 0 else f"subscribed for {seconds} s"
    if len(made) > _MAX_LISTED:
        output.data(display_safe(f"{event} {socket} {done}: {len(made):,} events"))
        return
    for found in made:
        is_permanent = seconds and found.expire is None
        said = "subscribed; on this server it never expires" if is_permanent else done
        output.data(display_safe(f"{found.event} {found.socket} {said}"))


async def _why_none(server: AttachedServer, event: str, socket: str, seconds: int) -> str:
    if seconds == 0:
        return f"{socket} was not subscribed to {event}"
    # evtui keeps the wildcard for events published later; another server has no wildcards.
    if await is_evtui(server.client):
        return f"no event matches {event} yet; {socket} is subscribed to those published within {seconds} s"
    return f"no event matches {event}: nothing was subscribed"


def _members(**members: Json) -> Members:
    return Members(members.items())
