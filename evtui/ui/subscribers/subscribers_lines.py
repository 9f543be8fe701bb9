"""The lines of the subscribers: a heading for each event, and below it countdown, status, socket and counters."""

from collections.abc import Sequence

from msgspec.structs import replace
from rich.cells import cell_len

from evtui.codecs.display_text import UNTOLD, display_safe
from evtui.core.ports import Clock, SubscriptionState
from evtui.core.transport import TransportInfo
from evtui.ui.fleet.server_looks import NO_SERVERS, ServerLooks
from evtui.ui.stream.status_signs import STATUS_SIGNS
from evtui.ui.subscribers.link_text import link_role, short_link
from evtui.ui.subscribers.short_socket import whole_scheme_socket
from evtui.ui.subscribers.subscribers_view import (
    EventGroup,
    Subscriber,
    SubscribersEntry,
    SubscribersView,
    ViewerGroup,
)
from evtui.ui.text.cells import Cells, Role, plain
from evtui.ui.text.columns import GAP, CellWriters, TableColumn, cell, fit, header, join
from evtui.ui.text.figures import count, countdown, cut_end, expiry, fill, seconds

_SHORT_SOCKET = 12
"""Cells that a socket keeps beside the counts of what was lost and what waits."""

_LONG_SOCKET = 30
"""Cells that the sockets are given before columns of less weight have any."""

_SERVER_RANK = 4
"""The rank of the servers' column."""

_BESIDE_SOCKETS = frozenset({"expires", "status", "server", "lost", "queued"})

_MEASURED = 500
"""Lines whose sockets are measured for that."""

COLUMNS = (
    TableColumn("expires", "expires", 7, 0, right=True),
    TableColumn("status", "", 1, 1),
    TableColumn("socket", "socket", _SHORT_SOCKET, 2, grow=4, most=64),
    TableColumn("sent", "sent", 5, 5, right=True),
    TableColumn("lost", "lost", 5, 3, right=True),
    TableColumn("queued", "queued", 6, 4, grow=1, most=13, right=True),
    TableColumn("link", "link", 10, 7, grow=6, most=28),
    TableColumn("error", "last error", 15, 6, grow=4, most=60),
)

SOON, NOW = 60.0, 10.0
"""Below so many seconds a countdown is yellow, and red."""


_LEAST_NAME = 10
"""Cells that the name of an event keeps beside what the heading says of it."""


class SubscribersLines:
    """The subscribers as lines; the clock tells how long each subscription has left."""

    def __init__(self, view: SubscribersView, monotonic: Clock) -> None:
        self._view = view
        self._monotonic = monotonic
        self._measured: tuple[object, int] = (None, 0)

    def __len__(self) -> int:
        return len(self._view.entries)

    def entry(self, index: int) -> SubscribersEntry | None:
        """Return what a line is about: an event, a subscriber, or the viewers."""
        return self._view.entries[index] if 0 <= index < len(self) else None

    def key(self, index: int) -> object:
        """Return the key of a line: its event and its socket."""
        return self._view.entries[index].key

    def find(self, key: object) -> int | None:
        """Return the line of a subscription or of a group."""
        return next((place for place, line in enumerate(self._view.entries) if line.key == key), None)

    def line(self, index: int, width: int) -> Cells:
        """Write one subscriber, or the line of a group."""
        entry = self._view.entries[index]
        now = self._view.known_at(self._monotonic())
        if isinstance(entry, EventGroup):
            return _event_line(entry, now, width)
        if isinstance(entry, ViewerGroup):
            return _group_line(entry, width, self._view.next_steps.subscribes)
        return subscriber_line(
            entry, entry.left(now), width, stale=self._view.stopped_at is not None, columns=self._columns(width),
            schemes=self._view.schemes, servers=self._view.servers,
        )  # fmt: skip

    def header(self, width: int) -> Cells:
        """Write the columns' titles."""
        columns = self._columns(width)
        return header(columns, fit(columns, width))

    def _columns(self, width: int) -> Sequence[TableColumn]:
        """Choose the columns that say something; the sockets have the room that they need before the last ones do."""
        told = [column for column in COLUMNS if column.name not in self._view.silent]
        if servers := self._view.servers if self._view.order != "server" else None:
            told.insert(2, servers.column(_SERVER_RANK))
        beside = sum(column.width + GAP for column in told if column.name in _BESIDE_SOCKETS)
        room = max(_SHORT_SOCKET, min(self._widest_socket(), _LONG_SOCKET, width - beside))
        return [replace(column, width=room) if column.name == "socket" else column for column in told]

    def _widest_socket(self) -> int:
        entries = self._view.entries
        if self._measured[0] is not entries:
            shown = (line.state.subscription.socket for line in entries[:_MEASURED] if isinstance(line, Subscriber))
            self._measured = entries, max((cell_len(display_safe(str(socket), 256)) for socket in shown), default=0)
        return self._measured[1]

    def empty(self) -> Sequence[str]:
        """Say how to subscribe."""
        return self._view.next_steps.subscribers()


def subscriber_line(
    subscriber: Subscriber, left: float | None, width: int, *,
    stale: bool = False, columns: Sequence[TableColumn] = COLUMNS, schemes: Sequence[TransportInfo] = (),
    servers: ServerLooks = NO_SERVERS,
) -> Cells:  # fmt: skip
    """Write one subscriber with the seconds it has left; `stale` says that the backend does not answer any more."""
    state, over = subscriber.state, stale or subscriber.expired_at is not None
    tone: Role = "faint" if over else "text"
    bad: Role = "faint" if over else "bad"
    role, sign = status_sign(subscriber)
    cells: CellWriters = {
        "expires": lambda room: cell(
            _urgency(left, over=over), expiry(left, state.subscription.expire), room, right=True
        ),
        "status": lambda room: cell("faint" if over else role, sign, room),
        "server": lambda room: servers.cell(state.subscription.server, room),
        "socket": lambda room: cell(tone, _socket_text(state, room, schemes), room),
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


def status_sign(subscriber: Subscriber) -> tuple[Role, str]:
    """Write how deliveries to a subscriber go: `↻` retried, `…` queued, `✗` the last failed, `✓` the last were sent."""
    state = subscriber.state
    if subscriber.expired_at is not None:
        return "faint", "-"
    if state.outbox is not None and state.outbox.link == "retrying":
        return STATUS_SIGNS["retrying"]
    if state.queued:
        return STATUS_SIGNS["queued"]
    return ("faint", "·") if subscriber.last is None else STATUS_SIGNS[subscriber.last]


def viewers_text(number: int) -> str:
    """Write `1 viewer`, `2 viewers`."""
    return f"{count(number)} viewer{'s' * (number != 1)}"


def _event_line(group: EventGroup, now: float, width: int) -> Cells:
    """Write the heading of an event: its name, how many subscribe to it, and when the next subscription expires."""
    left = None if group.deadline is None else max(0.0, group.deadline - now)
    where = f"{display_safe(group.server, 64)} · " if group.server else ""
    name = f"{'▸' if group.folded else '▾'} {where}{display_safe(group.event, 128)}"
    number = f"{count(group.subscribers)} subscriber{'s' * (group.subscribers != 1)}"
    ends: Cells = [] if left is None else [("dim", " · next "), (_urgency(left, over=False), countdown(left))]
    tail: Cells = [("dim", f"  {number}"), *ends]
    if cell_len(name) + cell_len(plain(tail)) > width:
        tail = [("dim", f"  {count(group.subscribers)}"), *ends]
    room = width - cell_len(plain(tail))
    if room < _LEAST_NAME:
        return cell("head", name, width)
    used = min(room, cell_len(name))
    return [("head", fill(name, used)), *tail, ("text", " " * (room - used))]


def _group_line(group: ViewerGroup, width: int, key: str) -> Cells:
    text = f"{'▸' if group.folded else '▾'} watching: {viewers_text(group.viewers)}"
    how = f": {key} subscribes one" if key else ""
    note = f"No subscribers{how}." if group.alone else ""
    return [
        ("head", fill(text, min(width, cell_len(text) + 2))),
        ("dim", fill(note, max(0, width - cell_len(text) - 2))),
    ]


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
    return long if cell_len(long) <= room else text


def _socket_text(state: SubscriptionState, room: int, schemes: Sequence[TransportInfo]) -> str:
    """Write a socket with its scheme; a viewer's line stands below no event, so that it names the event, too."""
    text = display_safe(str(state.subscription.socket), 256)
    if not state.viewer:
        return whole_scheme_socket(text, room, schemes)
    event = display_safe(state.subscription.event, 128)
    return f"{whole_scheme_socket(text, max(18, room - cell_len(event) - 1), schemes)} {event}"


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
