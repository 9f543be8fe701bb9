"""The commands of the event interface: subscribe, raise, and list events, subscribers and transports."""

import math
from collections.abc import Iterator
from itertools import compress

from evtui.codecs.byte_escapes import escape_bytes
from evtui.codecs.jsonvalue import Members, to_params
from evtui.core.errors import BadMessageError, BadParamsError, ReadOnlyError, UnknownEventError
from evtui.core.ports import SubscriptionState
from evtui.core.transport import TransportInfo
from evtui.core.values import DEFAULT_EXPIRE, NO_PARAMS, Event, Params
from evtui.mi.command_context import CommandContext
from evtui.mi.protocol.arguments import Arguments
from evtui.mi.protocol.c_json import scan_c_json
from evtui.mi.protocol.results import PAGE, Listing, LongResult, Result, listing, maybe_long
from evtui.mi.refusals import RefusedError, invalid_params


async def event_subscribe(context: CommandContext, arguments: Arguments) -> Result:
    """Subscribe a socket for `expire` seconds, 3600 unless said; 0 ends the subscription."""
    event, socket = arguments.filled_name("event"), arguments.filled_name("socket")
    expire = arguments.number("expire") if "expire" in arguments else DEFAULT_EXPIRE
    if expire < 0:
        raise invalid_params("Negative expire value")
    await context.backend.subscribe(event, socket, expire)
    return "OK"


async def events_list(context: CommandContext, _arguments: Arguments) -> Result:
    """List the published events by id."""
    return maybe_long("Events", listing(map(_event, context.backend.catalogue())))


async def subscribers_list(context: CommandContext, arguments: Arguments) -> Result:
    """List the subscribers of all events that have some, of one event, or one subscriber; newest first."""
    if "event" not in arguments:
        return await _list_all(context)
    name = arguments.name("event")
    try:
        head = _event(context.backend.find_event(name))
    except UnknownEventError as error:
        raise RefusedError(404, "Event not published") from error
    if "socket" in arguments:
        states = await context.backend.subscriptions(name, arguments.name("socket"))
        if not states:
            raise RefusedError(404, "Subscriber does not exist")
        return {"Event": {**head, "Subscriber": _subscriber(states[0])}}
    items = listing(map(_subscriber, context.backend.walk_subscriptions(name)))
    result: Result = {"Event": {**head, "Subscribers": items} if items else {}}
    return LongResult(result) if isinstance(items, Listing) else result


async def raise_event(context: CommandContext, arguments: Arguments) -> Result:
    """Raise an event; it is refused without subscribers, as in OpenSIPS."""
    if context.backend.read_only:
        raise ReadOnlyError("raise")
    name = arguments.name("event")
    try:
        if not context.backend.has_subscribers(name):
            raise RefusedError(480, "Temporarily Unavailable")
        await context.backend.raise_event(name, _read_params(arguments))
    except UnknownEventError as error:
        raise RefusedError(404, "Event not registered") from error
    return "OK"


async def transports_list(context: CommandContext, _arguments: Arguments) -> Result:
    """List the schemes a socket can have, each with its grammar; OpenSIPS cannot tell."""
    status = await context.backend.status()
    return {"Transports": [dict(describe_transport(info)) for info in status.transports]}


def describe_transport(info: TransportInfo) -> Iterator[tuple[str, str | list[str]]]:
    """Describe a scheme as `transports_list` does, member by member."""
    yield "scheme", info.scheme
    yield "socket", info.grammar
    yield "example", info.example
    yield "description", info.description
    yield "options", list(info.options)


async def _list_all(context: CommandContext) -> Result:
    states = await context.backend.events()
    numbers = [(state.subscribers or 0) + state.viewers for state in states]
    is_long = sum(numbers) > PAGE
    listed: list[Result] = []
    for state in compress(states, numbers):
        items = map(_subscriber, context.backend.walk_subscriptions(state.event.name))
        listed.append({**_event(state.event), "Subscribers": Listing(items) if is_long else list(items)})
    return LongResult({"Events": listed}) if is_long else {"Events": listed}


def _event(event: Event) -> dict[str, Result]:
    return {"name": escape_bytes(event.name), "id": event.id}


def _subscriber(state: SubscriptionState) -> Result:
    subscription = state.subscription
    socket = escape_bytes(str(subscription.socket))
    if state.ttl is None:
        return {"socket": socket, "expire": "never"}
    # Rounded up, so that a new subscription shows the whole time it was given.
    ttl = math.ceil(state.ttl)
    return {"socket": socket, "expire": subscription.expire, "ttl": ttl if ttl > 0 else "expired"}


def _read_params(arguments: Arguments) -> Params:
    """Read an array as values without names; read an object, or its JSON text, as attributes with values."""
    if "params" not in arguments:
        return NO_PARAMS
    value = arguments.values["params"]
    try:
        match value:
            case list() | Members():
                return to_params(value)
            case bool() | None:
                raise RefusedError(400, "No Params")
            case str():
                return to_params(_read_object(value))
            case _:
                raise RefusedError(400, "Bad Params")
    except (BadParamsError, RecursionError) as error:
        raise RefusedError(400, "Bad Params", str(error)) from error


def _read_object(text: str) -> Members:
    """Read a JSON object; text behind it is ignored, as OpenSIPS does."""
    try:
        value = scan_c_json(text)
    except BadMessageError as error:
        raise RefusedError(400, "Bad Params") from error
    if not isinstance(value, Members):
        raise RefusedError(400, "Bad Params")
    return value
