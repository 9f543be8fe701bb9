"""What a raise leaves in the journal counts by its size: plans, failures and latencies may be large."""

import sys

from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from tests.fakes.engine_fakes import FakeClock, FakeTransport
from tests.fakes.queued_fakes import FakeQueuedTransport

KEPT = 1 << 18
MANY = 250


def engine_on(transport: FakeTransport | FakeQueuedTransport) -> Engine:
    catalogue = Catalogue()
    catalogue.publish("E_A")
    journal, clock = Journal(max_bytes=KEPT), FakeClock()
    return Engine(catalogue, [transport], journal, clock=clock, wall=FakeClock(1_800_000_000.0))


def test_plans_that_change_with_each_raise_are_bounded() -> None:
    engine = engine_on(FakeTransport())
    for number in range(MANY):
        engine.subscribe("E_A", f"fake:group/{number}")
    for number in range(MANY):
        engine.subscribe("E_A", f"fake:group/more{number}")
        engine.raise_event("E_A")
    records, _ = engine.journal.since(0)
    plans = {id(plan): plan for record in records if (plan := getattr(record, "plan", None)) is not None}
    held = sum(sys.getsizeof(group.sockets) for plan in plans.values() for group in plan.groups)
    assert 0 < held < 2 * KEPT


def test_failures_in_place_are_bounded() -> None:
    transport = FakeTransport()
    engine = engine_on(transport)
    for number in range(MANY):
        engine.subscribe("E_A", f"fake:{number}")
        transport.broken[str(number)] = "ENOENT: No such file or directory"
    for _ in range(MANY):
        engine.raise_event("E_A")
    records, _ = engine.journal.since(0)
    assert 1 < sum(len(getattr(record, "failures", ())) for record in records) < KEPT // 64


def test_latencies_of_many_groups_are_bounded() -> None:
    engine = engine_on(FakeQueuedTransport())
    for number in range(MANY):
        engine.subscribe("E_A", f"wait:{number}")
    for _ in range(MANY):
        engine.raise_event("E_A")
    records, _ = engine.journal.since(0)
    assert 1 < sum(sys.getsizeof(getattr(record, "latencies", ())) for record in records) < KEPT
