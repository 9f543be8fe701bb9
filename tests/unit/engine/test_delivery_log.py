"""What the log says of destinations: first failure, recovery, and sums of losses, however much happens."""

import logging
import time

import anyio
import pytest

from evtui.core.ports import OutboxState
from evtui.core.transport import OutboxPolicy
from evtui.core.values import Socket
from evtui.engine.catalogue import Catalogue
from evtui.engine.delivery_log import MAX_LINES, PERIOD, DeliveryLog, Losses
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from tests.fakes.engine_fakes import FakeClock, FakeTransport
from tests.fakes.queued_fakes import FakeQueuedTransport
from tests.limits import HANG

SOCKET = Socket("tcp", "127.0.0.1:9")
FAILED = OutboxState(SOCKET, queued=3, attempt=1, last_error="ECONNREFUSED: Connection refused")


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def test_the_first_failure_and_the_recovery_are_reported(lines: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    log = DeliveryLog(clock)
    for _ in range(1000):
        log.failing(FAILED)
        clock.pass_by(0.9)
    log.recovered(SOCKET)
    assert lines.messages == [
        "tcp:127.0.0.1:9 fails: ECONNREFUSED: Connection refused; it is tried again, 3 wait",
        "tcp:127.0.0.1:9 works again after 900 s",
    ]


def test_a_destination_that_comes_and_goes_has_two_lines_a_minute(lines: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    log = DeliveryLog(clock)
    for _ in range(600):
        log.failing(FAILED)
        log.recovered(SOCKET)
        clock.pass_by(0.1)
    clock.pass_by(1)
    assert len(lines.messages) == 2
    log.sum_up([])
    assert lines.messages[-1] == "599 more times a destination began to fail in the last minute"
    log.failing(FAILED)
    assert "fails" in lines.messages[-1]


def test_many_destinations_that_fail_at_once_are_summed_up(lines: pytest.LogCaptureFixture) -> None:
    log = DeliveryLog(FakeClock())
    for number in range(10_000):
        log.failing(OutboxState(Socket("tcp", str(number)), last_error="gone"))
    assert len(lines.messages) == MAX_LINES
    log.sum_up(Losses(str(number), 1, 2, "full") for number in range(10_000))
    assert (
        lines.messages[MAX_LINES] == f"{10_000 - MAX_LINES} more times a destination began to fail in the last minute"
    )
    assert lines.messages[-1] == f"{10_000 - MAX_LINES} more destinations lost {3 * (10_000 - MAX_LINES)} notifications"
    assert len(lines.messages) == 2 * MAX_LINES + 2


def test_losses_are_reported_once_each_and_at_the_end_of_an_outbox(lines: pytest.LogCaptureFixture) -> None:
    log = DeliveryLog(FakeClock())
    log.sum_up([Losses("tcp:a", 0, 0, "")])
    log.sum_up([Losses("tcp:a", 1, 445_648, "queue full")])
    log.sum_up([Losses("tcp:a", 1, 445_648, "queue full")])
    log.ended(Socket("tcp", "a"), Losses("tcp:a", 3, 445_648, "refused"))
    log.sum_up([Losses("tcp:a", 0, 1, "again")])
    assert lines.messages == [
        "tcp:a: 445649 lost (1 failed, 445648 dropped), the last because: queue full",
        "tcp:a: 2 lost (2 failed, 0 dropped), the last because: refused",
        "tcp:a: 1 lost (0 failed, 1 dropped), the last because: again",
    ]


async def test_an_engine_logs_what_a_dead_destination_loses_and_that_it_works_again(
    lines: pytest.LogCaptureFixture,
) -> None:
    transport = FakeQueuedTransport(OutboxPolicy(max_count=10, backoff=0.001, max_backoff=0.002))
    engine = Engine(Catalogue(), [transport], Journal(), clock=time.monotonic, wall=FakeClock())
    engine.publish("E_A")
    engine.subscribe("E_A", "wait:a")
    sender = transport.senders["a"]
    sender.breaks_after = 0
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(engine.run)
        for _ in range(5):
            for _ in range(100):
                engine.raise_event("E_A")
            await anyio.sleep(0.005)
        engine.log_losses()
        sender.breaks_after = None
        with anyio.fail_after(HANG):
            while engine.outbox_states()[Socket("wait", "a")].queued:
                await engine.journal.wait_beyond(engine.journal.written)
        engine.log_losses()
        tasks.cancel_scope.cancel()
    assert [message.partition(":")[2][:12] for message in lines.messages] == [
        "a fails: ECO",
        "a: 490 lost ",
        "a works agai",
    ]
    assert "queue full (10 of 10" in lines.messages[1]


def test_failures_of_direct_subscribers_are_summed_by_event(lines: pytest.LogCaptureFixture) -> None:
    transport = FakeTransport()
    engine = Engine(Catalogue(), [transport], Journal(), clock=FakeClock(), wall=FakeClock())
    engine.publish("E_A")
    engine.subscribe("E_A", "fake:a")
    transport.broken["a"] = "ECONNREFUSED"
    for _ in range(7):
        engine.raise_event("E_A")
    engine.log_losses()
    engine.log_losses()
    assert lines.messages == ["E_A: 7 lost (7 failed, 0 dropped), the last because: fake:a: ECONNREFUSED"]


def test_the_period_is_a_minute() -> None:
    assert PERIOD == 60
