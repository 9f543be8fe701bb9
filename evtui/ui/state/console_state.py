"""All that the console shows, folded from records and states. It knows nothing of Textual."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from evtui.core.ports import EventState, JournalUse, Status, SubscriptionState
from evtui.core.recording_port import Playback, Recordings
from evtui.core.records import (
    Expired,
    Published,
    Raised,
    Record,
    Refreshed,
    Refused,
    Restarted,
    Retrying,
    Settled,
    Subscribed,
    Unsubscribed,
    server_of,
)
from evtui.core.viewers.session_state import SessionControl
from evtui.statistics.traffic_statistics import TrafficStatistics
from evtui.ui.events.events_view import EventsView
from evtui.ui.fleet.server_looks import ServerLooks, looks_of, looks_of_names
from evtui.ui.state.console_source import ConsoleSource
from evtui.ui.state.delivery_counts import DeliveryCounts
from evtui.ui.state.next_steps import NextSteps
from evtui.ui.state.profile_choice import ProfileChoice
from evtui.ui.state.row_marking import RowMarking
from evtui.ui.stream.rate_meter import RateMeter
from evtui.ui.stream.rules.rule_alerts import RuleAlerts
from evtui.ui.stream.stream_view import StreamView
from evtui.ui.subscribers.subscribers_view import SubscribersView

HEARD_SECONDS = 5.0
"""How long a notification is a proof that the server lives."""

SILENT_SECONDS = 2.0
"""How long an answer may take until the status line says that there is none."""


class Unread(Struct, frozen=True):
    """Records that this console did not read, since its start."""

    lost: int = 0
    """They did not reach this program."""
    skipped: int = 0
    """They did, but the journal had evicted them when they were to be read. Nothing was lost for the subscribers."""


NOTHING_UNREAD = Unread()

_LATE_SECONDS: Final = 2.0


class ConsoleState:
    """The views of the panes, and what the lines around them show. Times are monotonic seconds."""

    def __init__(self) -> None:
        self.stream = StreamView()
        self.marking = RowMarking(self.stream)
        self.alerts = RuleAlerts()
        self.sessions: SessionControl | None = None
        """Those of viewers; None where no door lets any in."""
        self.events = EventsView()
        self.subscribers = SubscribersView()
        self.raise_rate = RateMeter()
        self.statistics = TrafficStatistics()
        self.status: Status | None = None
        self.trouble: str | None = None
        """Why the backend did not answer, None when it did."""
        self.counts = DeliveryCounts()
        """What became of the raises that were read."""
        self.profile = ""
        """The profile of the settings; empty for the default one."""
        self.profiles: ProfileChoice | None = None
        """Lets the user choose another one; None where that is not possible."""
        self.unread = NOTHING_UNREAD
        self.stale = True
        """Whether a record told of a change of the catalogue or of subscriptions since they were asked for."""
        self.was_restarted = False
        """Whether the server was started again since its subscriptions were asked for."""
        self.asked_at: float | None = None
        """When the backend was asked what it has not answered yet; None when nothing is asked."""
        self._heard_at: float | None = None

    @property
    def raises(self) -> int:
        """Count the raises that were read, refused ones too."""
        return self.counts.raised + self.counts.refused

    @property
    def recordings(self) -> Recordings | None:
        """Return what records what happens; None where there is nothing to record."""
        return self.marking.recordings

    @property
    def playback(self) -> Playback | None:
        """Return the recording that is shown; None where what happens now is shown."""
        return self.marking.playback

    @property
    def lost(self) -> int | None:
        """Count all that was lost, by the backend and on the way to this console; None when a backend does not tell."""
        told = self.status.dropped if self.status else 0 if self.raises else None
        return self.unread.lost or None if told is None else self.unread.lost + told

    def take_source(self, source: ConsoleSource) -> None:
        """Take what goes with a backend that is open now."""
        self.marking.recordings, self.sessions, self.profiles = source.recordings, source.sessions, source.profiles

    def take_records(
        self,
        records: Sequence[Record],
        now: float,
        unread: Unread = NOTHING_UNREAD,
        use: JournalUse | None = None,
    ) -> None:
        """Take records that were read, count those that were not; `use` says what the journal holds."""
        self.unread = unread
        before = self.raises
        self.counts.take_all(records)
        for record in records:
            if type(record) is not Raised:
                self._note_change(record)
        if raises := self.raises - before:
            self.raise_rate.add(now, _recent(records, raises))
            self._heard_at = now
        if records:
            if self.playback is not None:
                self._note_servers(records)
            self.stream.take(records, use)
            self.statistics.take_records(records)
        self.marking.take_recorded()
        self.alerts.mark_rows(self.marking)

    def _note_change(self, record: Record) -> None:
        """Take note that the catalogue or subscriptions changed."""
        match record:
            case Published() | Restarted():
                self.stale = True
                self.was_restarted |= isinstance(record, Restarted)
            case Subscribed() | Refreshed() | Expired():
                self.stale = True
            case Unsubscribed():
                self.stale = True
                self.subscribers.ended_by_hand(record.subscription)
            case Raised() | Refused() | Settled() | Retrying():
                pass

    def take_servers(self, looks: ServerLooks) -> None:
        """Show the servers of a fleet in columns of their own."""
        self.stream.servers = self.events.servers = self.subscribers.servers = looks

    def _note_servers(self, records: Sequence[Record]) -> None:
        """Take note of servers that a recording names: it does not tell how they stood."""
        known = self.stream.servers.roles
        if new := dict.fromkeys(name for record in records if (name := server_of(record)) and name not in known):
            self.take_servers(looks_of_names([*known, *new]))

    def start_over(self) -> None:
        """Forget what was read: what comes next did not happen after it."""
        self.counts = DeliveryCounts()
        self.raise_rate = RateMeter()
        self.unread = NOTHING_UNREAD
        self.stale = True
        self.stream.received = self.stream.evicted = 0
        self.events.start_over()
        self.statistics.start_over()
        self.marking.start_over()
        self.subscribers.start_over()

    def silence(self, now: float) -> float:
        """Return the seconds for which the backend has not answered, 0.0 while an answer may still be on its way."""
        waited = 0.0 if self.asked_at is None else now - self.asked_at
        return waited if waited >= SILENT_SECONDS else 0.0

    def is_heard(self, now: float) -> bool:
        """Say whether a notification came a moment ago: the server lives, even if it does not answer requests."""
        return self._heard_at is not None and now - self._heard_at < HEARD_SECONDS

    def take_states(
        self, status: Status, events: Sequence[EventState], subscriptions: Sequence[SubscriptionState], now: float
    ) -> None:
        """Take the answer to a poll."""
        self.status = status
        self.was_restarted &= self.stale
        self.stream.schemes = self.subscribers.schemes = status.schemes
        if status.servers:
            self.take_servers(looks_of(status.servers))
        self.trouble = None if status.connected else status.detail or "no connection"
        if not status.connected and status.tells_all:  # nothing comes beside the connection that was lost
            self._heard_at = None
        self.events.take(events, now)
        self.subscribers.take(subscriptions, now)
        self.statistics.take_states(status, events, subscriptions, now, lost=self.lost, received=self.stream.received)
        if self.trouble is not None:
            self.subscribers.stop(now)

    @property
    def steps(self) -> NextSteps:
        """Say what is possible, which the empty panes and the hint offer."""
        return self.stream.next_steps

    @steps.setter
    def steps(self, steps: NextSteps) -> None:
        self.stream.next_steps = self.events.next_steps = self.subscribers.next_steps = steps

    def take_answer(self, status: Status) -> None:
        """Take how each server of a fleet stands, between two polls; of one server only a poll tells anything."""
        if status.servers and self.status is not None:
            self.status = status

    def take_trouble(self, why: str, now: float) -> None:
        """Take note that the backend did not answer."""
        self.trouble = why
        self.subscribers.stop(now)


def _recent(records: Sequence[Record], raises: int) -> int:
    """Return how many raises count for the rate: records of a server that were read late are not of this second."""
    newest = records[-1].at
    if newest - records[0].at <= _LATE_SECONDS:
        return raises
    return sum(isinstance(each, Raised) and newest - each.at <= _LATE_SECONDS for each in records)
