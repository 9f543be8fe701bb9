"""The numbers by which brokers know a batch that they have already, so that a retry makes no duplicate.

Brokers take the batches of a producer id only in sequence, and leave out one that they have. So a batch without an
answer is sent again as it was: the same notifications with the same first number. When some of them are gone, because
they got too old, a new producer id is needed.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

DUPLICATE: Final = 46
"""The code of Kafka's protocol for a batch that the broker has."""
LOST: Final = frozenset((45, 47, 59))
"""The codes after which only a new producer id helps: out of order, an old epoch, an unknown producer."""


class ProducerId(Struct, frozen=True):
    """What the cluster gave to this producer."""

    number: int
    epoch: int


class BatchSequences:
    """The next number of each partition, and the batches without an answer."""

    def __init__(self) -> None:
        self.producer: ProducerId | None = None
        self._next: dict[int, int] = {}
        self._unanswered: dict[int, tuple[str, ...]] = {}

    def begin(self, producer: ProducerId) -> None:
        """Begin anew with a producer id."""
        self.producer = producer
        self._next.clear()
        self._unanswered.clear()

    def forget(self) -> None:
        """Note that the producer id is of no use any more."""
        self.producer = None

    def fit(self, partition: int, ids: Sequence[str]) -> bool:
        """Say whether the batch without an answer is still the beginning of what waits for a partition."""
        unanswered = self._unanswered.get(partition, ())
        return tuple(ids[: len(unanswered)]) == unanswered

    def most(self, partition: int, count: int) -> int:
        """Return how many of the notifications that wait are the next batch: all, or those without an answer."""
        return len(self._unanswered.get(partition, ())) or count

    def first(self, partition: int) -> int:
        """Return the number of the first notification of the next batch."""
        return self._next.get(partition, 0)

    def sent(self, partition: int, ids: Sequence[str]) -> None:
        """Note a batch that is being sent."""
        self._unanswered[partition] = tuple(ids)

    def answered(self, partition: int, taken: int) -> None:
        """Note the answer to a batch: how many notifications were taken, none or all."""
        self._unanswered.pop(partition, None)
        self._next[partition] = (self.first(partition) + taken) & 0x7FFFFFFF
