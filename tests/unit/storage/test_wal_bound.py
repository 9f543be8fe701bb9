"""The write-ahead log of the spool stays small under steady writing, and has a bound when another program holds it."""

import logging
import sqlite3
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from anyio import to_thread

from evtui.core.errors import SpoolError
from evtui.core.transport import Notification
from evtui.core.values import NO_PARAMS, Socket
from evtui.persistence.spool_setup import maintain_spool
from evtui.storage.spool import SqliteSpool
from tests.fakes.engine_fakes import FakeClock
from tests.limits import HANG

PEER = Socket("tcp", "b:1")
MOST = 64_000_000
KEPT = 20


def notification(serial: int, size: int) -> Notification:
    return Notification("run", serial, 0.0, "E_A", NO_PARAMS, b"x" * size)


@pytest.fixture
def spool(tmp_path: Path) -> Generator[SqliteSpool]:
    with closing(SqliteSpool(tmp_path / "spool.db", wall=FakeClock())) as spool:
        yield spool


def log_size(spool: SqliteSpool) -> int:
    return spool.path.with_name("spool.db-wal").stat().st_size


@contextmanager
def checkpoints(spool: SqliteSpool) -> Generator[None]:
    """Do checkpoints in a thread, as often as the program does."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(0.05):
            if spool.needs_checkpoint:
                spool.checkpoint()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize(("size", "count"), [(200, 8000), (50_000, 4000)])
def test_the_log_stays_small_while_as_much_is_removed_as_is_added(spool: SqliteSpool, size: int, count: int) -> None:
    waiting: list[int] = []
    written = largest = 0
    with checkpoints(spool):
        for serial in range(count):
            waiting.append(spool.add(PEER, "tcp:b:1", notification(serial, size)))
            if len(waiting) > KEPT:
                spool.remove(waiting[:10])
                del waiting[:10]
            if serial % 50 == 0:
                written, largest = written + 50 * (size + 16384), max(largest, log_size(spool))
    assert largest < MOST
    assert written > 1.2 * MOST  # it would be as large as that
    assert [key for key, _ in spool.load(PEER)] == waiting


def test_without_a_thread_a_write_begins_the_log_anew_at_the_bound(spool: SqliteSpool) -> None:
    keys = [spool.add(PEER, "tcp:b:1", notification(serial, 100_000)) for serial in range(900)]
    assert log_size(spool) < MOST
    assert [key for key, _ in spool.load(PEER)] == keys


def test_a_checkpoint_that_a_reader_blocked_is_tried_again_though_nothing_more_is_written(spool: SqliteSpool) -> None:
    spool.add(PEER, "tcp:b:1", notification(0, 1000))
    with closing(sqlite3.connect(spool.path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM letters").fetchone()
        for serial in range(1, 300):
            spool.add(PEER, "tcp:b:1", notification(serial, 100_000))
        spool.checkpoint()  # a single one may have met a read of this process
        with pytest.raises(SpoolError, match="another program reads the file"):
            spool.checkpoint()
        reader.rollback()
    spool.checkpoint()
    assert len(spool.load(PEER)) == 300


async def test_a_program_that_holds_the_file_open_is_said_and_the_log_keeps_its_bound(
    spool: SqliteSpool, caplog: pytest.LogCaptureFixture
) -> None:
    keys = [spool.add(PEER, "tcp:b:1", notification(0, 1000))]
    with closing(sqlite3.connect(spool.path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM letters").fetchone()
        refused = ""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(maintain_spool, spool, anyio.sleep)
            with anyio.fail_after(HANG):
                for serial in range(1, 900):
                    try:
                        keys.append(spool.add(PEER, "tcp:b:1", notification(serial, 100_000)))
                    except SpoolError as error:
                        refused = str(error)
                    await anyio.lowlevel.checkpoint()
                assert "another program reads the file" in refused
                assert len(keys) > 400  # as many as the log has room for
                spool.remove(keys[:30])  # what was delivered is removed, though nothing more is accepted
                assert log_size(spool) < MOST
                while "another program reads the file" not in caplog.text:  # noqa: ASYNC110 - a log is watched
                    await anyio.sleep(0.01)
                reader.rollback()
                while "it can be written again" not in caplog.text:  # noqa: ASYNC110
                    await anyio.sleep(0.01)
            keys.append(spool.add(PEER, "tcp:b:1", notification(900, 100_000)))
            tasks.cancel_scope.cancel()
    assert [key for key, _ in spool.load(PEER)] == keys[30:]
    assert log_size(spool) < MOST / 2


async def test_checkpoints_do_not_keep_the_event_loop_waiting(
    spool: SqliteSpool, caplog: pytest.LogCaptureFixture
) -> None:
    """Compare the worst time between two turns of the loop with that of one checkpoint of all that was written."""
    gaps: list[float] = []
    caplog.set_level(logging.WARNING)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(maintain_spool, spool, anyio.sleep)
        waiting: list[int] = []
        last = time.perf_counter()
        for serial in range(3000):
            waiting.append(spool.add(PEER, "tcp:b:1", notification(serial, 20_000)))
            if len(waiting) > KEPT:
                spool.remove([waiting.pop(0)])
            await anyio.lowlevel.checkpoint()
            now = time.perf_counter()
            gaps.append(now - last)
            last = now
        tasks.cancel_scope.cancel()
    assert caplog.text == ""
    assert log_size(spool) < MOST
    gaps.sort()
    assert gaps[len(gaps) * 99 // 100] < 0.25  # of a hundred turns one may wait for a busy disk
    await to_thread.run_sync(spool.checkpoint)
