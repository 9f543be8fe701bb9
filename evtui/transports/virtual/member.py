"""One member of a virtual socket: tries to deliver notifications and returns those that are left."""

from collections.abc import Sequence
from typing import Final

import anyio
from msgspec import Struct
from msgspec.structs import replace

from evtui.codecs.payload import encoder
from evtui.core.errors import DeliveryError
from evtui.core.transport import Notification, Queued, Settle, Sink, Target
from evtui.transports.settled_places import settle_delivered

SINK_WINDOW: Final = 256
"""Notifications that a direct member takes at once."""

_NEVER: Final = ("EMSGSIZE",)
"""Reasons of a direct member that are final for a notification. Any other failure may pass."""


class Numbered(Struct, frozen=True):
    """A notification and its place in the outbox's batch."""

    place: int
    notification: Notification


class MemberAttempt(Struct, frozen=True):
    """The result of giving notifications to a member."""

    left: tuple[Numbered, ...]
    """The notifications it did not deliver, in order."""
    refused: dict[int, str]
    """Why it will never take some of them, by place."""
    broken: str | None = None
    """Why it stopped before the end."""

    @property
    def failed(self) -> bool:
        """Say whether the member left any notification."""
        return bool(self.left)


class VirtualMember:
    """An opened member. It sends payloads of its own codec."""

    def __init__(self, target: Target, opened: Sink | Queued, codec: str) -> None:
        """`codec` wrote the payloads of the notifications that `deliver` gets."""
        self.name = str(target.socket)
        self._opened = opened
        self._encode = None if target.codec == codec else encoder(target.codec)
        self.rests_until = float("-inf")
        """Monotonic second until which it is not tried, because it failed."""

    @property
    def window(self) -> int:
        """Count the notifications it takes at once."""
        return self._opened.sender.window if isinstance(self._opened, Queued) else SINK_WINDOW

    @property
    def confirms(self) -> bool:
        """Say whether its peer acknowledges."""
        return isinstance(self._opened, Queued) and self._opened.sender.confirms

    async def deliver(self, notifications: Sequence[Numbered], settle: Settle) -> MemberAttempt:
        """Try notifications in order until the connection breaks; only those that were delivered are settled."""
        left: list[Numbered] = []
        refused: dict[int, str] = {}
        for start in range(0, len(notifications), self.window):
            part = notifications[start : start + self.window]
            ends, broken = await self._try(part, settle)
            left += [item for item in part if ends.get(item.place, "open") is not None]
            refused.update((place, reason) for place, reason in ends.items() if reason is not None)
            if broken is not None:
                return MemberAttempt((*left, *notifications[start + len(part) :]), refused, broken)
        return MemberAttempt(tuple(left), refused)

    async def aclose(self) -> None:
        """Close its connection."""
        if isinstance(self._opened, Queued):
            await self._opened.sender.aclose()

    async def _try(self, part: Sequence[Numbered], settle: Settle) -> tuple[dict[int, str | None], str | None]:
        ends: dict[int, str | None] = {}
        note = _MemberEnds([item.place for item in part], ends, settle)
        own = [self._own(item.notification) for item in part]
        if isinstance(self._opened, Queued):
            broken = await _send(self._opened, own, note)
        else:
            broken = _serve(self._opened, own, note)
        if broken is None and len(ends) < len(part):
            broken = "it left a notification unsettled"
        return ends, broken

    def _own(self, notification: Notification) -> Notification:
        return (
            notification
            if self._encode is None
            else replace(notification, payload=self._encode(notification.event, notification.params))
        )


class _MemberEnds:
    """Notes how notifications ended at a member, by their places in the outbox's batch; settles what it delivered."""

    def __init__(self, places: Sequence[int], ends: dict[int, str | None], settle: Settle) -> None:
        self._places = places
        self._ends = ends
        self._settle = settle

    def __call__(self, number: int, reason: str | None, /) -> None:
        place = self._places[number]
        if place not in self._ends:
            self._ends[place] = reason
            if reason is None:
                self._settle(place, None)

    def all_delivered(self, first: int, behind: int, /) -> None:
        places = [place for place in self._places[first:behind] if place not in self._ends]
        self._ends.update(dict.fromkeys(places))
        settle_delivered(self._settle, places)


async def _send(queued: Queued, notifications: Sequence[Notification], note: Settle) -> str | None:
    """Send within the member's own time limit; returns why it stopped before the end."""
    limit = queued.policy.timeout
    with anyio.move_on_after(limit) as scope:
        try:
            await queued.sender.send(notifications, note)
        except DeliveryError as error:
            return error.reason
    return f"no answer in {limit:g} s" if scope.cancelled_caught else None


def _serve(sink: Sink, notifications: Sequence[Notification], note: Settle) -> str | None:
    for number, notification in enumerate(notifications):
        try:
            sink.send(notification.payload)
        except DeliveryError as error:
            if not error.reason.startswith(_NEVER):
                return error.reason
            note(number, error.reason)
        else:
            note(number, None)
    return None
