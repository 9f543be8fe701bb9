"""The lines of the subscribers: countdown, event, socket and counters."""

from collections.abc import Sequence

from evtui.codecs.display_text import UNTOLD, display_safe
from evtui.core.ports import Clock, SubscriptionState
from evtui.core.transport import TransportInfo
from evtui.ui.subscribers.link_text import link_role, short_link
from evtui.ui.subscribers.short_socket import short_socket
from evtui.ui.subscribers.subscribers_view import Subscriber, SubscribersEntry, SubscribersView, ViewerGroup
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.columns import CellWriters, TableColumn, cell, fit, header, join
from evtui.ui.text.figures import count, cut_end, expiry, fill, seconds

COLUMNS = (
    TableColumn("expires", "expires", 7, 0, right=True),
    TableColumn("event", "event", 8, 3, grow=3, most=32),
    TableColumn("socket", "socket", 14, 1, grow=3, most=40),
    TableColumn("sent", "sent", 5, 4, right=True),
    TableColumn("lost", "lost", 5, 2, right=True),
    TableColumn("queued", "queued", 6, 6, right=True),
    TableColumn("error", "last error", 16, 5, grow=4, most=60),
)

OUTBOX_COLUMNS = (
    TableColumn("expires", "expires", 7, 0, right=True),
    TableColumn("event", "event", 8, 3, grow=3, most=32),
    TableColumn("socket", "socket", 14, 1, grow=3, most=48),
    TableColumn("sent", "sent", 5, 6, right=True),
    TableColumn("lost", "lost", 5, 2, right=True),
    TableColumn("queued", "queued", 6, 4, grow=1, most=13, right=True),
    TableColumn("link", "link", 10, 7, grow=6, most=28),
    TableColumn("error", "last error", 15, 5, grow=4, most=60),
)
"""The columns when a subscriber has an outbox: also what is queued, for how long, and the state of its link."""

SOON, NOW = 60.0, 10.0
"""Below so many seconds a countdown is yellow, and red."""

_MARKED = 8
"""Cells that a socket needs before a mark may take two of them."""


class SubscribersLines:
    """The subscribers as lines; the clock tells how long each subscription has left."""

    def __init__(self, view: SubscribersView, monotonic: Clock) -> None:
        self._view = view
        self._monotonic = monotonic

    def __len__(self) -> int:
        return len(self._view.entries)

    def entry(self, index: int) -> SubscribersEntry | None:
        """Return the subscriber of a line, or the group of viewers."""
        return self._view.entries[index] if 0 <= index < len(self) else None

    def key(self, index: int) -> object:
        """Return the key of a line: its event and its socket."""
        return self._view.entries[index].key

    def find(self, key: object) -> int | None:
        """Return the line of a subscription."""
        return next((place for place, line in enumerate(self._view.entries) if line.key == key), None)

    def line(self, index: int, width: int) -> Cells:
        """Write one subscriber, or the line of the viewers."""
        subscriber = self._view.entries[index]
        if isinstance(subscriber, ViewerGroup):
            return _group_line(subscriber, width, self._view.next_steps.subscribes)
        left = subscriber.left(self._view.known_at(self._monotonic()))
        return subscriber_line(
            subscriber, left, width, stale=self._view.stopped_at is not None, columns=self._columns,
            schemes=self._view.schemes,
        )  # fmt: skip

    def header(self, width: int) -> Cells:
        """Write the columns' titles."""
        return header(self._columns, fit(self._columns, width))

    @property
    def _columns(self) -> Sequence[TableColumn]:
        return OUTBOX_COLUMNS if self._view.waiting else COLUMNS

    def empty(self) -> Sequence[str]:
        """Say how to subscribe."""
        return self._view.next_steps.subscribers()


def subscriber_line(
    subscriber: Subscriber, left: float | None, width: int, *,
    stale: bool = False, columns: Sequence[TableColumn] = COLUMNS, schemes: Sequence[TransportInfo] = (),
) -> Cells:  # fmt: skip
    """Write one subscriber with the seconds it has left; `stale` says that the backend does not answer any more."""
    state, over = subscriber.state, stale or subscriber.expired_at is not None
    tone: Role = "faint" if over else "text"
    bad: Role = "faint" if over else "bad"
    cells: CellWriters = {
        "expires": lambda room: cell(
            _urgency(left, over=over), expiry(left, state.subscription.expire), room, right=True
        ),
        "event": lambda room: cell(tone, display_safe(state.subscription.event, 128), room),
        "socket": lambda room: _socket(state, room, schemes, over=over),
        "sent": lambda room: cell(tone, count(state.sent), room, right=True),
        "lost": lambda room: cell(
            bad if state.failed or state.dropped else "faint", lost_text(state), room, right=True
        ),
        "queued": lambda room: cell(
            "faint" if over or not state.queued else _link_role(state), queued_text(state, room), room, right=True
        ),
        "link": lambda room: cell("faint" if over else _link_role(state), short_link(state.outbox, room), room),
        "error": lambda room: cell(bad, fill(cut_end(display_safe(state.last_error or "", 256), room), room), room),
    }
    return join(cells[column](room) for column, room in fit(columns, width).items())


def viewers_text(number: int) -> str:
    """Write `1 viewer`, `2 viewers`."""
    return f"{count(number)} viewer{'s' * (number != 1)}"


def _group_line(group: ViewerGroup, width: int, key: str) -> Cells:
    text = f"{'▸' if group.folded else '▾'} watching: {viewers_text(group.viewers)}"
    how = f": {key} subscribes one" if key else ""
    note = f"No subscribers{how}." if group.alone else ""
    return [("head", fill(text, min(width, len(text) + 2))), ("dim", fill(note, max(0, width - len(text) - 2)))]


def lost_text(state: SubscriptionState) -> str:
    """Write how many were lost: behind `✗` when some failed, behind `⌀` when all were dropped."""
    if state.failed is None or state.dropped is None:
        return UNTOLD
    lost = state.failed + state.dropped
    if not lost:
        return "·"
    short = str(lost) if lost < 10_000 else f"{lost // 1000}k" if lost < 1_000_000 else f"{lost // 1_000_000}M"
    return ("✗" if state.failed else "⌀") + short


def queued_text(state: SubscriptionState, room: int) -> str:
    """Write how many are queued and, where there is room, for how long the oldest has been: `37 · 12 s`."""
    if not state.queued:
        return "·" if state.queued == 0 else UNTOLD
    text = count(state.queued)
    long = text if state.outbox is None else f"{text} · {seconds(state.outbox.age)}"
    return long if len(long) <= room else text


def _socket(state: SubscriptionState, room: int, schemes: Sequence[TransportInfo], *, over: bool) -> Cells:
    """Write a socket, with a mark when deliveries to it are being retried."""
    text = display_safe(str(state.subscription.socket), 256)
    if room > _MARKED and not over and state.outbox is not None and state.outbox.link == "retrying":
        return [("wait", "↻ "), *cell("wait", short_socket(text, room - 2, schemes), room - 2)]
    return cell("faint" if over else "dim", short_socket(text, room, schemes), room)


def _link_role(state: SubscriptionState) -> Role:
    return "text" if state.outbox is None else link_role(state.outbox)


def _urgency(left: float | None, *, over: bool) -> Role:
    if over:
        return "faint"
    if left is None:
        return "dim"
    if left < NOW:
        return "bad"
    return "wait" if left < SOON else "text"
