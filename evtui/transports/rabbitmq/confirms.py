"""Which notifications a broker's confirms mean. The broker numbers the messages of a channel from 1: delivery tags.

Batches of several destinations may be in flight at once. A returned message is named by its message id, exchange and
key only; its confirm follows.
"""

from collections import deque
from collections.abc import Callable, Sequence

from evtui.core.transport import Notification, Settle


class BatchInFlight:
    """A batch that was published: which of its notifications have been answered."""

    def __init__(
        self, notifications: Sequence[Notification], settle: Settle, route: tuple[str, str], ended: Callable[[], None]
    ) -> None:
        """`route` is exchange and key; `ended` is called when every notification was answered."""
        self.notifications = notifications
        self.route = route
        self.nacked = 0
        self._settle = settle
        self._ended = ended
        self._first = 0
        self._sent = 0
        self._left = len(notifications)
        self._low = 0
        self._answered = bytearray(len(notifications))

    @property
    def tags(self) -> tuple[int, int]:
        """Return the first tag and the one after the last of those that were sent."""
        return self._first, self._first + self._sent

    def extend(self, first: int, count: int) -> None:
        """Count so many more as sent, the next of them with this tag."""
        self._first = self._first or first
        self._sent += count

    def answer_up_to(self, tag: int, *, taken: bool) -> None:
        """Answer all notifications up to a tag."""
        low, end = self._low, min(tag + 1 - self._first, self._sent)
        if taken and low < end and self._answered.find(1, low, end) < 0:  # the usual case, together
            self._answered[low:end] = bytes((1,)) * (end - low)
            self._settle.all_delivered(low, end)
            self._count(end - low)
        else:
            for place in range(low, end):
                self._answer(place, None, taken=taken)
        self._low = max(self._low, end)

    def answer(self, tag: int, *, taken: bool) -> None:
        """Answer the notification of a tag."""
        self._answer(tag - self._first, None, taken=taken)

    def give_back(self, message_id: str, why: str) -> bool:
        """Fail the notification with this id; returns whether there is one that was not answered."""
        for place in range(self._low, self._sent):
            if not self._answered[place] and self.notifications[place].message_id == message_id:
                self._answer(place, why, taken=True)
                return True
        return False

    def _answer(self, place: int, why: str | None, *, taken: bool) -> None:
        if self._answered[place]:
            return
        self._answered[place] = 1
        if not taken:
            self.nacked += 1
        else:
            self._settle(place, why)
        self._count(1)

    def _count(self, answered: int) -> None:
        self._left -= answered
        if not self._left:
            self._ended()


class Confirms:
    """The batches in flight on one channel, oldest first."""

    def __init__(self) -> None:
        self._in_flight: deque[BatchInFlight] = deque()
        self._last = 0

    @property
    def routes(self) -> Sequence[tuple[str, str]]:
        """List where the batches in flight go, oldest first."""
        return [batch.route for batch in self._in_flight]

    def publish(self, batch: BatchInFlight, count: int) -> None:
        """Give tags to so many more notifications of a batch."""
        if not self._in_flight or self._in_flight[-1] is not batch:
            self._in_flight.append(batch)
        batch.extend(self._last + 1, count)
        self._last += count

    def answer(self, tag: int, *, multiple: bool, taken: bool) -> None:
        """Take an ack or a nack. `multiple` means all up to the tag, and tag 0 then means all (AMQP 1.8.3.13)."""
        if multiple:
            for batch in self._in_flight:
                batch.answer_up_to(tag or self._last, taken=taken)
        else:
            for batch in self._in_flight:
                first, end = batch.tags
                if first <= tag < end:
                    batch.answer(tag, taken=taken)
                    break

    def give_back(self, message_id: str, route: tuple[str, str], why: str) -> None:
        """Fail a notification that was returned."""
        for batch in self._in_flight:
            if batch.route == route and batch.give_back(message_id, why):
                return

    def forget(self, batch: BatchInFlight) -> None:
        """Forget a batch that has ended or was given up."""
        if batch in self._in_flight:
            self._in_flight.remove(batch)
