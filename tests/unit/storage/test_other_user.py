"""Files and folders of another user: refused with the reason, and left as they are."""

import os
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from evtui.core.errors import SpoolError
from evtui.core.transport import Notification
from evtui.core.values import NO_PARAMS, Socket
from evtui.storage.file_lock import take_lock
from evtui.storage.spool import SqliteSpool
from evtui.storage.state_file import StateError, read_state, write_state
from tests.fakes.engine_fakes import FakeClock

PEER = Socket("tcp", "b:1")
NOBODY = 65_534

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")


@contextmanager
def another_user(folder: Path) -> Generator[None]:
    """Be another user, who may look into the folder and no more."""
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)
    folder.chmod(0o755)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with closing(SqliteSpool(tmp_path / "spool.db", wall=FakeClock())) as spool:
        spool.add(PEER, "tcp:b:1", Notification("run", 1, 0.0, "E_A", NO_PARAMS, b"x"))
    return tmp_path / "spool.db"


@pytest.mark.parametrize("may_read", [False, True])
def test_a_spool_of_another_user_is_refused_and_stays_as_it_is(path: Path, may_read: bool) -> None:
    path.chmod(0o644 if may_read else 0o600)
    path.with_name("spool.db.lock").chmod(0o666)
    content, names = path.read_bytes(), sorted(path.parent.iterdir())
    with (
        another_user(path.parent),
        closing(SqliteSpool(path, wall=FakeClock())) as spool,
        pytest.raises(SpoolError, match=r"(?i)permission denied|unable to open|readonly"),
    ):
        spool.claim()
    assert path.read_bytes() == content
    assert sorted(path.parent.iterdir()) == names


def test_a_folder_of_another_user_gets_neither_spool_nor_lock_nor_state_file(tmp_path: Path) -> None:
    with another_user(tmp_path):
        spool = SqliteSpool(tmp_path / "new.db", wall=FakeClock())
        with pytest.raises(SpoolError, match="Permission denied"):
            spool.claim()
        with pytest.raises(PermissionError):
            take_lock(tmp_path / "state")
        with pytest.raises(StateError, match="Permission denied"):
            write_state(tmp_path / "state", [], 0.0)
    assert list(tmp_path.iterdir()) == []


def test_a_state_file_that_may_not_be_read_is_an_error(tmp_path: Path) -> None:
    write_state(tmp_path / "state", [], 0.0)
    with another_user(tmp_path), pytest.raises(StateError, match="Permission denied"):
        read_state(tmp_path / "state", 0.0)
