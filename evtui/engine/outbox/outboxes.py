"""The outboxes of an engine: one a destination, shared by its subscriptions, opened with the first of them."""

import logging
from collections.abc import Callable, Mapping, Sequence

from anyio.abc import TaskGroup
from msgspec import Struct

from evtui.core.errors import BadSocketError, SpoolError
from evtui.core.ports import Clock, OutboxState
from evtui.core.transport import Handler, Multicast, Notification, Opened, Queued, Sink, Spool, Target
from evtui.core.values import Socket
from evtui.engine.local_handler import LocalHandler
from evtui.engine.multicast import MulticastBranch, MulticastQueue
from evtui.engine.outbox.entry import DeliveryListener
from evtui.engine.outbox.outbox import Outbox

_log = logging.getLogger(__name__)

Post = Outbox | MulticastQueue | LocalHandler
"""What a subscription that is not served in place puts its notifications into."""

LinkTo = Sink | Post


class Undelivered(Struct, frozen=True):
    """What one destination did not get before the end."""

    socket: Socket
    lost: int
    """Notifications that were dropped."""
    kept: int
    """Durable ones that wait in the spool for the next run."""


class Outboxes:
    """Opens, shares and ends outboxes."""

    def __init__(
        self, report: DeliveryListener, *, clock: Clock, wall: Clock, jitter: Callable[[], float], spool: Spool | None
    ) -> None:
        self._report = report
        self._clock = clock
        self._wall = wall
        self._jitter = jitter
        self._spool = spool
        self._boxes: dict[Socket, Outbox] = {}
        self._users: dict[Socket, int] = {}
        self._held: set[Socket] = set()
        """Those that stay without a subscription, until there is one."""
        self._tasks: TaskGroup | None = None

    def open(self, target: Target, opened: Opened) -> LinkTo:
        """Return what a subscription of the target puts its notifications into: counted until `close`."""
        match opened:
            case Queued():
                return self._acquire(target, opened)
            case Handler():
                return LocalHandler(target.socket, opened.handle, self._report, self._clock)
            case Multicast():
                branches = (
                    MulticastBranch(part.target.socket, part.target.codec, self._branch(part.target, part.opened))
                    for part in opened.parts
                )
                return MulticastQueue(target.socket, target.codec, tuple(branches), self._report, self._clock)
            case _:
                return opened

    def close(self, link: LinkTo) -> None:
        """Let go of a link: an outbox nobody uses any more delivers what was accepted, then ends."""
        match link:
            case Outbox():
                self._users[link.socket] -= 1
                if not self._users[link.socket]:
                    link.finish()
                    if self._tasks is None and link.empty:
                        self._forget(link)
            case MulticastQueue():
                for branch in link.branches:
                    self.close(branch.link)
            case _:
                pass

    def redirect(self, target: Target, opened: Opened) -> None:
        """Go on with a newly opened target of the same socket: its password has changed."""
        match opened:
            case Queued():
                if (box := self._boxes.get(target.socket)) is not None:
                    box.source = target.source
                    box.redirect(opened.sender)
            case Multicast():
                for part in opened.parts:
                    self.redirect(part.target, part.opened)
            case _:
                pass

    def restore(self, target: Target, opened: Opened, *, hold: bool) -> int:
        """Open the outbox of a destination that has notifications in the spool; returns how many wait there.

        It ends when they are delivered, unless it is to `hold` or somebody subscribes its socket.
        """
        link = self.open(target, opened)
        if hold:
            self._held.add(target.socket)
        else:
            self.close(link)
        return link.state().queued if isinstance(link, Outbox) else 0

    def states(self) -> Mapping[Socket, OutboxState]:
        """Describe every outbox."""
        return {socket: box.state() for socket, box in self._boxes.items()}

    def busy(self) -> bool:
        """Say whether something waits whose destination can be served, as far as is known."""
        return any(box.busy for box in self._boxes.values())

    def discard(self, reason: str) -> Sequence[Undelivered]:
        """Drop all that waits and is not spooled; returns what was lost and what stays in the spool, for whom."""
        left = [Undelivered(socket, box.discard(reason), box.state().queued) for socket, box in self._boxes.items()]
        return [each for each in left if each.lost or each.kept]

    def start(self, tasks: TaskGroup) -> None:
        """Deliver, in these tasks, from every outbox there is and will be."""
        self._tasks = tasks
        for box in self._boxes.values():
            tasks.start_soon(self._run, box)

    def stop(self) -> None:
        """Start no more tasks: the group has ended."""
        self._tasks = None

    def _branch(self, target: Target, opened: Sink | Queued) -> Sink | Outbox:
        return self._acquire(target, opened) if isinstance(opened, Queued) else opened

    def _acquire(self, target: Target, waiting: Queued) -> Outbox:
        box = self._boxes.get(target.socket)
        if box is None:
            box = self._boxes[target.socket] = self._make(target, waiting)
            if self._tasks is not None:
                self._tasks.start_soon(self._run, box)
        elif target.socket in self._held:  # now it is known how it is to be served
            self._held.remove(target.socket)
            self._users[target.socket] = 0
            box.policy, box.source = waiting.policy, target.source
            box.redirect(waiting.sender)
        self._users[target.socket] = self._users.get(target.socket, 0) + 1
        box.reopen()
        return box

    def _make(self, target: Target, waiting: Queued) -> Outbox:
        if waiting.policy.durable and self._spool is None:
            raise BadSocketError(str(target.socket), "durable", "this engine has no spool: name one in engine.spool")
        box = Outbox(
            target.socket, waiting.sender, waiting.policy, self._report,
            clock=self._clock, jitter=self._jitter, spool=self._spool, source=target.source,
        )  # fmt: skip
        if self._spool is not None:
            try:
                box.restore(self._spool.load(target.socket), self._raised_at)
            except SpoolError as error:
                _log.warning("%s", error)
        return box

    def _raised_at(self, notification: Notification) -> float:
        return self._clock() - max(0.0, self._wall() - notification.at)

    async def _run(self, box: Outbox) -> None:
        while True:
            await box.run()
            if not self._users.get(box.socket):  # else somebody came while it ended
                self._forget(box)
                return

    def _forget(self, box: Outbox) -> None:
        self._boxes.pop(box.socket, None)
        self._users.pop(box.socket, None)
