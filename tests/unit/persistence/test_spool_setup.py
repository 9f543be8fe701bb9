"""Notifications in the spool for a destination that cannot be opened yet: listed, and delivered when it can be."""

import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import anyio
import pytest
from msgspec.structs import replace

from evtui.core.errors import BadSocketError
from evtui.core.transport import Notification, Opened, OutboxPolicy, Target
from evtui.core.values import NO_PARAMS, Socket
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.persistence.spool_setup import restore_spooled
from evtui.storage.spool import SqliteSpool
from tests.fakes.engine_fakes import FakeClock
from tests.fakes.queued_fakes import FakeQueuedTransport
from tests.limits import HANG

A = Socket("wait", "a")


class NameServer(FakeQueuedTransport):
    """A transport whose hosts do not resolve until a test says so."""

    resolves = False

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        target = super().parse(scheme, address, trusted=trusted)

        def resolve() -> Opened:
            if not self.resolves:
                raise BadSocketError(str(target.socket), "host", "it does not resolve")
            return target.open()

        return replace(target, open=resolve)


@asynccontextmanager
async def restarted(folder: Path, names: NameServer) -> AsyncGenerator[Engine]:
    """Run an engine whose spool holds three notifications of an earlier run."""
    with closing(SqliteSpool(folder / "spool.db", wall=FakeClock())) as spool:
        for serial in (1, 2, 3):
            spool.add(
                A, "wait:a@secret", Notification("run", serial, 1_800_000_000.0, "E_A", NO_PARAMS, b"%d" % serial)
            )
        catalogue = Catalogue()
        catalogue.publish("E_A")
        engine = Engine(
            catalogue, [names], Journal(), clock=time.monotonic, wall=FakeClock(1_800_000_000.0), spool=spool
        )  # fmt: skip
        async with anyio.create_task_group() as tasks:
            await restore_spooled(engine, spool, tasks)
        yield engine
        engine.close()


async def test_the_queue_is_listed_and_reported_at_shutdown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        async with restarted(tmp_path, NameServer()) as engine:
            state = engine.outbox_states()[A]
            assert (state.queued, state.durable) == (3, True)
    assert [(each.socket, each.lost, each.kept) for each in engine.undelivered] == [(A, 0, 3)]
    assert "it does not resolve" in caplog.text
    assert "secret" not in caplog.text


async def test_the_destination_is_tried_again_and_served_when_it_can_be_opened(tmp_path: Path) -> None:
    names = NameServer()
    async with restarted(tmp_path, names) as engine, anyio.create_task_group() as tasks:
        tasks.start_soon(engine.run)
        with anyio.fail_after(HANG):
            while engine.outbox_states()[A].last_error is None:
                await engine.journal.wait_beyond(engine.journal.written)
            names.resolves = True
            assert "it does not resolve" in str(engine.outbox_states()[A].last_error)
            while engine.outbox_states()[A].queued:
                await engine.journal.wait_beyond(engine.journal.written)
        tasks.cancel_scope.cancel()
    assert names.sender("a").serials == [1, 2, 3]
    assert engine.undelivered == []


async def test_a_new_subscription_takes_the_queue_over_with_the_bounds_of_the_transport(tmp_path: Path) -> None:
    names = NameServer(OutboxPolicy(max_count=3, overflow="drop-newest", durable=True))
    async with restarted(tmp_path, names) as engine:
        names.resolves = True
        engine.subscribe("E_A", "wait:a@new")
        assert engine.outbox_states()[A].queued == 3
        engine.raise_event("E_A")
        assert engine.outbox_states()[A].dropped == 1
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(engine.run)
            with anyio.fail_after(HANG):
                while engine.outbox_states()[A].queued:
                    await engine.journal.wait_beyond(engine.journal.written)
            engine.unsubscribe("E_A", "wait:a")
            with anyio.fail_after(HANG):
                while engine.outbox_states():
                    await anyio.lowlevel.checkpoint()  # an outbox that ends records nothing
            tasks.cancel_scope.cancel()
    assert names.sender("a").serials == [1, 2, 3]
