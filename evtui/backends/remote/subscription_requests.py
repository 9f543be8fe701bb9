"""Subscribing over MI: wildcards where the server has none, and its one refusal for everything told apart."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from evtui.backends.remote.mi_client import MiClient
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.sockets import split_scheme
from evtui.core.errors import (
    BackendError,
    BadSocketError,
    ReadOnlyError,
    RequestError,
    ServerError,
    UnknownEventError,
    UnknownSchemeError,
)
from evtui.core.redact import redact_socket
from evtui.core.transport import info_of
from evtui.core.values import is_wildcard

BAD_PARAMETER = 400
"""The code for every refused subscription: unknown event, unknown transport, bad socket."""

FORBIDDEN = 403
"""What a read-only evtui answers."""


async def subscribe_one(
    client: MiClient, event: str, socket: str, expire: int, names: set[str] | None = None
) -> tuple[str, ...]:
    """Subscribe a socket and return the names it was subscribed under: the wildcard itself, or each event it matches.

    `names` gets each of them before it is asked for.
    A server without wildcards gets one subscription an event. raises UnknownEventError, UnknownSchemeError,
    BadSocketError, BackendError.
    """
    try:
        await client.call("event_subscribe", [event, socket, expire])
    except ServerError as error:
        if error.code == BAD_PARAMETER and is_wildcard(event) and not await knows_transports(client):
            return await _subscribe_matching(client, event, socket, expire, set() if names is None else names)
        raise await explain(client, event, socket, error) from error
    return (event,)


async def subscribe_all(client: MiClient, events: Sequence[str], socket: str, expire: int, names: set[str]) -> None:
    """Subscribe a socket to several events or wildcards; `names` gets those to unsubscribe, also on failure.

    raises as `subscribe_one`.
    """
    for event in events:
        names.add(event)
        found = await subscribe_one(client, event, socket, expire, names)
        if event not in found:
            names.discard(event)


async def event_names(client: MiClient) -> tuple[str, ...]:
    """List the server's events, by id.

    raises BackendError.
    """
    found = [
        (member_int(event, "id"), member_text(event, "name"))
        for event in listing(client, await client.call("events_list"))
    ]
    return tuple(name for _, name in sorted(found))


async def knows_transports(client: MiClient) -> bool:
    """Say whether the server is one of ours: only evtui lists its transports.

    raises BackendError.
    """
    try:
        await client.call("transports_list")
    except ServerError:
        return False
    return True


async def explain(client: MiClient, event: str, socket: str, error: ServerError) -> RequestError | ServerError:
    """Tell which part of a refused subscription is wrong; the refusal itself when that cannot be told."""
    if error.code == FORBIDDEN:
        return ReadOnlyError("subscribe")
    if error.code != BAD_PARAMETER:
        return error
    if not is_wildcard(event) and event not in await event_names(client):
        return UnknownEventError(event)
    scheme, _ = split_scheme(socket)
    try:
        known = transport_schemes(await client.call("transports_list"))
    except ServerError:
        known = ()
    if known and scheme not in known:
        return UnknownSchemeError(scheme, known)
    where, _, data = (error.data or "").partition(": ")
    part, _, why = data.partition(": ")
    shown = redact_socket(socket, secret=info_of(scheme, client.schemes).secret)
    # Only evtui says which part; OpenSIPS has one refusal for all.
    return BadSocketError(shown, part, why) if where == "socket" and why else error


def transport_schemes(listed: Json) -> tuple[str, ...]:
    """Read the schemes out of `transports_list`."""
    return tuple(member_text(item, "scheme") for item in members_of(listed, "Transports"))


def listing(client: MiClient, result: Json) -> list[Members]:
    """Read `{"Events":[{…}]}`.

    raises BackendError: the server answered something else.
    """
    items = dict(result).get("Events") if isinstance(result, Members) else None
    if not isinstance(items, list) or not all(isinstance(item, Members) for item in items):
        raise BackendError(f"{client.address}: a listing without Events")
    return [item for item in items if isinstance(item, Members)]


def members_of(result: Json, name: str) -> tuple[Members, ...]:
    """Read the objects of a list that is a member of a result; none when there is no such list."""
    items = dict(result).get(name) if isinstance(result, Members) else None
    return tuple(item for item in items if isinstance(item, Members)) if isinstance(items, list) else ()


def member_text(item: Members, name: str) -> str:
    """Read a textual member; empty when it is missing or something else."""
    value = dict(item).get(name)
    return value if isinstance(value, str) else ""


def member_texts(item: Members, name: str) -> tuple[str, ...]:
    """Read a list of texts; empty when it is missing or something else."""
    value = dict(item).get(name)
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def member_int(item: Members, name: str) -> int:
    """Read a whole number; 0 when it is missing or something else."""
    value = dict(item).get(name)
    return value if isinstance(value, int) else 0


def member_number(item: Members, name: str) -> float:
    """Read a number; 0.0 when it is missing or something else."""
    value = dict(item).get(name)
    return float(value) if isinstance(value, int | float) else 0.0


async def _subscribe_matching(
    client: MiClient, pattern: str, socket: str, expire: int, names: set[str]
) -> tuple[str, ...]:
    matching = tuple(name for name in await event_names(client) if fnmatchcase(name, pattern))
    for name in matching:
        names.add(name)
        await client.call("event_subscribe", [name, socket, expire])
    return matching
