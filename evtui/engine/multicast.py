"""A fork: one subscription that is several destinations, each with its own outbox or served in place."""

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
    """One destination of a fork."""

    __slots__ = ("codec", "link", "socket")

    def __init__(self, socket: Socket, codec: str, link: Sink | Outbox) -> None:
        self.socket = socket
        self.codec = codec
        self.link = link


class MulticastQueue:
    """Sends every notification to all its branches; one that fails does not keep it from the others."""

    def __init__(
        self, socket: Socket, codec: str, branches: tuple[MulticastBranch, ...], report: DeliveryListener, clock: Clock
    ) -> None:
        self.socket = socket
        self.branches = branches
        self._codec = codec
        self._report = report
        self._clock = clock

    def put(self, notification: Notification) -> None:
        """Send to all branches; what becomes of it is reported once, when all of them have ended."""
        count = BranchOutcomes(self, notification, self._clock())
        for branch in self.branches:
            own = notification
            if branch.codec != self._codec:
                own = replace(notification, payload=encoder(branch.codec)(notification.event, notification.params))
            if isinstance(branch.link, Outbox):
                branch.link.put(own, count)
            else:
                why = serve_in_place(branch.link, own.payload)
                count.take(branch.socket, "sent" if why is None else "failed", why, 1)

    def state(self) -> OutboxState:
        """Describe the outboxes of its branches as one."""
        states = [branch.link.state() for branch in self.branches if isinstance(branch.link, Outbox)]
        worst = max(states, key=lambda state: (state.attempt, state.queued), default=OutboxState(self.socket))
        return replace(
            worst,
            socket=self.socket,
            queued=max((state.queued for state in states), default=0),
            bytes=sum(state.bytes for state in states),
            age=max((state.age for state in states), default=0.0),
        )

    def settled(self, count: "BranchOutcomes") -> None:
        """Report a notification that all branches are done with."""
        outcome, reason = count.result()
        latency = self._clock() - count.since
        self._report.settled(self.socket, count.notification, outcome, latency, count.attempts, reason)


class BranchOutcomes:
    """How one notification fared at the branches of a fork; a `Joint`."""

    __slots__ = ("_ends", "_fork", "_reasons", "attempts", "notification", "since")

    def __init__(self, fork: MulticastQueue, notification: Notification, since: float) -> None:
        self._fork = fork
        self._ends: list[Outcome] = []
        self._reasons: list[str] = []
        self.notification = notification
        self.since = since
        self.attempts = 0

    def take(self, part: Socket, outcome: Outcome, reason: str | None, attempt: int) -> None:
        """Hear how it ended at one branch."""
        self._ends.append(outcome)
        self.attempts = max(self.attempts, attempt)
        if reason is not None:
            self._reasons.append(f"{part}: {reason}")
        if len(self._ends) == len(self._fork.branches):
            self._fork.settled(self)

    def result(self) -> tuple[Outcome, str | None]:
        """Sum up: it failed or was dropped when it did at one; acknowledged when all did."""
        bad: tuple[Outcome, ...] = ("failed", "dropped")
        for outcome in bad:
            if outcome in self._ends:
                return outcome, f"{len(self._reasons)} of {len(self._ends)}: " + "; ".join(self._reasons)
        return "sent" if "sent" in self._ends else "acknowledged", None


def serve_in_place(sink: Sink, payload: bytes) -> str | None:
    """Send now; returns why it failed."""
    try:
        sink.send(payload)
    except DeliveryError as error:
        return error.reason
    except Exception as error:  # noqa: BLE001 - a transport's bug must not reach the raiser
        _log.warning("a transport failed to send", exc_info=error)
        return f"{type(error).__name__}: {error}"
    return None
