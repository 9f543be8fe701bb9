"""Which notifications a broker's confirms are about: it numbers what is published on a channel from 1 (its delivery
tags).

Batches of several destinations may be on their way at once. A returned message is named by its message id, exchange
and key only, and its confirm follows.
"""

from collections import deque
from collections.abc import Callable, Sequence

from evtui.core.transport import Notification, Settle


class Flight:
    """A batch on its way: which of its notifications have been answered."""

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
        """Return the first tag and the one after the last, as far as it is sent."""
        return self._first, self._first + self._sent

    def extend(self, first: int, count: int) -> None:
        """Say that so many more were published, the next of them with this tag."""
        self._first = self._first or first
        self._sent += count

    def answer_up_to(self, tag: int, *, taken: bool) -> None:
        """Answer all up to a tag."""
        end = min(tag + 1 - self._first, self._sent)
        for place in range(self._low, end):
            self._answer(place, None, taken=taken)
        self._low = max(self._low, end)

    def answer(self, tag: int, *, taken: bool) -> None:
        """Answer one."""
        self._answer(tag - self._first, None, taken=taken)

    def give_back(self, message_id: str, why: str) -> bool:
        """Fail the notification of this name; returns whether there is one that was not answered."""
        for place in range(self._low, self._sent):
            if not self._answered[place] and self.notifications[place].message_id == message_id:
                self._answer(place, why, taken=True)
                return True
        return False

    def _answer(self, place: int, why: str | None, *, taken: bool) -> None:
        if self._answered[place]:
            return
        self._answered[place] = 1
        self._left -= 1
        if not taken:
            self.nacked += 1
        else:
            self._settle(place, why)
        if not self._left:
            self._ended()


class Confirms:
    """The flights of one channel, oldest first."""

    def __init__(self) -> None:
        self._flights: deque[Flight] = deque()
        self._last = 0

    @property
    def routes(self) -> Sequence[tuple[str, str]]:
        """List where the batches on their way go, oldest first."""
        return [flight.route for flight in self._flights]

    def publish(self, flight: Flight, count: int) -> None:
        """Number so many more notifications of a flight."""
        if not self._flights or self._flights[-1] is not flight:
            self._flights.append(flight)
        flight.extend(self._last + 1, count)
        self._last += count

    def answer(self, tag: int, *, multiple: bool, taken: bool) -> None:
        """Take an ack or a nack; with `multiple` of all up to the tag, and tag 0 then means all (1.8.3.13)."""
        if multiple:
            for flight in self._flights:
                flight.answer_up_to(tag or self._last, taken=taken)
        else:
            for flight in self._flights:
                first, end = flight.tags
                if first <= tag < end:
                    flight.answer(tag, taken=taken)
                    break

    def give_back(self, message_id: str, route: tuple[str, str], why: str) -> None:
        """Fail a notification that was returned."""
        for flight in self._flights:
            if flight.route == route and flight.give_back(message_id, why):
                return

    def forget(self, flight: Flight) -> None:
        """Leave out a flight that has ended."""
        if flight in self._flights:
            self._flights.remove(flight)
