"""The commands that ask a server one thing."""

from evtui.bootstrap.attaching import Attached
from evtui.cli import output
from evtui.cli.client import run, usage
from evtui.cli.words import parse_call
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.sanitise import display_safe
from evtui.codecs.sockets import check_socket
from evtui.config.words import parse_expire
from evtui.core.ports import SubscriptionState
from evtui.core.values import check_event_name


def events(mi: str | None, *, as_json: bool) -> None:
    """List the catalogue."""

    async def work(server: Attached) -> None:
        states = await server.backend.events()
        if as_json:
            output.json_line([_members(id=s.event.id, name=s.event.name, subscribers=s.subscribers) for s in states])
            return
        rows = [(str(s.event.id), s.event.name, str(s.subscribers)) for s in states]
        output.table(("id", "event", "subscribers"), rows, right=(0, 2))

    run(mi, work)


def subscribers(event: str | None, mi: str | None, *, as_json: bool) -> None:
    """List the subscriptions."""

    async def work(server: Attached) -> None:
        states = await server.backend.subscriptions(event)
        if as_json:
            output.json_line([_subscription(state) for state in states])
        elif states:
            rows = [(s.subscription.event, str(s.subscription.socket), *_times(s)) for s in states]
            output.table(("event", "socket", "expire", "left"), rows, right=(2, 3))
        else:
            output.talk("no subscribers")

    run(mi, work)


def subscribe(event: str, socket: str, expire: str, mi: str | None, *, as_json: bool) -> None:
    """Subscribe, refresh or (expire 0) unsubscribe."""
    seconds = usage(lambda: parse_expire(expire))
    usage(lambda: check_event_name(event))
    usage(lambda: check_socket(socket))

    async def work(server: Attached) -> None:
        made = await server.backend.subscribe(event, socket, seconds)
        if as_json:
            output.json_line([_members(event=s.event, socket=str(s.socket), expire=seconds) for s in made])
            return
        for subscription in made:
            done = "unsubscribed" if seconds == 0 else f"subscribed for {seconds} s"
            output.data(display_safe(f"{subscription.event} {subscription.socket} {done}"))
        if not made:
            output.talk(f"{socket} was not subscribed to {event}" if seconds == 0 else f"no event matches {event}")

    run(mi, work)


def call(method: str, words: list[str], mi: str | None, *, as_json: bool) -> None:
    """Call a command and print its result."""
    params = usage(lambda: parse_call(method, words))

    async def work(server: Attached) -> None:
        result = await server.client.call(method, params)
        if as_json:
            output.json_line(result)
        elif isinstance(result, str):
            output.data(display_safe(result))
        else:
            output.data(output.pretty(result))

    run(mi, work)


def _members(**members: Json) -> Members:
    return Members(members.items())


def _subscription(state: SubscriptionState) -> Members:
    subscription = state.subscription
    return _members(
        event=subscription.event,
        socket=str(subscription.socket),
        expire=subscription.expire,
        ttl=None if state.ttl is None else round(state.ttl),
    )


def _times(state: SubscriptionState) -> tuple[str, str]:
    if state.ttl is None:
        return "never", "never"
    return str(state.subscription.expire), output.duration(state.ttl) if state.ttl > 0 else "expired"
