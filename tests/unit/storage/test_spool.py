"""The spool: an added notification is there for the next run, in order, until it is removed."""

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest

from evtui.core.errors import SpoolError
from evtui.core.transport import Notification
from evtui.core.values import NO_PARAMS, Params, Socket
from evtui.storage.spool import SqliteSpool
from tests.fakes.engine_fakes import FakeClock
from tests.limits import HANG

A, B = Socket("rabbitmq", "u@a/q"), Socket("tcp", "b:1")


def notification(serial: int, params: Params = NO_PARAMS, event: str = "E_A") -> Notification:
    return Notification("run", serial, 1_800_000_000.125, event, params, b"payload %d" % serial)


def test_notifications_come_back_in_order_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "data" / "spool.db"
    spool = SqliteSpool(path, wall=FakeClock())
    odd = Params((1, -(2**63), 2.5, None, "é\udcff\ud800\0", ""), ("a", "b", "c", "d", "e", ""))
    notifications = [notification(1), notification(2, odd), notification(3, Params(("x",)), "E\udcffB")]
    keys = [spool.add(A, "rabbitmq:u:p@a/q", one) for one in notifications]
    spool.add(B, "tcp:b:1", notification(4))
    spool.close()
    again = SqliteSpool(path, wall=FakeClock())
    assert again.load(A) == list(zip(keys, notifications, strict=True))
    assert again.destinations() == [(A, "rabbitmq:u:p@a/q"), (B, "tcp:b:1")]
    assert again.last_serial() == 4
    again.close()


def test_removed_notifications_are_gone_and_a_destination_without_any_is_not_listed(tmp_path: Path) -> None:
    spool = SqliteSpool(tmp_path / "spool.db", wall=FakeClock())
    keys = [spool.add(A, "rabbitmq:u:p@a/q", notification(serial)) for serial in (1, 2, 3)]
    spool.remove(keys[:2])
    assert [one.serial for _, one in spool.load(A)] == [3]
    spool.remove(keys)
    assert spool.load(A) == []
    assert spool.destinations() == []
    assert spool.last_serial() == 3  # so that no other event gets the id of one that was delivered
    assert spool.add(A, "rabbitmq:u:p@a/q", notification(4)) > keys[-1]
    spool.close()


def test_a_new_password_replaces_the_old_one(tmp_path: Path) -> None:
    spool = SqliteSpool(tmp_path / "spool.db", wall=FakeClock())
    spool.add(A, "rabbitmq:u:old@a/q", notification(1))
    spool.add(A, "rabbitmq:u:new@a/q", notification(2))
    assert spool.destinations() == [(A, "rabbitmq:u:new@a/q")]
    assert len(spool.load(A)) == 2
    spool.close()


def test_an_unused_spool_makes_no_file(tmp_path: Path) -> None:
    spool = SqliteSpool(tmp_path / "spool.db", wall=FakeClock())
    assert (list(spool.load(A)), list(spool.destinations()), spool.last_serial()) == ([], [], 0)
    spool.checkpoint()
    spool.close()
    assert list(tmp_path.iterdir()) == []


def test_only_the_user_may_read_its_files(tmp_path: Path) -> None:
    spool = SqliteSpool(tmp_path / "data" / "spool.db", wall=FakeClock())
    spool.add(A, "rabbitmq:u:p@a/q", notification(1))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "data").iterdir()}
    spool.close()
    assert set(modes.values()) == {0o600}
    assert "spool.db-wal" in modes
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_two_processes_do_not_share_a_spool(tmp_path: Path) -> None:
    first, second = (
        SqliteSpool(tmp_path / "spool.db", wall=FakeClock()),
        SqliteSpool(tmp_path / "spool.db", wall=FakeClock()),
    )
    first.add(A, "tcp:a:1", notification(1))
    with pytest.raises(SpoolError, match="another evtui uses it"):
        second.load(A)
    first.close()
    assert len(second.load(A)) == 1
    second.close()


def test_a_directory_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    spool = SqliteSpool(blocker / "spool.db", wall=FakeClock())
    with pytest.raises(SpoolError, match=r"File exists|Not a directory"):
        spool.add(A, "tcp:a:1", notification(1))


def test_added_notifications_survive_a_kill_with_and_without_a_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    code = """
        import os, signal, sys
        from pathlib import Path
        from evtui.core.transport import Notification
        from evtui.core.values import NO_PARAMS, Socket
        from evtui.storage.spool import SqliteSpool
        from tests.fakes.engine_fakes import FakeClock
        spool = SqliteSpool(Path(sys.argv[1]), wall=FakeClock())
        for serial in range(1, 501):
            spool.add(Socket("tcp", "b:1"), "tcp:b:1", Notification("run", serial, 0.0, "E", NO_PARAMS, b"x"))
            if serial % 100 == 0:
                spool.checkpoint()
        spool.remove(range(1, 51))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(code), str(path)], check=False, env=dict(os.environ), timeout=HANG
    )
    assert done.returncode == -9
    spool = SqliteSpool(path, wall=FakeClock())
    assert [one.serial for _, one in spool.load(B)] == list(range(51, 501))
    spool.close()


def test_additions_are_written_after_a_removal_that_failed(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    spool = SqliteSpool(path, wall=FakeClock())
    key = spool.add(B, "tcp:b:1", notification(1))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SpoolError, match="locked"):
            spool.remove([key])
        other.execute("COMMIT")
    spool.add(B, "tcp:b:1", notification(2))
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM letters").fetchone() == (2,)
    spool.remove([key])
    assert [one.serial for _, one in spool.load(B)] == [2]
    spool.close()


def test_a_spool_opens_once_what_is_in_its_place_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    path.mkdir()
    spool = SqliteSpool(path, wall=FakeClock())
    for _ in range(2):
        with pytest.raises(SpoolError, match="is not a file"):
            spool.add(B, "tcp:b:1", notification(1))
    path.rmdir()
    spool.add(B, "tcp:b:1", notification(1))
    spool.close()


def test_a_claimed_spool_has_no_file_yet_and_keeps_other_processes_out(tmp_path: Path) -> None:
    first = SqliteSpool(tmp_path / "spool.db", wall=FakeClock())
    second = SqliteSpool(tmp_path / "spool.db", wall=FakeClock())
    first.claim()
    assert [file.name for file in tmp_path.iterdir()] == ["spool.db.lock"]
    for _ in range(2):
        with pytest.raises(SpoolError, match="another evtui uses it"):
            second.claim()
    first.close()
    second.claim()
    second.close()


@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_file_that_is_removed_or_replaced_while_it_is_used_is_said(tmp_path: Path, is_replaced: bool) -> None:
    path = tmp_path / "spool.db"
    spool = SqliteSpool(path, wall=FakeClock())
    spool.add(B, "tcp:b:1", notification(1))
    spool.checkpoint()
    path.rename(tmp_path / "elsewhere.db")
    if is_replaced:
        path.touch()
    with pytest.raises(SpoolError, match="removed or replaced"):
        spool.checkpoint()
    assert path.exists() == is_replaced  # a checkpoint makes no empty one in its place
    (tmp_path / "elsewhere.db").rename(path)
    spool.checkpoint()
    spool.close()
