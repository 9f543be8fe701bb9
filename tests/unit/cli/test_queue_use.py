"""What `evtui queues` says of all queues together."""

import pytest

from evtui.cli.tables.transport_tables import queue_use_text
from evtui.core.ports import QueueUse, Status

LOST = "all queues together hold 0 of 100 bytes (engine.queue_bytes); 7 notifications were lost because they were full"


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (QueueUse(), ""),
        (QueueUse(49, 100), ""),
        (QueueUse(50, 100), "all queues together hold 50 of 100 bytes (engine.queue_bytes)"),
        (QueueUse(0, 100, 7), LOST),
    ],
)
def test_it_is_said_when_they_are_half_full_or_lost_something(use: QueueUse, said: str) -> None:
    assert queue_use_text(Status("here", queue_use=use)) == said
