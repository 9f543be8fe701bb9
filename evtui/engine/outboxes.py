"""The outboxes of an engine: one a destination, shared by its subscriptions, opened with the first of them."""

import logging
from collections.abc import Callable, Mapping, Sequence

from anyio.abc import TaskGroup
from msgspec import Struct

from evtui.core.carriage import Handler, Letter, Opened, Sink, Split, Spool, Target, Waiting
from evtui.core.errors import BadSocketError, SpoolError
from evtui.core.ports import Clock, OutboxState
from evtui.core.values import Socket
from evtui.engine.entry import Report
from evtui.engine.fork import Fork, Prong
from evtui.engine.handling import Handling
from evtui.engine.outbox import Outbox

_log = logging.getLogger(__name__)

Post = Outbox | Fork | Handling
"""What a subscription that is not served in place puts its letters into."""

LinkTo = Sink | Post


class Leftover(Struct, frozen=True):
    """What one destination did not get before the end."""

    socket: Socket
    lost: int
    """Notifications that were dropped."""
    kept: int
    """Durable ones that wait in the spool for the next run."""


class Outboxes:
    """Opens, shares and ends outboxes."""

    def __init__(
        self, report: Report, *, clock: Clock, wall: Clock, jitter: Callable[[], float], spool: Spool | None
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
            case Waiting():
                return self._acquire(target, opened)
            case Handler():
                return Handling(target.socket, opened.handle, self._report, self._clock)
            case Split():
                prongs = (
                    Prong(part.target.socket, part.target.codec, self._prong(part.target, part.opened))
                    for part in opened.parts
                )
                return Fork(target.socket, target.codec, tuple(prongs), self._report, self._clock)
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
            case Fork():
                for prong in link.prongs:
                    self.close(prong.link)
            case _:
                pass

    def redirect(self, target: Target, opened: Opened) -> None:
        """Go on with a newly opened target of the same socket: its password has changed."""
        match opened:
            case Waiting():
                if (box := self._boxes.get(target.socket)) is not None:
                    box.source = target.source
                    box.redirect(opened.courier)
            case Split():
                for part in opened.parts:
                    self.redirect(part.target, part.opened)
            case _:
                pass

    def restore(self, target: Target, opened: Opened, *, hold: bool) -> int:
        """Open the outbox of a destination that has letters in the spool; returns how many wait there.

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

    def discard(self, reason: str) -> Sequence[Leftover]:
        """Drop all that waits and is not spooled; returns what was lost and what stays in the spool, for whom."""
        left = [Leftover(socket, box.discard(reason), box.state().queued) for socket, box in self._boxes.items()]
        return [each for each in left if each.lost or each.kept]

    def start(self, tasks: TaskGroup) -> None:
        """Deliver, in these tasks, from every outbox there is and will be."""
        self._tasks = tasks
        for box in self._boxes.values():
            tasks.start_soon(self._run, box)

    def stop(self) -> None:
        """Start no more tasks: the group has ended."""
        self._tasks = None

    def _prong(self, target: Target, opened: Sink | Waiting) -> Sink | Outbox:
        return self._acquire(target, opened) if isinstance(opened, Waiting) else opened

    def _acquire(self, target: Target, waiting: Waiting) -> Outbox:
        box = self._boxes.get(target.socket)
        if box is None:
            box = self._boxes[target.socket] = self._make(target, waiting)
            if self._tasks is not None:
                self._tasks.start_soon(self._run, box)
        elif target.socket in self._held:  # now it is known how it is to be served
            self._held.remove(target.socket)
            self._users[target.socket] = 0
            box.policy, box.source = waiting.policy, target.source
            box.redirect(waiting.courier)
        self._users[target.socket] = self._users.get(target.socket, 0) + 1
        box.reopen()
        return box

    def _make(self, target: Target, waiting: Waiting) -> Outbox:
        if waiting.policy.durable and self._spool is None:
            raise BadSocketError(str(target.socket), "durable", "this engine has no spool: name one in engine.spool")
        box = Outbox(
            target.socket, waiting.courier, waiting.policy, self._report,
            clock=self._clock, jitter=self._jitter, spool=self._spool, source=target.source,
        )  # fmt: skip
        if self._spool is not None:
            try:
                box.restore(self._spool.load(target.socket), self._raised_at)
            except SpoolError as error:
                _log.warning("%s", error)
        return box

    def _raised_at(self, letter: Letter) -> float:
        return self._clock() - max(0.0, self._wall() - letter.at)

    async def _run(self, box: Outbox) -> None:
        while True:
            await box.run()
            if not self._users.get(box.socket):  # else somebody came while it ended
                self._forget(box)
                return

    def _forget(self, box: Outbox) -> None:
        self._boxes.pop(box.socket, None)
        self._users.pop(box.socket, None)
