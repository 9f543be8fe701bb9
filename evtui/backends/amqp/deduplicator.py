"""Messages that come twice, told by message id, route and body, as far back as there is memory."""

from typing import Final

from evtui.backends.amqp.delivery_frames import ConsumedMessage

REMEMBERED: Final = 100_000
"""Messages that are remembered: some 15 MB."""


class Deduplicator:
    """Remembers the messages it was asked about; one without an id is always new.

    A publisher that cannot know whether a message arrived sends it again, and a broker brings again what was not
    acknowledged. The same id on another route or with another body is another message.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._seen: dict[int, None] = {}

    def is_new(self, message: ConsumedMessage) -> bool:
        """Say whether a message was never seen, and remember it."""
        if message.message_id is None:
            return True
        mark = hash((message.message_id, message.exchange, message.key, message.body))
        if mark in self._seen:
            return False
        self._seen[mark] = None
        if len(self._seen) > self._remembered:
            del self._seen[next(iter(self._seen))]
        return True
