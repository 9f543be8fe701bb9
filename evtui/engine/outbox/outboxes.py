"""The outboxes of an engine: one a destination, shared by its subscriptions, opened with the first of them."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import anyio
from anyio.abc import TaskGroup
from msgspec import Struct
from msgspec.structs import replace

from evtui.core.errors import BadSocketError, SpoolError
from evtui.core.ports import Clock, OutboxState, QueueUse
from evtui.core.transport import Branch, Handler, Multicast, Notification, Opened, Queued, Spool, Target
from evtui.core.values import Socket
from evtui.engine.delivery_log import DeliveryLog, Losses
from evtui.engine.destination import Destination
from evtui.engine.journal import Journal
from evtui.engine.local_handler import LocalHandler
from evtui.engine.multicast import MulticastBranch, MulticastQueue
from evtui.engine.outbox.attempt_turns import AttemptTurns
from evtui.engine.outbox.entry import DeliveryListener
from evtui.engine.outbox.outbox import Outbox
from evtui.engine.outbox.shared_bound import DEFAULT_LIMIT, SharedBound
from evtui.engine.subscriptions.count_limit import MAX_DESTINATIONS, CountLimit

_log = logging.getLogger(__name__)


class Undelivered(Struct, frozen=True):
    """How many notifications one destination had not got when the engine closed."""

    socket: Socket
    lost: int
    """Notifications that were dropped."""
    kept: int
    """Durable ones that wait in the spool for the next run."""


class OutboxRules(Struct, frozen=True):
    """What holds for all outboxes of an engine."""

    bytes: int = DEFAULT_LIMIT
    """What all of them may hold: payloads, and `ENTRY_BYTES` for each notification."""
    keep: float = 60.0
    """Seconds an outbox goes on trying to deliver what it accepted when its last subscription has ended."""
    jitter: Callable[[], float] = lambda: 1.0
    """Returns 0 to 1 and spreads retries."""
    destinations: int = MAX_DESTINATIONS
    """The most outboxes that subscriptions may open."""


RULES: Final = OutboxRules()

KEEP_RESTORED: Final = 3600.0
"""Seconds an outbox without a subscription goes on trying to deliver what an earlier run left in the spool."""


class Outboxes:
    """Opens, shares and ends outboxes."""

    def __init__(
        self,
        listener: DeliveryListener,
        *,
        log: DeliveryLog,
        clock: Clock,
        wall: Clock,
        spool: Spool | None,
        rules: OutboxRules = RULES,
    ) -> None:
        self._listener = listener
        self._log = log
        self._clock = clock
        self._wall = wall
        self._jitter = rules.jitter
        self._spool = spool
        self._keep = rules.keep
        self._shared = SharedBound(rules.bytes)
        self._limit = CountLimit(rules.destinations, "destinations")
        self._turns = AttemptTurns()
        self._outboxes: dict[Socket, Outbox] = {}
        self._users: dict[Socket, int] = {}
        self._held: set[Socket] = set()
        """Destinations whose outbox stays open without a subscription, until there is one."""
        self._tasks: TaskGroup | None = None

    @property
    def set_aside(self) -> int:
        """Count the damaged notifications that the spool keeps apart."""
        return 0 if self._spool is None else self._spool.set_aside

    def open(self, target: Target, opened: Opened) -> Destination:
        """Return where a subscription of the target sends its notifications; its outboxes are in use until `close`."""
        match opened:
            case Queued():
                outbox = self._acquire(target, opened)
                return Destination(queue=outbox, outboxes=(outbox,))
            case Handler():
                return Destination(queue=LocalHandler(target.socket, opened.handle, self._listener, self._clock))
            case Multicast():
                branches = self._open_branches(opened.branches)
                multicast = MulticastQueue(target.socket, target.codec, branches, self._listener, self._clock)
                used = tuple(branch.outbox for branch in branches if branch.outbox is not None)
                return Destination(queue=multicast, outboxes=used)
            case _:
                return Destination(sink=opened)

    def check_room(self, target: Target, opened: Opened) -> None:
        """Check that the outboxes of a target can be opened.

        raises TooManyError: there are too many of other destinations.
        """
        match opened:
            case Queued():
                sockets = [target.socket]
            case Multicast():
                sockets = [each.target.socket for each in opened.branches if isinstance(each.opened, Queued)]
            case _:
                return
        if new := sum(socket not in self._outboxes for socket in sockets):
            self._limit.check(len(self._outboxes), new)

    def close(self, destination: Destination) -> None:
        """Release the outboxes of a destination. One without a subscription delivers what it accepted, then ends."""
        self._close(destination, self._keep)

    def _close(self, destination: Destination, keep: float) -> None:
        for outbox in destination.outboxes:
            self._users[outbox.socket] -= 1
            if not self._users[outbox.socket]:
                outbox.finish(keep)
                if self._tasks is None and not outbox.queued:
                    self._forget(outbox)

    def redirect(self, target: Target, opened: Opened) -> None:
        """Go on with a newly opened target of the same socket: its password has changed."""
        match opened:
            case Queued():
                if (outbox := self._outboxes.get(target.socket)) is not None:
                    outbox.source = target.source
                    outbox.redirect(opened.sender)
            case Multicast():
                for branch in opened.branches:
                    self.redirect(branch.target, branch.opened)
            case _:
                pass

    def restore(self, target: Target, opened: Opened, *, hold: bool) -> int:
        """Open the outbox of a destination that has notifications in the spool; returns how many wait there.

        The outbox ends when they are delivered, unless `hold` is true or its socket is subscribed meanwhile.
        """
        destination = self.open(target, opened)
        if hold:
            self._held.add(target.socket)
        else:
            self._close(destination, KEEP_RESTORED)
        return sum(outbox.state().queued for outbox in destination.outboxes[:1])

    def states(self) -> Mapping[Socket, OutboxState]:
        """Describe every outbox."""
        return {socket: outbox.state() for socket, outbox in self._outboxes.items()}

    def listed(self) -> Sequence[Outbox]:
        """List the outboxes of now."""
        return list(self._outboxes.values())

    @property
    def queued(self) -> int:
        """Count the notifications that wait in all outboxes."""
        return sum(outbox.queued for outbox in self._outboxes.values())

    def use(self) -> QueueUse:
        """Say how many outboxes there are, how much all together hold, and what these bounds cost."""
        limit = self._limit
        return replace(
            self._shared.use(),
            destinations=len(self._outboxes), destination_limit=limit.limit, destinations_refused=limit.refused,
        )  # fmt: skip

    def losses(self) -> Iterator[Losses]:
        """Say what each outbox has lost since it was opened."""
        return (outbox.losses() for outbox in self._outboxes.values())

    def busy(self) -> bool:
        """Say whether an outbox has something to deliver and its last attempt did not fail."""
        return any(outbox.busy for outbox in self._outboxes.values())

    async def drain(self, limit: float, journal: Journal) -> None:
        """Wait up to `limit` seconds until they are empty, except those whose last attempt failed."""
        with anyio.move_on_after(limit) as scope:
            # Each change of an outbox writes a record. With records all the time, the scope alone would never cancel.
            while self.busy() and not scope.cancel_called:
                await journal.wait_beyond(journal.written)

    def discard(self, reason: str) -> Sequence[Undelivered]:
        """Drop what waits and is not in the spool; returns, by destination, what was lost and what the spool keeps."""
        left = [
            Undelivered(socket, outbox.discard(reason), outbox.state().queued)
            for socket, outbox in self._outboxes.items()
        ]
        return [each for each in left if each.lost or each.kept]

    def start(self, tasks: TaskGroup) -> None:
        """Deliver in tasks of this group: from the outboxes there are, and from each one that is opened later."""
        self._tasks = tasks
        tasks.start_soon(self._turns.run)
        for outbox in self._outboxes.values():
            tasks.start_soon(self._run, outbox)

    def stop(self) -> None:
        """Start no more tasks: the task group has ended."""
        self._tasks = None

    def _open_branches(self, parts: Sequence[Branch]) -> tuple[MulticastBranch, ...]:
        branches: list[MulticastBranch] = []
        try:
            for part in parts:
                branches.append(self._branch(part))  # noqa: PERF401 - those before one that fails are released
        except BadSocketError:
            used = tuple(branch.outbox for branch in branches if branch.outbox is not None)
            self.close(Destination(outboxes=used))
            raise
        return tuple(branches)

    def _branch(self, branch: Branch) -> MulticastBranch:
        target, opened = branch.target, branch.opened
        if isinstance(opened, Queued):
            return MulticastBranch(target.socket, target.codec, outbox=self._acquire(target, opened))
        return MulticastBranch(target.socket, target.codec, sink=opened)

    def _acquire(self, target: Target, waiting: Queued) -> Outbox:
        outbox = self._outboxes.get(target.socket)
        if outbox is None:
            outbox = self._outboxes[target.socket] = self._make(target, waiting)
            if self._tasks is not None:
                self._tasks.start_soon(self._run, outbox)
        elif target.socket in self._held:  # its target could not be opened until now: take the real sender and policy
            self._held.remove(target.socket)
            self._users[target.socket] = 0
            outbox.use_policy(waiting.policy)
            outbox.source = target.source
            outbox.redirect(waiting.sender)
        self._users[target.socket] = self._users.get(target.socket, 0) + 1
        outbox.reopen()
        return outbox

    def _make(self, target: Target, waiting: Queued) -> Outbox:
        is_durable, spool = waiting.policy.durable, self._spool
        if is_durable and spool is None:
            raise BadSocketError(str(target.socket), "durable", "this engine has no spool: name one in engine.spool")
        outbox = Outbox(
            target.socket, waiting.sender, waiting.policy, self._listener,
            clock=self._clock, jitter=self._jitter, spool=spool, source=target.source, shared=self._shared,
            turns=self._turns,
        )  # fmt: skip
        if spool is not None:
            try:
                if is_durable:
                    spool.claim()
                outbox.restore(spool.load(target.socket), self._raised_at)
            except SpoolError as error:
                if is_durable:  # what waits there would be overtaken, and what comes would fail
                    raise BadSocketError(str(target.socket), "durable", str(error)) from error
                _log.warning("%s", error)
        return outbox

    def _raised_at(self, notification: Notification) -> float:
        return self._clock() - max(0.0, self._wall() - notification.at)

    async def _run(self, outbox: Outbox) -> None:
        while True:
            await outbox.run()
            if not self._users.get(outbox.socket):  # otherwise it was subscribed again while it ended
                self._forget(outbox)
                return

    def _forget(self, outbox: Outbox) -> None:
        outbox.leave()
        self._log.ended(outbox.socket, outbox.losses())
        self._outboxes.pop(outbox.socket, None)
        self._users.pop(outbox.socket, None)
