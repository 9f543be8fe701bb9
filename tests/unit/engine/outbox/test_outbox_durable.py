"""An outbox whose notifications are kept in a spool: what cannot be kept is refused, what was delivered is
forgotten.
"""

import logging
import time
from collections.abc import Sequence

import anyio
import pytest

from evtui.core.errors import SpoolError
from evtui.core.transport import Notification, OutboxPolicy
from evtui.core.values import Socket
from evtui.engine.outbox.outbox import Outbox
from tests.fakes.queued_fakes import FakeSender
from tests.unit.engine.outbox.test_outbox import SOCKET, Reports, notification, running


class FakeSpool:
    """Keeps notifications in memory, on a disk that may be full."""

    def __init__(self) -> None:
        self.kept: dict[int, Notification] = {}
        self.keys = 0
        self.full = False
        self.stuck = False

    def add(self, socket: Socket, source: str, notification: Notification) -> int:
        assert (socket, source) == (SOCKET, "wait:a")
        if self.full:
            raise SpoolError("/spool.db", "database or disk is full")
        self.keys += 1
        self.kept[self.keys] = notification
        return self.keys

    def remove(self, keys: Sequence[int]) -> None:
        if self.stuck:
            raise SpoolError("/spool.db", "database or disk is full")
        for key in keys:
            del self.kept[key]

    def load(self, socket: Socket) -> Sequence[tuple[int, Notification]]:
        assert socket == SOCKET
        return list(self.kept.items())

    def destinations(self) -> Sequence[tuple[Socket, str]]:
        return [(SOCKET, "wait:a")]

    set_aside = 0

    def claim(self) -> None:
        pass

    def last_serial(self) -> int:
        return 0


def durable(sender: FakeSender, reports: Reports, spool: FakeSpool) -> Outbox:
    policy = OutboxPolicy(durable=True, backoff=0.001, max_backoff=0.002)
    return Outbox(
        SOCKET, sender, policy, reports, clock=time.monotonic, jitter=lambda: 1.0, spool=spool, source="wait:a"
    )


async def test_what_cannot_be_kept_is_refused_and_the_queue_says_so_until_there_is_room() -> None:
    sender, reports, spool = FakeSender(), Reports(), FakeSpool()
    box = durable(sender, reports, spool)
    spool.full = True
    box.put(notification(0))
    why = "not accepted: spool /spool.db: database or disk is full"
    assert reports.ends == [(0, "failed", why)]
    assert (box.state().last_error, box.state().failed, box.state().queued) == (why, 1, 0)
    spool.full = False
    box.put(notification(1))
    async with running(box):
        await reports.until(lambda: len(reports.ends) == 2)
    assert sender.serials == [1]
    assert spool.kept == {}


async def test_a_removal_that_fails_stops_no_delivery(caplog: pytest.LogCaptureFixture) -> None:
    sender, reports, spool = FakeSender(window=1), Reports(), FakeSpool()
    spool.stuck = True
    box = durable(sender, reports, spool)
    with caplog.at_level(logging.WARNING):
        async with running(box):
            for serial in range(3):
                box.put(notification(serial))
                await reports.until(lambda: len(reports.ends) == serial + 1)  # noqa: B023 - awaited in its own turn
            await anyio.lowlevel.checkpoint()
    assert reports.outcomes() == ["acknowledged"] * 3
    assert "what was delivered is not removed from the spool yet" in caplog.text
