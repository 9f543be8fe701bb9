"""The reaper: ends subscriptions on time without a raise, and wakes when an earlier deadline comes in."""

import time
from collections.abc import Sequence
from itertools import pairwise

import anyio

from evtui.core.records import Expired, Record
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.engine.subscriptions.subscription_table import REAPED_AT_ONCE
from tests.fakes.engine_fakes import FakeTransport
from tests.limits import HANG


async def test_an_earlier_deadline_wakes_the_reaper() -> None:
    catalogue = Catalogue()
    catalogue.publish("E_A")
    offset = 0.0

    def clock() -> float:
        return time.monotonic() + offset

    engine = Engine(catalogue, [FakeTransport()], Journal(), clock=clock, wall=time.time)
    engine.subscribe("E_A", "fake:late", 3600)
    watch = engine.watch()
    expired: Sequence[Record] = ()
    with anyio.fail_after(HANG):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(engine.run)
            await anyio.lowlevel.checkpoint()
            engine.subscribe("E_A", "fake:early", 1)
            offset = 0.99
            watch.read()
            await watch.wait()
            expired = watch.read()
            tasks.cancel_scope.cancel()
    assert [str(record.subscription.socket) for record in expired if isinstance(record, Expired)] == ["fake:early"]


async def test_thousands_that_expire_together_end_in_parts_so_that_others_get_their_turn() -> None:
    offset, many = 0.0, 4 * REAPED_AT_ONCE
    catalogue = Catalogue()
    catalogue.publish("E_A")

    def clock() -> float:
        return time.monotonic() + offset

    engine = Engine(catalogue, [FakeTransport()], Journal(), clock=clock, wall=time.time)
    for number in range(many):
        engine.subscribe("E_A", f"fake:{number}", 60)
    ended = [0]
    watch = engine.watch()
    with anyio.fail_after(HANG):
        async with anyio.create_task_group() as tasks:
            offset = 61.0
            tasks.start_soon(engine.run)
            while ended[-1] < many:
                await anyio.lowlevel.checkpoint()
                ended.append(ended[-1] + sum(isinstance(record, Expired) for record in watch.read()))
            tasks.cancel_scope.cancel()
    assert max(after - before for before, after in pairwise(ended)) == REAPED_AT_ONCE
    assert engine.raise_event("E_A").subscribers == 0
