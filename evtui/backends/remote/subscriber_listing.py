"""Ask a server for its subscriptions: all at once, or event by event where one reply does not hold them all.

A reply over datagrams has at most 65,457 bytes, and each listing that does not fit is an error in the server's log.
OpenSIPS 2.x leaves out what follows the 50th subscription of a listing, and 2.4.11 has crashed soon after such ones: it
is always asked event by event, and not again for an event with so many.
"""

from collections.abc import Awaitable
from typing import Final, Protocol

from evtui.backends.remote.mi_client import MiClient, NoRoomError, room_of
from evtui.backends.remote.reply_members import events_of, member_int, member_text, members_of
from evtui.codecs.jsonvalue import Json, Members, dumps
from evtui.core.ports import Clock

ONE_REPLY: Final = 60_000
"""Characters of a listing that is asked for with one request again, after it once did not fit."""
LISTING_LIMIT: Final = 50
"""OpenSIPS 2.x leaves out the subscriptions of an event after the 50th of a listing."""
_ASK_AGAIN: Final = 60.0
"""Seconds until an event is asked for again whose subscriptions did not fit into one reply."""
_KEPT: Final = 0.9
"""Seconds that a listing made event by event is kept: one poll of the console asks for it twice."""


class Ask(Protocol):
    """Calls a command of the server."""

    def __call__(self, method: str, params: list[Json] | None = None) -> Awaitable[Json]:
        """Return its result; raises as `MiClient.call`."""
        ...


class SubscriberListing:
    """Lists the subscriptions of one server, and remembers what its replies do not hold."""

    def __init__(self, client: MiClient, ask: Ask, clock: Clock) -> None:
        """`clock` gives monotonic seconds."""
        self._client = client
        self._ask = ask
        self._clock = clock
        self._is_split = False
        self._kept: tuple[float, Json] | None = None
        self._too_long: dict[str, float] = {}
        self._cut: set[str] = set()
        """Events of a server of 2.x with more subscriptions than it can list."""

    @property
    def gaps(self) -> str:
        """Say of which events the listing lacks subscriptions, and why; empty when it is complete."""
        now = self._clock()
        long = sorted(event for event, until in self._too_long.items() if until > now)
        parts: list[str] = []
        if long:
            parts.append(f"{_named(long)}: the subscriptions do not fit into {room_of(self._client.address)}")
        if self._cut:
            parts.append(
                f"{_named(sorted(self._cut))}: OpenSIPS 2.x lists no more than {LISTING_LIMIT} subscriptions of an "
                "event, and may crash after that: it is not asked for them again"
            )
        return "; ".join(parts)

    def is_unlisted(self, event: str) -> bool:
        """Say whether the subscriptions of an event cannot be listed at all."""
        return event in self._cut or self._too_long.get(event, 0.0) > self._clock()

    def forget(self) -> None:
        """Ask the server the next time, because something was changed there."""
        self._kept = None

    async def of_event(self, event: str) -> Json:
        """List the subscriptions of one event, as the server replies.

        raises NoRoomError: the server cannot list them, `is_unlisted`. BackendError.
        """
        if self.is_unlisted(event):
            raise NoRoomError(self._client.address, f"subscribers_list {event}")
        try:
            listed = await self._ask("subscribers_list", [event])
        except NoRoomError:
            self._too_long[event] = self._clock() + _ASK_AGAIN
            raise
        self._too_long.pop(event, None)
        if self._client.speaks_lines and len(_subscribers(listed)) >= LISTING_LIMIT:
            self._cut.add(event)
        return listed

    async def of_all(self) -> Json:
        """List the subscriptions of all events; those that do not fit into a reply are left out: `gaps` names them.

        raises BackendError.
        """
        if self._client.speaks_lines is None:
            await self._ask("which")  # which tells how the server speaks
        if not self._is_split and not self._client.speaks_lines:
            try:
                listed = await self._ask("subscribers_list")
            except NoRoomError:
                self._is_split = True
            else:
                self._too_long.clear()
                return listed
        if self._kept is not None and self._clock() < self._kept[0] + _KEPT:
            return self._kept[1]
        return await self._event_by_event()

    async def _event_by_event(self) -> Json:
        events: list[Json] = []
        for event in events_of(self._client, await self._ask("events_list")):
            name = member_text(event, "name")
            if self.is_unlisted(name):
                continue
            try:
                found = _subscribers(await self.of_event(name))
            except NoRoomError:
                continue
            if found:
                events.append(Members((("name", name), ("id", member_int(event, "id")), ("Subscribers", found))))
        listed = Members((("Events", events),))
        self._kept = (self._clock(), listed)
        if len(dumps(listed)) < ONE_REPLY and not self._too_long:
            self._is_split = False
        return listed


def _subscribers(listed: Json) -> list[Json]:
    """Read the subscribers out of a listing of one event: `{"Event":{…}}`, or `{"Events":[{…}]}` with one."""
    members = dict(listed) if isinstance(listed, Members) else {}
    one = members.get("Event")
    events = (one,) if isinstance(one, Members) else members_of(listed, "Events")
    return [item for event in events for item in members_of(event, "Subscribers")]


def _named(events: list[str]) -> str:
    shown = ", ".join(events[:3])
    return f"{shown} and {len(events) - 3} more events" if len(events) > 3 else shown
