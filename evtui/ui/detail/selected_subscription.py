"""What the detail knows of the selected subscription besides its state: its timeline, and its deliveries measured."""

from typing import Final

from evtui.core.delivery_report import DeliveryReport
from evtui.core.ports import Clock
from evtui.ui.detail.delivery_meter import DeliveryMeter
from evtui.ui.subscribers.subscribers_view import Subscriber

ASK_SECONDS: Final = 5.0
"""Between two requests for a timeline in which only deliveries changed: to write it, the whole journal is read."""


class SelectedSubscription:
    """The subscription that the detail shows. `wall` and `monotonic` are clocks in seconds."""

    def __init__(self, subscriber: Subscriber, wall: Clock, monotonic: Clock) -> None:
        self.key = subscriber.key
        self.meter = DeliveryMeter(*self.key)
        self.report: DeliveryReport | None = None
        """Its timeline; None as long as the backend has not answered."""
        self.no_report = ""
        """Why there is no timeline; empty when there is one, or may be soon."""
        self._wall = wall
        self._monotonic = monotonic
        self._asked_for: Subscriber | None = None
        self._asked_at = 0.0

    def history(self) -> tuple[int, ...]:
        """Return the deliveries in each of the last seconds, oldest first."""
        return self.meter.history(self._wall())

    def begin_to_ask(self, subscriber: Subscriber) -> bool:
        """Say whether to ask for the timeline now, because something changed since; it counts as asked then."""
        now, before = self._monotonic(), self._asked_for
        is_soon = now - self._asked_at < ASK_SECONDS or bool(self.no_report)
        if before is not None and _term(before) == _term(subscriber):  # noqa: SIM102 - two questions
            if _counts(before) == _counts(subscriber) or is_soon:
                return False
        self._asked_for, self._asked_at = subscriber, now
        return True

    def take_report(self, report: DeliveryReport | None, why: str = "") -> None:
        """Take the timeline, or why there is none."""
        self.report, self.no_report = report, why


def _term(subscriber: Subscriber) -> tuple[float | None, float | None]:
    """Return what changes when a subscription is renewed, expires or comes back."""
    return subscriber.deadline, subscriber.expired_at


def _counts(subscriber: Subscriber) -> tuple[int | None, ...]:
    state = subscriber.state
    return state.sent, state.failed, state.dropped, state.queued
