"""How many objects the garbage collector searches for what an engine keeps: a long queue must not make it long."""

import gc
from collections.abc import Callable, Generator
from contextlib import closing

import pytest

from evtui.core.values import Params
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.engine.numbering import Numbering
from evtui.transports.datagram.transport import DatagramTransport
from tests.fakes.engine_fakes import FakeClock
from tests.fakes.queued_fakes import FakeQueuedTransport

MANY = 1000


def _searched(make: Callable[[], None]) -> float:
    """Count the objects that the collector searches more after `make`, for each of MANY."""
    gc.collect()
    before = len(gc.get_objects())
    make()
    gc.collect()
    return (len(gc.get_objects()) - before) / MANY


@pytest.fixture
def engine() -> Generator[Engine]:
    catalogue, queued, datagrams = Catalogue(), FakeQueuedTransport(), DatagramTransport()
    catalogue.publish("E_A")
    with closing(datagrams):
        yield Engine(
            catalogue, [queued, queued.direct, datagrams], Journal(), clock=FakeClock(),
            wall=FakeClock(1_800_000_000.0), numbering=Numbering("run"),
        )  # fmt: skip


def test_a_notification_that_waits_is_not_searched(engine: Engine) -> None:
    engine.subscribe("E_A", "wait:a")
    engine.subscribe("E_A", "wait:b")

    def raise_many() -> None:
        for number in range(MANY):
            engine.raise_event("E_A", {"number": number, "text": "x"})

    assert _searched(raise_many) < 0.2


def test_a_record_of_the_journal_is_not_searched(engine: Engine) -> None:
    engine.subscribe("E_A", "udp:127.0.0.1:9")

    def raise_many() -> None:
        for number in range(MANY):
            engine.raise_event("E_A", Params((number, "x"), ("number", "text")))

    assert _searched(raise_many) < 0.2


def test_a_subscription_served_in_place_is_two_objects(engine: Engine) -> None:
    """Itself and its entry among the deadlines."""

    def subscribe_many() -> None:
        for port in range(1, MANY + 1):
            engine.subscribe("E_A", f"udp:127.0.0.1:{port}", expire=60)

    assert _searched(subscribe_many) < 2.5
