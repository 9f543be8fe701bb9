"""What becomes of letters, written into the journal and the counters."""

from collections.abc import Mapping

from evtui.core.carriage import Letter
from evtui.core.ports import Clock, OutboxState
from evtui.core.records import Outcome, Retrying, Settled
from evtui.core.values import Socket
from evtui.engine.journal import Journal
from evtui.engine.roll import Roll


class Reporter:
    """Hears the outboxes; satisfies `entry.Report`."""

    def __init__(self, journal: Journal, wall: Clock) -> None:
        self._journal = journal
        self._wall = wall
        self.rolls: Mapping[str, Roll] = {}
        """Where the counters are; given when there are any."""

    def settled(
        self, socket: Socket, letter: Letter, outcome: Outcome, latency: float, attempt: int, reason: str | None
    ) -> None:
        """Record how a notification that waited has ended."""
        record = Settled(letter.serial, self._wall(), letter.event, socket, outcome, latency, attempt, reason)
        if (roll := self.rolls.get(letter.event)) is not None:
            roll.settle(record)
        self._journal.append(record)

    def retrying(self, state: OutboxState, first: Letter, last: Letter, pause: float) -> None:
        """Record that a destination could not be served."""
        self._journal.append(
            Retrying(
                self._wall(),
                first.event,
                state.socket,
                first.serial,
                last.serial,
                state.queued,
                state.attempt,
                state.last_error or "",
                pause,
            )
        )
