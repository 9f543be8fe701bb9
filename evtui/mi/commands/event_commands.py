"""The commands of the event interface: subscribe, raise, and list events, subscribers and transports."""

import math
from collections.abc import Iterator

from evtui.codecs.jsonvalue import Json, Members, scan, to_params
from evtui.core.errors import BadMessageError, BadParamsError, UnknownEventError
from evtui.core.ports import SubscriptionState
from evtui.core.transport import TransportInfo
from evtui.core.values import DEFAULT_EXPIRE, NO_PARAMS, Params
from evtui.mi.command_context import CommandContext
from evtui.mi.protocol.arguments import Arguments
from evtui.mi.protocol.mi_jsonrpc import Result, refuse_lone_surrogates
from evtui.mi.refusals import RefusedError, invalid_params


async def event_subscribe(context: CommandContext, arguments: Arguments) -> Result:
    """Subscribe a socket for `expire` seconds, 3600 unless said; 0 ends the subscription."""
    event, socket = arguments.text("event"), arguments.text("socket")
    expire = arguments.number("expire") if "expire" in arguments else DEFAULT_EXPIRE
    if expire < 0:
        raise invalid_params("Negative expire value")
    await context.backend.subscribe(event, socket, expire)
    return "OK"


async def events_list(context: CommandContext, _arguments: Arguments) -> Result:
    """List the published events by id."""
    return {"Events": [{"name": state.event.name, "id": state.event.id} for state in await context.backend.events()]}


async def subscribers_list(context: CommandContext, arguments: Arguments) -> Result:
    """List the subscribers of all events that have some, of one event, or one subscriber; newest first."""
    if "event" not in arguments:
        return await _list_all(context)
    name, socket = arguments.text("event"), arguments.text("socket") if "socket" in arguments else None
    try:
        states = await context.backend.subscriptions(name, socket)
    except UnknownEventError as error:
        raise RefusedError(404, "Event not published") from error
    head = await _head(context, name)
    if socket is not None:
        if not states:
            raise RefusedError(404, "Subscriber does not exist")
        return {"Event": {**head, "Subscriber": _subscriber(states[0])}}
    return {"Event": {**head, "Subscribers": [_subscriber(state) for state in states]} if states else {}}


async def raise_event(context: CommandContext, arguments: Arguments) -> Result:
    """Raise an event; it is refused without subscribers, as in OpenSIPS."""
    name = arguments.text("event")
    try:
        if not await context.backend.subscriptions(name):
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
    of_event: dict[str, list[Result]] = {}
    for state in await context.backend.subscriptions():
        of_event.setdefault(state.subscription.event, []).append(_subscriber(state))
    return {
        "Events": [
            {"name": state.event.name, "id": state.event.id, "Subscribers": of_event[state.event.name]}
            for state in await context.backend.events()
            if state.event.name in of_event
        ]
    }


async def _head(context: CommandContext, name: str) -> dict[str, Result]:
    for state in await context.backend.events():
        if state.event.name == name:
            return {"name": name, "id": state.event.id}
    raise RefusedError(404, "Event not published")


def _subscriber(state: SubscriptionState) -> Result:
    item: dict[str, Result] = {"socket": str(state.subscription.socket)}
    if state.ttl is None:
        return {**item, "expire": "never"}
    # Rounded up, so that a new subscription shows the whole time it was given.
    ttl = math.ceil(state.ttl)
    return {**item, "expire": state.subscription.expire, "ttl": ttl if ttl > 0 else "expired"}


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
        refuse_lone_surrogates(text)
        value: Json = scan(text, 0)[0]
    except BadMessageError as error:
        raise RefusedError(400, "Bad Params") from error
    if not isinstance(value, Members):
        raise RefusedError(400, "Bad Params")
    return value
