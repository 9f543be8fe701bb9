"""A fork: one subscription that is several destinations, each with its own outbox or served in place."""

import logging

from msgspec.structs import replace

from evtui.codecs.payload import encoder
from evtui.core.carriage import Letter, Sink
from evtui.core.errors import DeliveryError
from evtui.core.ports import Clock, OutboxState
from evtui.core.records import Outcome
from evtui.core.values import Socket
from evtui.engine.entry import Report
from evtui.engine.outbox import Outbox

_log = logging.getLogger(__name__)


class Prong:
    """One destination of a fork."""

    __slots__ = ("codec", "link", "socket")

    def __init__(self, socket: Socket, codec: str, link: Sink | Outbox) -> None:
        self.socket = socket
        self.codec = codec
        self.link = link


class Fork:
    """Sends every letter to all its prongs; one that fails does not keep it from the others."""

    def __init__(self, socket: Socket, codec: str, prongs: tuple[Prong, ...], report: Report, clock: Clock) -> None:
        self.socket = socket
        self.prongs = prongs
        self._codec = codec
        self._report = report
        self._clock = clock

    def put(self, letter: Letter) -> None:
        """Send to all prongs; what becomes of it is reported once, when all of them have ended."""
        count = Count(self, letter, self._clock())
        for prong in self.prongs:
            own = letter
            if prong.codec != self._codec:
                own = replace(letter, payload=encoder(prong.codec)(letter.event, letter.params))
            if isinstance(prong.link, Outbox):
                prong.link.put(own, count)
            else:
                why = serve_in_place(prong.link, own.payload)
                count.take(prong.socket, "sent" if why is None else "failed", why, 1)

    def state(self) -> OutboxState:
        """Describe the outboxes of its prongs as one."""
        states = [prong.link.state() for prong in self.prongs if isinstance(prong.link, Outbox)]
        worst = max(states, key=lambda state: (state.attempt, state.queued), default=OutboxState(self.socket))
        return replace(
            worst,
            socket=self.socket,
            queued=max((state.queued for state in states), default=0),
            bytes=sum(state.bytes for state in states),
            age=max((state.age for state in states), default=0.0),
        )

    def settled(self, count: "Count") -> None:
        """Report a letter that all prongs are done with."""
        outcome, reason = count.result()
        latency = self._clock() - count.since
        self._report.settled(self.socket, count.letter, outcome, latency, count.attempts, reason)


class Count:
    """How one letter fared at the prongs of a fork; a `Joint`."""

    __slots__ = ("_ends", "_fork", "_reasons", "attempts", "letter", "since")

    def __init__(self, fork: Fork, letter: Letter, since: float) -> None:
        self._fork = fork
        self._ends: list[Outcome] = []
        self._reasons: list[str] = []
        self.letter = letter
        self.since = since
        self.attempts = 0

    def take(self, part: Socket, outcome: Outcome, reason: str | None, attempt: int) -> None:
        """Hear how it ended at one prong."""
        self._ends.append(outcome)
        self.attempts = max(self.attempts, attempt)
        if reason is not None:
            self._reasons.append(f"{part}: {reason}")
        if len(self._ends) == len(self._fork.prongs):
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
    except Exception as error:  # noqa: BLE001 - a carrier's bug must not reach the raiser
        _log.warning("a carrier failed to send", exc_info=error)
        return f"{type(error).__name__}: {error}"
    return None
