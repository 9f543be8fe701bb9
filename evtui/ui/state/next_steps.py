"""What empty panes and the hint may offer: only what the backend and this console can do, with the keys as bound."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from evtui.core.ports import Status
from evtui.ui.actions import BY_ID, shown_keys

EMBEDDED: Final = "embedded"
"""The source of a backend that is this process's own engine."""


class NextSteps(Struct, frozen=True):
    """The first key of each step, empty where the step is not possible or the action has no key."""

    raises: str = ""
    subscribes: str = ""
    help: str = ""
    filters: str = ""
    closes: str = ""
    is_known: bool = False
    """Whether the backend has answered yet."""
    is_attached: bool = True
    """Whether another process raises the events, of which only those since the attaching are known."""

    step: str = ""
    """The key that goes to the next record of a recording that is shown; empty when what happens now is shown."""
    jump: str = ""
    """The key that goes to a time of the recording."""

    def stream(self) -> tuple[str, str]:
        """Say why the stream is empty, and what to do."""
        if self.step:
            return "Nothing was raised up to this moment of the recording.", f"{self._moves}."
        why = "Nothing received yet." if self.is_attached else "No event has been raised yet."
        raises = f"{self.raises} raises the selected event" if self.raises else ""
        subscribes = f"{self.subscribes} subscribes a socket" if self.subscribes else ""
        keys = ", ".join(filter(None, (raises, subscribes)))
        return why, f"{keys}." if raises else f"Events that are raised appear here{f'; {keys}' if keys else ''}."

    def filtered(self) -> tuple[str, ...]:
        """Say that the filter shows no row, and how to remove or change it."""
        removes = f"{self.closes} removes the filter" if self.closes else ""
        changes = f"{self.filters} changes it" if self.filters else ""
        how = ", ".join(filter(None, (removes, changes)))
        return ("No row matches the filter.", f"{how}.") if how else ("No row matches the filter.",)

    def subscribers(self) -> tuple[str, ...]:
        """Say that there are no subscribers, and how to subscribe."""
        if not self.is_known:
            return _UNKNOWN
        how = f"{self.subscribes} subscribes to the selected event."
        return ("No subscribers.", how) if self.subscribes else ("No subscribers.",)

    def events(self) -> tuple[str, ...]:
        """Say that the catalogue is empty, and how an event is published."""
        if not self.is_known:
            return _UNKNOWN
        how = "Those that the server publishes appear here." if self.is_attached else _PUBLISH
        return "No events yet.", how

    def hint(self, event: str, *, has_subscribers: bool, why_no_raise: str = "") -> str:
        """Say what is useful next, before the first raise is seen."""
        if self.step:
            return f"Next: {self._moves}."
        if why_no_raise and self.subscribes:
            return f"{why_no_raise}. Events that it raises appear in the stream."
        if not self.raises and not self.subscribes:
            more = f" {self.help} shows every key." if self.help else ""
            return f"Read-only: events that are raised appear in the stream.{more}"
        if not self.raises:
            return (
                f"Next: {self.subscribes} subscribes a socket to {event}. Events that are raised appear in the stream."
            )
        if self.subscribes and not has_subscribers:
            return f"Next: {self.subscribes} subscribes a socket to {event}, {self.raises} raises it by hand."
        return f"Next: {self.raises} raises {event} by hand; the stream shows {self._what_is_shown}."

    @property
    def _moves(self) -> str:
        jumps = f", {self.jump} to a time" if self.jump else ""
        return f"{self.step} goes to the next record{jumps}"

    @property
    def _what_is_shown(self) -> str:
        return "it" if self.is_attached else "its deliveries"


_UNKNOWN: Final = ("Not known: there was no answer yet.",)
_PUBLISH: Final = "evtui --event E_MY_EVENT publishes one."


def next_steps(
    status: Status | None, remapped: Mapping[str, str], *, read_only: bool, playback: bool = False
) -> NextSteps:
    """Find out what is possible; nothing is while nothing is known of the backend."""
    if status is None:
        return NextSteps()
    changes = not (read_only or status.read_only)
    return NextSteps(
        raises=_key("raise", remapped) if changes and status.can_raise else "",
        subscribes=_key("subscribe", remapped) if changes else "",
        help=_key("help", remapped),
        filters=_key("filter", remapped),
        closes=_key("leave", remapped),
        is_known=True,
        is_attached=status.source != EMBEDDED,
        step=_key("step", remapped) if playback else "",
        jump=_key("jump", remapped) if playback else "",
    )


def _key(action: str, remapped: Mapping[str, str]) -> str:
    return next(iter(shown_keys(BY_ID[action], remapped)), "")
