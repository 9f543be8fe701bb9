"""Multicast: one subscription that is several destinations, each with its own outbox or served in place."""

import logging

from msgspec.structs import replace

from evtui.codecs.payload import encoder
from evtui.core.errors import DeliveryError
from evtui.core.ports import Clock, OutboxState
from evtui.core.records import Outcome
from evtui.core.transport import Notification, Sink
from evtui.core.values import Socket
from evtui.engine.outbox.entry import DeliveryListener
from evtui.engine.outbox.outbox import Outbox

_log = logging.getLogger(__name__)


class MulticastBranch:
    """One destination of a multicast: a sink that is served in place, or an outbox."""

    __slots__ = ("codec", "outbox", "sink", "socket")

    def __init__(self, socket: Socket, codec: str, *, sink: Sink | None = None, outbox: Outbox | None = None) -> None:
        self.socket = socket
        self.codec = codec
        self.sink = sink
        self.outbox = outbox


class MulticastQueue:
    """Sends each notification to all branches, also when one of them fails; a `destination.NotificationQueue`."""

    def __init__(
        self,
        socket: Socket,
        codec: str,
        branches: tuple[MulticastBranch, ...],
        listener: DeliveryListener,
        clock: Clock,
    ) -> None:
        self.socket = socket
        self.branches = branches
        self._codec = codec
        self._listener = listener
        self._clock = clock

    def put(self, notification: Notification) -> None:
        """Send to all branches; the outcome is reported once, when all of them are done."""
        outcomes = BranchOutcomes(self, notification, self._clock())
        for branch in self.branches:
            own = notification
            if branch.codec != self._codec:
                own = replace(notification, payload=encoder(branch.codec)(notification.event, notification.params))
            if branch.outbox is not None:
                branch.outbox.put(own, outcomes)
            elif branch.sink is not None:
                why = send_in_place(branch.sink, own.payload)
                outcomes.branch_settled(branch.socket, "sent" if why is None else "failed", why, 1)

    def state(self) -> OutboxState:
        """Describe the outboxes of the branches as one: the worst of them, with the sizes of all."""
        states = [branch.outbox.state() for branch in self.branches if branch.outbox is not None]
        worst = max(states, key=lambda state: (state.attempt, state.queued), default=OutboxState(self.socket))
        return replace(
            worst,
            socket=self.socket,
            queued=max((state.queued for state in states), default=0),
            bytes=sum(state.bytes for state in states),
            age=max((state.age for state in states), default=0.0),
        )

    def settled(self, outcomes: "BranchOutcomes") -> None:
        """Report a notification that all branches are done with."""
        outcome, reason = outcomes.result()
        latency = self._clock() - outcomes.since
        self._listener.settled(self.socket, outcomes.notification, outcome, latency, outcomes.attempts, reason)


class BranchOutcomes:
    """The outcomes of one notification at the branches so far; an `entry.BranchListener`."""

    __slots__ = ("_multicast", "_outcomes", "_reasons", "attempts", "notification", "since")

    def __init__(self, multicast: MulticastQueue, notification: Notification, since: float) -> None:
        self._multicast = multicast
        self._outcomes: list[Outcome] = []
        self._reasons: list[str] = []
        self.notification = notification
        self.since = since
        self.attempts = 0

    def branch_settled(self, branch: Socket, outcome: Outcome, reason: str | None, attempt: int) -> None:
        """Take the outcome at one branch; the last one settles the notification."""
        self._outcomes.append(outcome)
        self.attempts = max(self.attempts, attempt)
        if reason is not None:
            self._reasons.append(f"{branch}: {reason}")
        if len(self._outcomes) == len(self._multicast.branches):
            self._multicast.settled(self)

    def result(self) -> tuple[Outcome, str | None]:
        """Sum up: failed or dropped when one branch failed or dropped it, acknowledged when all branches did."""
        bad: tuple[Outcome, ...] = ("failed", "dropped")
        for outcome in bad:
            if outcome in self._outcomes:
                return outcome, f"{len(self._reasons):,} of {len(self._outcomes):,}: " + "; ".join(self._reasons)
        return "sent" if "sent" in self._outcomes else "acknowledged", None


def send_in_place(sink: Sink, payload: bytes) -> str | None:
    """Send now; returns the reason when it failed."""
    try:
        sink.send(payload)
    except DeliveryError as error:
        return error.reason
    except Exception as error:  # noqa: BLE001 - a transport's bug must not reach the caller that raises
        _log.warning("a transport failed to send", exc_info=error)
        return f"{type(error).__name__}: {error}"
    return None
