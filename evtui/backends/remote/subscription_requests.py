"""Subscribe over MI, also with wildcards that the server does not know, and find out why it refused.

OpenSIPS has one code for every refused subscription. What is wrong with it is found by asking for the lists of events
and transports.
"""

from collections.abc import Sequence
from typing import Final

from evtui.backends.remote.mi_client import MiClient
from evtui.backends.remote.reply_members import events_of, member_int, member_text, members_of
from evtui.codecs.jsonvalue import Json
from evtui.codecs.sockets import split_scheme
from evtui.core.errors import (
    BadSocketError,
    ReadOnlyError,
    RequestError,
    ServerError,
    UnknownEventError,
    UnknownSchemeError,
)
from evtui.core.redact import redact_socket
from evtui.core.transport import TransportInfo, info_of
from evtui.core.values import is_wildcard
from evtui.core.wildcards import matches

BAD_PARAMETER = 400
"""The code for every refused subscription: unknown event, unknown transport, bad socket."""

COSTLY_EVENTS: Final = "E_PROFILING_*"
"""Events that OpenSIPS 4 raises for each step of each message, only while a client subscribes to them."""

FORBIDDEN = 403
"""The code of a read-only evtui."""


async def subscribe_one(
    client: MiClient, event: str, socket: str, expire: int, names: set[str] | None = None, but: str = ""
) -> tuple[str, ...]:
    """Subscribe a socket; returns the names that the server knows the subscriptions by.

    A server without wildcards gets a subscription for each event that matches; any other one gets `event` itself.
    Each name is added to `names` before its request is sent; those that `but` matches are left out.
    raises UnknownEventError, UnknownSchemeError, BadSocketError, BackendError.
    """
    if is_wildcard(event) and not await is_evtui(client):
        # It is not asked with the wildcard: each refusal would be an error in its log.
        found = [name for name in await event_names(client) if matches(name, event) and not matches(name, but)]
        return await _subscribe_each(client, found, socket, expire, set() if names is None else names)
    try:
        await client.call("event_subscribe", [event, socket, expire])
    except ServerError as error:
        raise await explain_refusal(client, event, socket, error) from error
    return (event,)


async def subscribe_all(
    client: MiClient, events: Sequence[str], socket: str, expire: int, names: set[str], but: str = ""
) -> None:
    """Subscribe a socket to several events or wildcards; `names` holds those to unsubscribe, also after a failure.

    A server that is not evtui is not asked for the events that `but` matches.

    raises as `subscribe_one`.
    """
    for event in events:
        names.add(event)
        found = await subscribe_one(client, event, socket, expire, names, but)
        if event not in found:
            names.discard(event)


async def event_names(client: MiClient) -> tuple[str, ...]:
    """List the server's events, by id.

    raises BackendError.
    """
    found = [
        (member_int(event, "id"), member_text(event, "name"))
        for event in events_of(client, await client.call("events_list"))
    ]
    return tuple(name for _, name in sorted(found))


async def is_evtui(client: MiClient) -> bool:
    """Return whether the server is evtui: only evtui has the command `transports_list`.

    The server is asked for its commands, because each unknown one would be an error in its log. raises BackendError.
    """
    try:
        known = await client.call("which")
    except ServerError:
        return False
    return isinstance(known, list) and "transports_list" in known


async def explain_refusal(client: MiClient, event: str, socket: str, error: ServerError) -> RequestError | ServerError:
    """Find out which part of a subscription was refused; returns `error` itself when that cannot be found out."""
    if error.code == FORBIDDEN:
        return ReadOnlyError("subscribe")
    if error.code != BAD_PARAMETER:
        return error
    if not is_wildcard(event) and event not in await event_names(client):
        return UnknownEventError(event)
    scheme, _ = split_scheme(socket)
    if not await is_evtui(client):
        return ServerError(error.code, error.message, error.data or _likely_reason(info_of(scheme, client.schemes)))
    known = transport_schemes(await client.call("transports_list"))
    if known and scheme not in known:
        return UnknownSchemeError(scheme, known)
    where, _, data = (error.data or "").partition(": ")
    part, _, why = data.partition(": ")
    shown = redact_socket(socket, secret=info_of(scheme, client.schemes).secret)
    return BadSocketError(shown, part, why) if where == "socket" and why else error


def _likely_reason(info: TransportInfo) -> str:
    """Say what OpenSIPS may have refused in a socket, because its refusal has no details."""
    if info.opensips_expiry == "added each time":
        return "the server's script has no event_route of this name"
    module = info.opensips_module or f"event_{info.scheme}"
    return f"{module} is not loaded in the server, or it does not take this address; its log says which"


def transport_schemes(listed: Json) -> tuple[str, ...]:
    """Read the schemes out of `transports_list`."""
    return tuple(member_text(item, "scheme") for item in members_of(listed, "Transports"))


async def _subscribe_each(
    client: MiClient, events: Sequence[str], socket: str, expire: int, names: set[str]
) -> tuple[str, ...]:
    for name in events:
        names.add(name)
        try:
            await client.call("event_subscribe", [name, socket, expire])
        except ServerError as error:
            raise await explain_refusal(client, name, socket, error) from error
    return tuple(events)
