"""The commands of the event interface: subscribe, raise, and list events, subscribers and transports."""

import math
from collections.abc import Callable, Iterator
from itertools import compress
from typing import TypeVar

from evtui.codecs.byte_escapes import escape_bytes, unescape_bytes
from evtui.codecs.jsonvalue import Json, Members, to_params
from evtui.core.errors import (
    BadMessageError,
    BadParamsError,
    EvtuiError,
    NoSubscriberError,
    ReadOnlyError,
    UnknownEventError,
)
from evtui.core.ports import EVENT_COUNTERS, SUBSCRIPTION_COUNTERS, EventState, SubscriptionState
from evtui.core.records import TEST_PARAMS, Raised, RefusalCause
from evtui.core.transport import TransportInfo
from evtui.core.values import DEFAULT_EXPIRE, NO_PARAMS, Event, Params
from evtui.mi.command_context import CommandContext
from evtui.mi.protocol.arguments import Arguments
from evtui.mi.protocol.c_json import scan_c_json
from evtui.mi.protocol.plain_json import read_values
from evtui.mi.protocol.results import PAGE, Listing, LongResult, Result, listing, maybe_long
from evtui.mi.refusals import RefusedError, invalid_params

_Answer = TypeVar("_Answer")


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


def raise_event(context: CommandContext, arguments: Arguments) -> Result:
    """Raise an event; it is refused without subscribers, as in OpenSIPS."""
    _raise(context, arguments, context.backend.raise_unread)
    return "OK"


def raise_checked(context: CommandContext, arguments: Arguments) -> Raised:
    """Raise an event, and return its record.

    raises RefusedError: it has no subscribers, although it was raised; no such event; its parameters are wrong.
    """
    return _raise(context, arguments, context.backend.raise_now)


def _raise(context: CommandContext, arguments: Arguments, raises: Callable[[str, Params], _Answer]) -> _Answer:
    backend = context.backend
    if backend.read_only:
        _refuse_raise(context, arguments.values.get("event"), "read-only", error := ReadOnlyError("raise"))
        raise error
    name, is_heard = "", True
    try:
        name = arguments.name("event")
        is_heard = backend.has_subscribers(name)
        # Raised also without subscribers, so that it is seen and counted.
        raised = raises(name, _read_params(arguments))
    except UnknownEventError as error:
        _refuse_raise(context, name, "unknown event", error)
        raise RefusedError(404, "Event not registered") from error
    except RefusedError as error:
        _refuse_raise(context, name, "bad parameters", error)
        if is_heard:
            raise
        raise RefusedError(480, "Temporarily Unavailable") from error
    if not is_heard:
        raise RefusedError(480, "Temporarily Unavailable")
    return raised


async def test_subscriber(context: CommandContext, arguments: Arguments) -> Result:
    """Send one notification to one subscriber of an event alone, and say how it went; OpenSIPS cannot do that."""
    event, socket = arguments.filled_name("event"), arguments.filled_name("socket")
    params = _read_params(arguments) if "params" in arguments else TEST_PARAMS
    try:
        test = await context.backend.test_subscriber(event, socket, params)
    except UnknownEventError as error:
        raise RefusedError(404, "Event not published") from error
    except NoSubscriberError as error:
        raise RefusedError(404, "Subscriber does not exist") from error
    return {
        "event": escape_bytes(test.event), "socket": escape_bytes(str(test.socket)), "serial": test.serial,
        "outcome": test.outcome, "latency": test.latency, "reason": test.reason,
    }  # fmt: skip


def note_unfit_raise(context: CommandContext, params: list[Json] | Members, error: RefusedError) -> None:
    """Record a raise whose parameters do not fit the command: too few, too many, or with other names."""
    named = dict(params).get("event") if isinstance(params, Members) else next(iter(params), None)
    _refuse_raise(context, named, "bad parameters", error)


async def event_counters(context: CommandContext, arguments: Arguments) -> Result:
    """List what was raised of each event and what became of it, or of one event; OpenSIPS cannot tell."""
    states = await context.backend.events()
    if "event" in arguments:
        name = arguments.name("event")
        states = [state for state in states if state.event.name == name]
        if not states:
            raise RefusedError(404, "Event not published")
    return maybe_long("Events", listing(map(_counters, states)))


async def subscription_counters(context: CommandContext, arguments: Arguments) -> Result:
    """List what became of the notifications of each subscription, of all events or of one; OpenSIPS cannot tell."""
    name = arguments.name("event") if "event" in arguments else None
    try:
        walk = context.backend.walk_subscriptions(name)
    except UnknownEventError as error:
        raise RefusedError(404, "Event not published") from error
    return maybe_long("Subscriptions", listing(map(_subscription_counters, walk)))


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


def _refuse_raise(context: CommandContext, name: Json, cause: RefusalCause, error: EvtuiError) -> None:
    told = unescape_bytes(name) if isinstance(name, str) else ""
    context.backend.refuse_raise(told, NO_PARAMS, cause, str(error))


def _counters(state: EventState) -> Result:
    counters = {name: getattr(state, name) for name in EVENT_COUNTERS}
    return {**_event(state.event), **counters}


def _subscription_counters(state: SubscriptionState) -> Result:
    """Describe one subscription; `latency` are seconds, `last_at` seconds since 1970."""
    named: dict[str, Result] = {
        "event": escape_bytes(state.subscription.event), "socket": escape_bytes(str(state.subscription.socket))
    }  # fmt: skip
    return {**named, **{name: getattr(state, name) for name in SUBSCRIPTION_COUNTERS}}


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
                named = read_values(value)
                return to_params(_read_object(value)) if named is None else Params.of(named)
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
