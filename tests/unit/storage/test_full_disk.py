"""The spool on a full disk: delivered notifications are removed, accepted ones are never lost."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest

from evtui.core.errors import SpoolError
from evtui.core.transport import Notification, SavedSubscription, SubscriptionChange
from evtui.core.values import NO_PARAMS, Socket
from evtui.storage.spool import SqliteSpool
from evtui.storage.state_file import StateError, read_state, write_state
from evtui.storage.state_journal import Moment, StateJournal
from tests.fakes.engine_fakes import FakeClock
from tests.limits import HANG

PEER = Socket("tcp", "b:1")
RESERVE = 256 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Generator[Path]:
    """Mount a disk of 2 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if (
        os.geteuid()
        or not mount
        or subprocess.call([mount, "-t", "tmpfs", "-o", "size=2m", "none", place], timeout=HANG)
    ):
        pytest.skip("only root mounts a small disk")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True, timeout=HANG)


def notification(serial: int, size: int = 1000) -> Notification:
    return Notification("run", serial, 0.0, "E_A", NO_PARAMS, b"x" * size)


def fill(disk: Path) -> None:
    """Take all the space that is left, as another program would."""
    with suppress(OSError), (disk / "other_program").open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def add_until_full(spool: SqliteSpool, first: int = 0) -> list[int]:
    keys: list[int] = []
    with suppress(SpoolError):
        while True:
            keys.append(spool.add(PEER, "tcp:b:1", notification(first + len(keys))))
    return keys


def test_a_spool_that_filled_its_disk_removes_what_was_delivered_and_takes_as_much_again(disk: Path) -> None:
    spool = SqliteSpool(disk / "spool.db", reserve=RESERVE, wall=FakeClock())
    keys = add_until_full(spool)
    assert len(keys) > 1000  # most of the disk is notifications, not the log
    for some in (keys[:1], keys[1:11], keys[11:]):
        spool.remove(some)
    assert spool.load(PEER) == []
    again = add_until_full(spool, len(keys))
    assert len(again) > 1000
    spool.close()
    reopened = SqliteSpool(disk / "spool.db", reserve=RESERVE, wall=FakeClock())
    assert [key for key, _ in reopened.load(PEER)] == again
    reopened.close()


def test_a_healthy_destination_is_served_while_other_programs_fill_the_disk(disk: Path) -> None:
    spool = SqliteSpool(disk / "spool.db", reserve=RESERVE, wall=FakeClock())
    waiting = [spool.add(PEER, "tcp:b:1", notification(serial)) for serial in range(20)]
    for serial in range(20, 1020):
        fill(disk)
        waiting.append(spool.add(PEER, "tcp:b:1", notification(serial)))
        spool.remove([waiting.pop(0)])
    assert [key for key, _ in spool.load(PEER)] == waiting
    spool.close()


def test_the_spool_goes_on_without_a_restart_when_there_is_space_again(disk: Path) -> None:
    spool = SqliteSpool(disk / "spool.db", reserve=RESERVE, wall=FakeClock())
    fill_up = add_until_full(spool)
    fill(disk)
    with pytest.raises(SpoolError, match="full"):
        spool.add(PEER, "tcp:b:1", notification(1))
    (disk / "other_program").unlink()
    spool.remove(fill_up[:500])
    with suppress(SpoolError):
        spool.checkpoint()
    key = spool.add(PEER, "tcp:b:1", notification(len(fill_up)))
    assert [kept for kept, _ in spool.load(PEER)] == [*fill_up[500:], key]
    spool.close()


def test_a_spool_is_read_and_emptied_on_a_full_disk_after_a_kill(disk: Path) -> None:
    code = f"""
        import os, signal, sys
        from pathlib import Path
        from tests.unit.storage.test_full_disk import add_until_full
        from evtui.storage.spool import SqliteSpool
        from tests.fakes.engine_fakes import FakeClock
        print(len(add_until_full(SqliteSpool(Path(sys.argv[1]), reserve={RESERVE}, wall=FakeClock()))), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(code), disk / "spool.db"],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
        timeout=HANG,
    )
    (disk / "spool.db-shm").unlink()  # a file that has to be made anew
    fill(disk)
    spool = SqliteSpool(disk / "spool.db", reserve=RESERVE, wall=FakeClock())
    kept = spool.load(PEER)
    assert len(kept) == int(done.stdout)
    spool.remove([key for key, _ in kept])
    assert spool.load(PEER) == []
    spool.close()


def test_a_removal_that_fails_is_raised_once_and_its_notification_is_not_loaded_again(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    spool = SqliteSpool(path, wall=FakeClock())
    keys = [spool.add(PEER, "tcp:b:1", notification(serial)) for serial in range(3)]
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(SpoolError, match="locked"):
        spool.remove(keys[:1])
    spool.remove(keys[1:2])
    assert [key for key, _ in spool.load(PEER)] == keys[2:]
    other.execute("COMMIT")
    spool.remove(())
    assert other.execute("SELECT count(*) FROM letters").fetchone() == (1,)
    other.close()
    spool.close()


def test_a_state_file_on_a_full_disk_keeps_what_it_has_and_goes_on_when_there_is_space(disk: Path) -> None:
    state, journal = disk / "state", StateJournal(disk / "state")
    kept = [SavedSubscription("E_A", f"udp:127.0.0.1:{port}") for port in range(1, 200)]
    write_state(state, kept[:100], 1000.0)
    journal.start(Moment(1000.0, 0.0))
    fill(disk)
    more = [SubscriptionChange("E_A", each.source, False, each) for each in kept[100:] * 20]
    with pytest.raises(OSError, match="No space"):  # the rest of a page may be left
        journal.append(more, 0.0)
    with pytest.raises(StateError, match="No space"):
        write_state(state, kept, 1000.0)
    assert list(read_state(state, 1000.0)) == kept[:100]
    (disk / "other_program").unlink()
    journal.append(more[:99], 0.0)
    assert sorted(each.source for each in read_state(state, 1000.0)) == sorted(each.source for each in kept)
