"""The lines of the subscribers: a countdown, the event, the socket and its counters."""

from collections.abc import Sequence

from evtui.codecs.display_text import display_safe
from evtui.core.ports import Clock, OutboxState, SubscriptionState
from evtui.core.transport import TransportInfo
from evtui.ui.detail.describe_outbox import link_role, link_text
from evtui.ui.subscribers.short_socket import short_socket
from evtui.ui.subscribers.subscribers_view import Subscriber, SubscribersView
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.columns import Column, Writers, cell, fit, header, join
from evtui.ui.text.figures import count, countdown, cut_end, fill, seconds

COLUMNS = (
    Column("expires", "expires", 7, 0, right=True),
    Column("event", "event", 8, 3, grow=3, most=32),
    Column("socket", "socket", 14, 1, grow=3, most=40),
    Column("sent", "sent", 5, 4, right=True),
    Column("lost", "lost", 5, 2, right=True),
    Column("queued", "queued", 6, 6, right=True),
    Column("error", "last error", 16, 5, grow=4, most=60),
)

WAITING_COLUMNS = (
    Column("expires", "expires", 7, 0, right=True),
    Column("event", "event", 8, 3, grow=3, most=32),
    Column("socket", "socket", 14, 1, grow=3, most=48),
    Column("sent", "sent", 5, 6, right=True),
    Column("lost", "lost", 5, 2, right=True),
    Column("queued", "queued", 6, 4, grow=1, most=13, right=True),
    Column("link", "link", 10, 7, grow=6, most=28),
    Column("error", "last error", 15, 5, grow=4, most=60),
)
"""As soon as one of the subscribers waits in an outbox: what waits, for how long, and how its destination is doing."""

SOON, NOW = 60.0, 10.0
"""Seconds left below which a countdown is yellow, and red."""

_MARKED = 8
"""Cells a socket must have before a mark may take two of them."""


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
        return subscriber_line(
            subscriber, left, width, stale=self._view.stopped is not None, columns=self._columns,
            schemes=self._view.schemes,
        )  # fmt: skip

    def header(self, width: int) -> Cells:
        """Write the columns' titles."""
        return header(self._columns, fit(self._columns, width))

    @property
    def _columns(self) -> Sequence[Column]:
        return WAITING_COLUMNS if self._view.waiting else COLUMNS

    def empty(self) -> Sequence[str]:
        """Say how to subscribe."""
        return ("No subscribers.", "s subscribes to the selected event.")


def subscriber_line(
    subscriber: Subscriber, left: float | None, width: int, *,
    stale: bool = False, columns: Sequence[Column] = COLUMNS, schemes: Sequence[TransportInfo] = (),
) -> Cells:  # fmt: skip
    """Write one subscriber with the seconds it has left; a stale one is what was known before the backend was away."""
    state, dead = subscriber.state, stale or subscriber.died is not None
    tone: Role = "faint" if dead else "text"
    bad: Role = "faint" if dead else "bad"
    cells: Writers = {
        "expires": lambda room: cell(_urgency(left, dead=dead), countdown(left), room, right=True),
        "event": lambda room: cell(tone, display_safe(state.subscription.event, 128), room),
        "socket": lambda room: _socket(state, room, schemes, dead=dead),
        "sent": lambda room: cell(tone, count(state.sent), room, right=True),
        "lost": lambda room: cell(
            bad if state.failed or state.dropped else "faint", lost_text(state), room, right=True
        ),
        "queued": lambda room: cell(
            "faint" if dead or not state.queued else _link_role(state), queued_text(state, room), room, right=True
        ),
        "link": lambda room: cell("faint" if dead else _link_role(state), short_link(state.outbox, room), room),
        "error": lambda room: cell(bad, fill(cut_end(display_safe(state.last_error or "", 256), room), room), room),
    }
    return join(cells[column](room) for column, room in fit(columns, width).items())


def lost_text(state: SubscriptionState) -> str:
    """Write how many did not arrive, `✗` when some failed and `⌀` when all were dropped; the detail has both."""
    lost = state.failed + state.dropped
    if not lost:
        return "·"
    short = str(lost) if lost < 10_000 else f"{lost // 1000}k" if lost < 1_000_000 else f"{lost // 1_000_000}M"
    return ("✗" if state.failed else "⌀") + short


def queued_text(state: SubscriptionState, room: int) -> str:
    """Write how many wait and, where there is room, for how long the oldest did: `37 · 12 s`."""
    if not state.queued:
        return "·"
    text = count(state.queued)
    long = text if state.outbox is None else f"{text} · {seconds(state.outbox.age)}"
    return long if len(long) <= room else text


def short_link(box: OutboxState | None, room: int) -> str:
    """Say how a destination does in so many cells: `retrying in 3.0 s, attempt 2`, `↻ 3.0 s #2`, `sending`, `·`."""
    if box is None or box.link == "idle":
        return "·"
    if box.link == "sending" or len(link_text(box)) <= room:
        return link_text(box)
    return f"↻ {seconds(box.retry_in or 0.0)} #{box.attempt + 1}"


def _socket(state: SubscriptionState, room: int, schemes: Sequence[TransportInfo], *, dead: bool) -> Cells:
    """Write a socket; one whose destination is away is marked, even where there is no room to say why."""
    text = display_safe(str(state.subscription.socket), 256)
    if room > _MARKED and not dead and state.outbox is not None and state.outbox.link == "retrying":
        return [("wait", "↻ "), *cell("wait", short_socket(text, room - 2, schemes), room - 2)]
    return cell("faint" if dead else "dim", short_socket(text, room, schemes), room)


def _link_role(state: SubscriptionState) -> Role:
    return "text" if state.outbox is None else link_role(state.outbox)


def _urgency(left: float | None, *, dead: bool) -> Role:
    if dead:
        return "faint"
    if left is None:
        return "dim"
    if left < NOW:
        return "bad"
    return "wait" if left < SOON else "text"
