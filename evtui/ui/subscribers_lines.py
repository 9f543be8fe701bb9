"""The lines of the subscribers: a countdown, the event, the socket and its counters."""

from collections.abc import Sequence

from evtui.codecs.sanitise import display_safe
from evtui.core.ports import Clock, SubscriptionState
from evtui.ui.cells import Cells, Role
from evtui.ui.columns import Column, Writers, cell, fit, header, join
from evtui.ui.figures import count, countdown, cut_end, fill
from evtui.ui.sockets import short_socket
from evtui.ui.subscribers_view import Subscriber, SubscribersView

COLUMNS = (
    Column("expires", "expires", 7, 0, right=True),
    Column("event", "event", 8, 3, grow=3, most=32),
    Column("socket", "socket", 14, 1, grow=3, most=40),
    Column("sent", "sent", 5, 4, right=True),
    Column("lost", "lost", 5, 2, right=True),
    Column("queued", "queued", 6, 6, right=True),
    Column("error", "last error", 16, 5, grow=4, most=60),
)

SOON, NOW = 60.0, 10.0
"""Seconds left below which a countdown is yellow, and red."""


class SubscribersLines:
    """The subscribers as lines; the clock says how long each has left."""

    def __init__(self, view: SubscribersView, monotonic: Clock) -> None:
        self._view = view
        self._monotonic = monotonic

    def __len__(self) -> int:
        return len(self._view.subscribers)

    def subscriber(self, index: int) -> Subscriber | None:
        """Return the subscriber of a line."""
        return self._view.subscribers[index] if 0 <= index < len(self) else None

    def key(self, index: int) -> object:
        """Name a line by its event and its socket."""
        return self._view.subscribers[index].key

    def find(self, key: object) -> int | None:
        """Return the place of a subscription."""
        return next((place for place, line in enumerate(self._view.subscribers) if line.key == key), None)

    def line(self, index: int, width: int) -> Cells:
        """Write one subscriber."""
        subscriber = self._view.subscribers[index]
        left = subscriber.left(self._view.known_at(self._monotonic()))
        return subscriber_line(subscriber, left, width, stale=self._view.stopped is not None)

    def header(self, width: int) -> Cells:
        """Write the columns' titles."""
        return header(COLUMNS, fit(COLUMNS, width))

    def empty(self) -> Sequence[str]:
        """Say how to subscribe."""
        return ("No subscribers.", "s subscribes to the selected event.")


def subscriber_line(subscriber: Subscriber, left: float | None, width: int, *, stale: bool = False) -> Cells:
    """Write one subscriber with the seconds it has left; a stale one is what was known before the backend was away."""
    state, dead = subscriber.state, stale or subscriber.died is not None
    tone: Role = "faint" if dead else "text"
    bad: Role = "faint" if dead else "bad"
    cells: Writers = {
        "expires": lambda room: cell(_urgency(left, dead=dead), countdown(left), room, right=True),
        "event": lambda room: cell(tone, display_safe(state.subscription.event, 128), room),
        "socket": lambda room: cell(
            "faint" if dead else "dim", short_socket(display_safe(str(state.subscription.socket), 256), room), room
        ),
        "sent": lambda room: cell(tone, count(state.sent), room, right=True),
        "lost": lambda room: cell(
            bad if state.failed or state.dropped else "faint", lost_text(state), room, right=True
        ),
        "queued": lambda room: _number(state.queued, "wait", room),
        "error": lambda room: cell(bad, fill(cut_end(display_safe(state.last_error or "", 256), room), room), room),
    }
    return join(cells[column](room) for column, room in fit(COLUMNS, width).items())


def lost_text(state: SubscriptionState) -> str:
    """Write how many did not arrive, `✗` when some failed and `⌀` when all were dropped; the detail has both."""
    lost = state.failed + state.dropped
    if not lost:
        return "·"
    short = str(lost) if lost < 10_000 else f"{lost // 1000}k" if lost < 1_000_000 else f"{lost // 1_000_000}M"
    return ("✗" if state.failed else "⌀") + short


def _number(number: int, role: Role, room: int) -> Cells:
    return cell(role if number else "faint", count(number) if number else "·", room, right=True)


def _urgency(left: float | None, *, dead: bool) -> Role:
    if dead:
        return "faint"
    if left is None:
        return "dim"
    if left < NOW:
        return "bad"
    return "wait" if left < SOON else "text"
