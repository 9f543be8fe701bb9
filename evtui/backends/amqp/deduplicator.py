"""Find messages that came before, by message id, route and body, among the last ones."""

from typing import Final

from evtui.backends.amqp.delivery_frames import ConsumedMessage

REMEMBERED: Final = 100_000
"""Messages that are remembered: some 15 MB."""


class Deduplicator:
    """Remembers messages; one without an id is always new.

    A publisher that cannot know whether a message arrived sends it again, and a broker delivers again what was not
    acknowledged. The same id on another route or with another body is another message.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._seen: dict[int, None] = {}

    def is_new(self, message: ConsumedMessage) -> bool:
        """Say whether a message is new, and remember it."""
        if message.message_id is None:
            return True
        mark = hash((message.message_id, message.exchange, message.key, message.body))
        if mark in self._seen:
            return False
        self._seen[mark] = None
        if len(self._seen) > self._remembered:
            del self._seen[next(iter(self._seen))]
        return True
