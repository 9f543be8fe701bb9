"""Change subscriptions of OpenSIPS, and learn from its listing what became of them.

OpenSIPS answers OK also when it does something else (docs/opensips-behaviour.md 1): it keeps `rabbitmq:` and `route:`
subscriptions for ever, and adds a second one where it does not find the first.
"""

from collections.abc import Sequence

from msgspec import Struct

from evtui.backends.remote.mi_client import MiClient, NoRoomError
from evtui.backends.remote.reply_members import member_int, member_text, members_of
from evtui.backends.remote.subscriber_listing import SubscriberListing
from evtui.backends.remote.subscription_requests import subscribe_one
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.sockets import split_scheme
from evtui.core.errors import ServerError, UnknownEventError, UnsupportedError
from evtui.core.redact import redact_listed
from evtui.core.transport import info_of
from evtui.core.values import is_wildcard
from evtui.core.wildcards import matches

_NOT_FOUND = 404


class Listed(Struct, frozen=True):
    """One subscription as the server lists it."""

    event: str
    socket: str
    expire: int | None
    """None: it never expires."""


class CheckedChanges:
    """Subscribes, refreshes and ends subscriptions of a server that is not evtui."""

    def __init__(self, client: MiClient, listing: SubscriberListing) -> None:
        self._client = client
        self._listing = listing

    async def end(self, event: str, socket: str) -> tuple[Listed, ...]:
        """End the subscriptions of a socket to an event or wildcard; returns those that ended.

        raises UnsupportedError: the server cannot end them, or still lists them. BackendError. UnknownEventError.
        """
        shown, scheme = redact_listed(socket), split_scheme(socket)[0]
        before = await self._list(event, socket)
        if info_of(scheme, self._client.schemes).opensips_expiry != "expires":
            # Not only of this socket: a server lists it in a spelling of its own.
            if not any(split_scheme(found.socket)[0] == scheme for found in before):
                return ()
            raise UnsupportedError(
                f"OpenSIPS cannot end {shown} of {event}: a subscription of {scheme}: lasts until the server stops; "
                "nothing was sent"
            )
        had = _of_socket(before, socket)
        for name in sorted({found.event for found in had}) if is_wildcard(event) else (event,):
            await subscribe_one(self._client, name, socket, 0)
        after = await self._list(event, socket)
        left = _of_socket(after, socket)
        others = sorted({found.socket for found in after if split_scheme(found.socket)[0] == scheme})
        if not had and others and not info_of(scheme, self._client.schemes).direct:
            raise UnsupportedError(
                f"the server lists no {shown} at {event}, which it may spell in its own way: {', '.join(others[:3])}; "
                "nothing ended"
            )
        if left and had:
            raise UnsupportedError(
                f"the server answered OK and still lists {shown} at {_events(left)}: it cannot end a subscription of "
                "this kind before its expiry"
            )
        return had

    async def subscribe(self, event: str, socket: str, expire: int) -> tuple[Listed, ...]:
        """Subscribe or refresh a socket; returns the subscriptions as the server lists them.

        raises UnsupportedError: the server added a second one, or lists none. UnknownEventError, BackendError.
        """
        shown, scheme = redact_listed(socket), split_scheme(socket)[0]
        kind = info_of(scheme, self._client.schemes).opensips_expiry
        before = await self._list(event, socket)
        if (had := _of_socket(before, socket)) and kind == "added each time":
            raise UnsupportedError(
                f"{shown} is subscribed to {_events(had)} and never expires: OpenSIPS would add a second subscription; "
                "nothing was sent"
            )
        names = await subscribe_one(self._client, event, socket, expire)
        after = await self._list(event, socket)
        added = _added(before, after, scheme)
        if twice := [found for found in added if _count(before, found)]:
            raise UnsupportedError(
                f"the server cannot refresh {shown}: it added one more subscription, and serves {_events(twice)} "
                f"{_count(after, twice[0])} times until the old one expires"
            )
        if not names:
            return ()
        if listed := _of_socket(after, socket) or added:
            return listed
        if one := await self._one(event, socket):  # it is listed in another spelling, which the server knows
            return one
        if kind == "expires" or not any(split_scheme(found.socket)[0] == scheme for found in after):
            raise UnsupportedError(f"the server answered OK, and does not list {shown} at {event}")
        return tuple(Listed(name, shown, None) for name in names)

    async def _list(self, event: str, socket: str) -> tuple[Listed, ...]:
        """List the subscriptions of an event, or of those that a wildcard matches."""
        self._listing.forget()
        if is_wildcard(event):
            return tuple(found for found in _listed(await self._listing.of_all()) if matches(found.event, event))
        try:
            listed = _listed(await self._listing.of_event(event))
        except NoRoomError:
            listed = ()
        except ServerError as error:
            if error.code == _NOT_FOUND:
                raise UnknownEventError(event) from error
            raise
        if not _of_socket(listed, socket) and self._listing.is_unlisted(event):
            listed += await self._one(event, socket)
        return listed

    async def _one(self, event: str, socket: str) -> tuple[Listed, ...]:
        """Ask for one subscription, which its event's listing may leave out."""
        try:
            return _listed(await self._client.call("subscribers_list", [event, socket]))
        except ServerError:
            return ()


def _listed(reply: Json) -> tuple[Listed, ...]:
    """Read a listing without the subscriptions that have ended."""
    members = dict(reply) if isinstance(reply, Members) else {}
    one = members.get("Event")
    events: Sequence[Members] = (one,) if isinstance(one, Members) else members_of(reply, "Events")
    return tuple(
        Listed(member_text(event, "name"), redact_listed(member_text(item, "socket")), _expire(item))
        for event in events
        for item in (*members_of(event, "Subscribers"), *_lone(event))
        if dict(item).get("expire") != 0 and dict(item).get("ttl") != "expired"
    )


def _lone(event: Members) -> tuple[Members, ...]:
    """Read the one subscriber of the answer to a question for it."""
    found = dict(event).get("Subscriber")
    return (found,) if isinstance(found, Members) else ()


def _added(before: Sequence[Listed], after: Sequence[Listed], scheme: str) -> tuple[Listed, ...]:
    """Return the subscriptions of a scheme that there are more of than before; a server may spell a socket anew."""
    return tuple(
        found
        for found in dict.fromkeys(after)
        if split_scheme(found.socket)[0] == scheme and _count(after, found) > _count(before, found)
    )


def _count(listed: Sequence[Listed], of: Listed) -> int:
    return sum((found.event, found.socket) == (of.event, of.socket) for found in listed)


def _expire(item: Members) -> int | None:
    return member_int(item, "expire") if isinstance(dict(item).get("expire"), int) else None


def _of_socket(listed: Sequence[Listed], socket: str) -> tuple[Listed, ...]:
    return tuple(found for found in listed if found.socket in {socket, redact_listed(socket)})


def _events(listed: Sequence[Listed]) -> str:
    names = sorted({found.event for found in listed})
    return names[0] if len(names) == 1 else f"{len(names):,} events"
