"""The commands that send one request to a server: events, subscribers, subscribe, unsubscribe, mi."""

from collections.abc import Mapping, Sequence
from typing import Final

from evtui.backends.remote.reply_members import member_text, members_of
from evtui.backends.remote.subscription_requests import is_evtui
from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.cli.client_session import run, usage
from evtui.cli.mi_parameters import parse_call
from evtui.codecs.display_text import UNTOLD, display_safe
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.sockets import check_socket
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.config.value_syntax import parse_expire
from evtui.core.errors import ServerError, UnknownEventError
from evtui.core.ports import EVENT_COUNTERS, EventState, SubscriptionState
from evtui.core.redact import redact_words
from evtui.core.values import Subscription, check_event_name, is_wildcard
from evtui.core.wildcards import matches

_MAX_LISTED: Final = 5
"""Subscriptions of a wildcard that are printed one by one; of more only the number is printed."""


def events(event: str | None, mi: str | None, *, as_json: bool) -> None:
    """List the catalogue, or the events of it that a name or a wildcard matches."""

    async def work(server: AttachedServer) -> None:
        states = [s for s in await server.backend.events() if event is None or _matches(event, s.event.name)]
        if event is not None and not states:
            if not is_wildcard(event):
                raise UnknownEventError(event)
            output.message(f"no event matches {event}")
        if gaps := server.backend.gaps:
            output.message(f"not all subscriptions are counted. {gaps}")
        if as_json:
            counters = await _event_counters(server, event)
            output.json_line([_event_members(s, counters.get(s.event.name, Members())) for s in states])
            return
        rows = [(str(s.event.id), s.event.name, _told(_count(s))) for s in states]
        output.table(("id", "event", "subscribers"), rows, right=(0, 2))

    run(mi, work)


def subscribers(event: str | None, mi: str | None, *, as_json: bool) -> None:
    """List the subscriptions."""

    async def work(server: AttachedServer) -> None:
        states = await _subscriptions(server, event)
        if gaps := server.backend.gaps:
            output.message(f"not all subscriptions are listed. {gaps}")
        if as_json:
            output.json_line([_subscription(state) for state in states])
            return
        rows = [(s.subscription.event, str(s.subscription.socket), *_times(s)) for s in states if not s.viewer]
        if rows:
            output.table(("event", "socket", "expire", "left"), rows, right=(2, 3))
        else:
            output.message("no subscribers")
        if viewers := len({s.subscription.socket for s in states if s.viewer}):
            output.message(f"watching: {viewers} viewer{'s' * (viewers != 1)} (--json lists them)")

    run(mi, work)


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


async def _event_counters(server: AttachedServer, event: str | None) -> Mapping[str, Members]:
    """Ask for the counters of events, by name; only evtui tells them."""
    named: list[Json] = [] if event is None or is_wildcard(event) else [event]
    if not await is_evtui(server.client):
        return {}
    try:
        listed = await server.client.call("event_counters", named)
    except ServerError:  # an older evtui
        return {}
    return {member_text(item, "name"): item for item in members_of(listed, "Events")}


def _event_members(state: EventState, counters: Members) -> Members:
    told = dict(counters)
    return _members(
        id=state.event.id, name=state.event.name, subscribers=_count(state),
        **{name: told.get(name) for name in EVENT_COUNTERS},
    )  # fmt: skip


def _matches(event: str, name: str) -> bool:
    return event == name or (is_wildcard(event) and matches(name, event))


async def _subscriptions(server: AttachedServer, event: str | None) -> Sequence[SubscriptionState]:
    if event is None or not is_wildcard(event):
        return await server.backend.subscriptions(event)
    return [s for s in await server.backend.subscriptions() if _matches(event, s.subscription.event)]


def _print_subscriptions(event: str, socket: str, made: Sequence[Subscription], seconds: int) -> None:
    done = "unsubscribed" if seconds == 0 else f"subscribed for {seconds} s"
    if len(made) > _MAX_LISTED:
        output.data(display_safe(f"{event} {socket} {done}: {len(made)} events"))
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


def _count(state: EventState) -> int | None:
    return None if state.is_unlisted else state.subscribers


def _members(**members: Json) -> Members:
    return Members(members.items())


def _subscription(state: SubscriptionState) -> Members:
    subscription = state.subscription
    return _members(
        event=subscription.event,
        socket=str(subscription.socket),
        expire=subscription.expire,
        ttl=None if state.ttl is None else round(state.ttl),
        **({"viewer": True} if state.viewer else {}),
    )


def _told(number: int | None) -> str:
    """Write a count; one that the server does not tell as a dash."""
    return UNTOLD if number is None else str(number)


def _times(state: SubscriptionState) -> tuple[str, str]:
    expire = state.subscription.expire
    if state.ttl is None:  # OpenSIPS before 3.1 does not tell the time left
        return ("never", "never") if expire is None else (str(expire), UNTOLD)
    return str(expire), output.duration(state.ttl) if state.ttl > 0 else "expired"
