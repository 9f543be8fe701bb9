"""A damaged spool: what is damaged is set aside, counted and said, and the rest waits in its order."""

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from evtui.core.errors import SpoolError
from evtui.core.transport import Notification
from evtui.core.values import Params, Socket
from evtui.storage.spool import SqliteSpool
from tests.fakes.engine_fakes import FakeClock

A, B = Socket("tcp", "a:1"), Socket("tcp", "b:1")
COUNT = 10
WALL = FakeClock(1_800_000_000.0)
STAMP = "20270115T080000Z"
"""The same moment as it stands in the names of damaged files."""


def notification(serial: int) -> Notification:
    return Notification("run", serial, 1_800_000_000.0, "E_A", Params((serial,), ("n",)), b"payload %d" % serial)


def opened(path: Path) -> SqliteSpool:
    return SqliteSpool(path, wall=WALL, reserve=1 << 20)


def serials(spool: SqliteSpool, socket: Socket = A) -> list[int]:
    return [each.serial for _, each in spool.load(socket)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a spool in which ten notifications wait for A and one for B; the third of A has key 3."""
    with closing(opened(tmp_path / "spool.db")) as spool:
        for serial in range(1, COUNT + 1):
            spool.add(A, "tcp:a:1", notification(serial))
        spool.add(B, "tcp:b:1", notification(COUNT + 1))
    return tmp_path / "spool.db"


def damage(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


ROWS = {
    "a head that is not a list": "UPDATE letters SET head = '{' WHERE key = 3",
    "a head that is another list": "UPDATE letters SET head = '[1, 2, 3]' WHERE key = 3",
    "a head with flipped bits": "UPDATE letters SET head = replace(head, '\"run\"', '\"r\u00fcn\"') WHERE key = 3",
    "a head that is not UTF-8": "UPDATE letters SET head = CAST(x'5b22ff22' AS TEXT) WHERE key = 3",
    "a head of bytes": "UPDATE letters SET head = CAST(head AS BLOB) WHERE key = 3",
    "a head too deep": f"UPDATE letters SET head = '{'[' * 100_000}' WHERE key = 3",
    "a head without parameters": 'UPDATE letters SET head = \'["run", 1.0, "E_A", {}, []]\' WHERE key = 3',
    "a head with too few names": 'UPDATE letters SET head = \'["run", 1.0, "E_A", [1, 2], ["a"]]\' WHERE key = 3',
    "a head with an infinite value": 'UPDATE letters SET head = \'["run", 1.0, "E_A", [Infinity], []]\' WHERE key = 3',
    "a time that is none": 'UPDATE letters SET head = \'["run", NaN, "E_A", [], []]\' WHERE key = 3',
    "a payload of text": "UPDATE letters SET payload = 'text' WHERE key = 3",
    "a payload of numbers": "UPDATE letters SET payload = 7 WHERE key = 3",
    "the largest serial": f"UPDATE letters SET serial = {2**63 - 1} WHERE key = 3",
    "a negative serial": "UPDATE letters SET serial = -1 WHERE key = 3",
    "a serial that is not a number": "UPDATE letters SET serial = 'x' WHERE key = 3",
    "a destination that is gone": "UPDATE letters SET destination = 99 WHERE key = 3",
    "a destination that is not a number": "UPDATE letters SET destination = 'x' WHERE key = 3",
    "the largest key": f"UPDATE letters SET key = {2**63 - 1} WHERE key = 3",
    "a negative key": "UPDATE letters SET key = -3 WHERE key = 3",
}


@pytest.mark.parametrize("statement", ROWS.values(), ids=ROWS)
def test_a_damaged_row_is_set_aside_and_said_and_the_others_wait_in_order(
    path: Path, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    damage(path, statement)
    with closing(opened(path)) as spool:
        assert spool.destinations() == [(A, "tcp:a:1"), (B, "tcp:b:1")]
        assert spool.last_serial() == COUNT + 1
        assert serials(spool) == [1, 2, *range(4, COUNT + 1)]
        assert serials(spool, B) == [COUNT + 1]
        assert spool.set_aside == 1
        assert "set aside in its table set_aside: a damaged notification: " in caplog.text
        key = spool.add(A, "tcp:a:1", notification(spool.last_serial() + 1))
        assert key == COUNT + 2
    caplog.clear()
    with closing(opened(path)) as spool:
        assert serials(spool) == [1, 2, *range(4, COUNT + 1), COUNT + 2]
        assert spool.set_aside == 1
    assert caplog.text == ""
    with closing(sqlite3.connect(path)) as connection:
        (kept,) = connection.execute("SELECT why, CAST(payload AS TEXT) FROM set_aside")
    assert kept[0]
    assert kept[1] in {"payload 3", "text", "7"}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM destinations WHERE id = 1",
        "UPDATE destinations SET socket = 7 WHERE id = 1",
        "UPDATE destinations SET socket = x'ffff' WHERE id = 1",
        "UPDATE destinations SET source = 'text' WHERE id = 1",
    ],
)
def test_notifications_of_a_damaged_destination_never_go_to_another(
    path: Path, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    damage(path, statement)
    with closing(opened(path)) as spool:
        spool.add(Socket("tcp", "c:1"), "tcp:c:1", notification(12))
        assert [socket for socket, _ in spool.destinations()] == [B, Socket("tcp", "c:1")]
        assert spool.set_aside == COUNT
        assert serials(spool, B) == [11]
        assert serials(spool, Socket("tcp", "c:1")) == [12]
    assert "10 damaged ones: its destination is gone or damaged" in caplog.text


TABLES = {
    "letters": "its table letters is missing",
    "destinations": "its table destinations is missing",
    "mark": "its table mark is missing",
}


@pytest.mark.parametrize(("table", "said"), TABLES.items())
def test_a_missing_table_is_said_and_the_spool_goes_on(
    path: Path, table: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    damage(path, f"DROP TABLE {table}")
    with closing(opened(path)) as spool:
        found = serials(spool), spool.set_aside
        assert found == {"letters": ([], 0), "destinations": ([], 11), "mark": (list(range(1, 11)), 0)}[table]
        assert said in "".join(spool.findings)
        spool.add(A, "tcp:a:1", notification(50))
        assert serials(spool)[-1] == 50
    assert said in caplog.text


@pytest.mark.parametrize("serial", [2**63 - 1, -5, "'x'"])
def test_a_damaged_last_serial_is_said(path: Path, serial: object) -> None:
    damage(path, f"UPDATE mark SET serial = {serial}")
    with closing(opened(path)) as spool:
        assert spool.last_serial() == 11
        assert "its last serial is" in "".join(spool.findings)


@pytest.mark.parametrize("last", [2**63 - 1, -1, "'x'"])
def test_a_damaged_sequence_of_keys_goes_on_behind_the_last_one(path: Path, last: object) -> None:
    damage(path, f"UPDATE sqlite_sequence SET seq = {last}")
    with closing(opened(path)) as spool:
        assert spool.add(A, "tcp:a:1", notification(12)) == 12


def garbage(content: bytes) -> bytes:
    return b"this is not a database, though it is long enough to be taken for one" * 20


def without_header(content: bytes) -> bytes:
    return bytes(100) + content[100:]


@pytest.mark.parametrize("change", [garbage, without_header])
def test_a_file_that_is_no_database_is_renamed_and_a_new_one_takes_its_place(
    path: Path, change: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    before = change(path.read_bytes())
    path.write_bytes(before)
    for number in ("", "-2"):
        with closing(opened(path)) as spool:
            spool.add(A, "tcp:a:1", notification(1))
            assert serials(spool) == [1]
        damaged = path.with_name(f"spool.db.damaged-{STAMP}{number}")
        assert damaged.read_bytes() == before
        assert f"renamed to {damaged}" in caplog.text
        path.write_bytes(before)


def test_a_file_with_damaged_pages_gives_what_can_be_read_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "spool.db"
    with closing(opened(path)) as spool:
        for serial in range(1, 1001):
            spool.add(A, "tcp:a:1", notification(serial))
    content = bytearray(path.read_bytes())
    middle = content.find(b"payload 500") // 4096 * 4096
    content[middle : middle + 4096] = bytes(4096)
    path.write_bytes(content)
    with closing(opened(path)) as spool:
        kept = serials(spool)
        assert 900 < len(kept) < 1000
        assert kept == sorted(kept)
        assert {1, 1000} <= set(kept)
        assert 500 not in kept
        assert f"{len(kept):,} notifications could be read" in caplog.text
        assert spool.add(A, "tcp:a:1", notification(1001)) == 1001
    with closing(opened(path)) as spool:
        assert serials(spool) == [*kept, 1001]
        assert spool.findings == []


def test_a_rescue_that_was_killed_before_its_end_is_finished(path: Path) -> None:
    content = path.read_bytes()
    new = path.with_name("spool.db.rescued")
    with closing(opened(tmp := path.with_name("other.db"))) as spool:
        spool.add(A, "tcp:a:1", notification(77))
    tmp.rename(new)
    for is_renamed in (False, True):  # killed before the damaged file was renamed, or after that
        if is_renamed:
            path.rename(new)
        with closing(opened(path)) as spool:
            assert serials(spool) == [77]
        assert not new.exists()
    assert path.with_name(f"spool.db.damaged-{STAMP}").read_bytes() == content


def test_an_empty_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    path.touch()
    with closing(opened(path)) as spool:
        assert serials(spool) == []
        assert "the file is empty" in "".join(spool.findings)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_not_a_file_is_refused_by_that_name(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "spool.db")
    with closing(opened(tmp_path / "spool.db")) as spool, pytest.raises(SpoolError, match="is not a file"):
        spool.claim()
    assert not spool.findings


def test_the_database_of_another_program_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.db"
    damage(path, "CREATE TABLE bookmarks (url TEXT)")
    with closing(opened(path)) as spool, pytest.raises(SpoolError, match="another program: it has the table bookmarks"):
        spool.claim()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]


class Killed:
    """The files of a spool whose process was killed: a database, and a log that was never copied into it."""

    def __init__(self, folder: Path, serials: Sequence[int]) -> None:
        running = folder / "running"
        running.mkdir()
        self.path = folder / "spool.db"
        with closing(opened(running / "spool.db")) as spool:
            for serial in serials:
                spool.add(A, "tcp:a:1", notification(serial))
            for ending in ("", "-wal", "-shm"):
                self.path.with_name(f"spool.db{ending}").write_bytes((running / f"spool.db{ending}").read_bytes())
        self.log = self.path.with_name("spool.db-wal")


@pytest.fixture
def killed(tmp_path: Path) -> Killed:
    return Killed(tmp_path, range(1, 101))


def test_a_whole_log_says_nothing(killed: Killed, caplog: pytest.LogCaptureFixture) -> None:
    with closing(opened(killed.path)) as spool:
        assert serials(spool) == list(range(1, 101))
    assert caplog.text == ""


def test_a_transaction_that_was_not_committed_is_no_damage(killed: Killed, caplog: pytest.LogCaptureFixture) -> None:
    content = killed.log.read_bytes()
    killed.log.write_bytes(content[:-2000])  # the end of the last one was never written: the index does not know it
    killed.path.with_name("spool.db-shm").unlink()
    with closing(opened(killed.path)) as spool:
        assert serials(spool) == list(range(1, 100))
    assert caplog.text == ""


@pytest.mark.parametrize("place", [32, 5000, 200_000, -3])
def test_a_log_that_is_damaged_in_the_middle_is_said_and_kept(killed: Killed, place: int) -> None:
    content = bytearray(killed.log.read_bytes())
    content[place] ^= 0x40
    killed.log.write_bytes(content)
    with closing(opened(killed.path)) as spool:
        kept = serials(spool)
        assert kept == list(range(1, len(kept) + 1))
        assert len(kept) < 100
        assert "its log is damaged" in "".join(spool.findings)
    assert killed.log.with_name(f"spool.db-wal.damaged-{STAMP}").read_bytes() == content


def test_a_log_that_was_cut_is_said(killed: Killed) -> None:
    content = killed.log.read_bytes()
    killed.log.write_bytes(content[: len(content) // 2])
    with closing(opened(killed.path)) as spool:
        assert len(serials(spool)) < 100
        assert "its log is damaged" in "".join(spool.findings)


def test_a_log_whose_begin_is_damaged_is_said_and_kept(killed: Killed) -> None:
    content = b"\xff" * 16 + killed.log.read_bytes()[16:]
    killed.log.write_bytes(content)
    with closing(opened(killed.path)) as spool:
        spool.load(A)
        assert "its log cannot be read" in "".join(spool.findings)
    assert killed.log.with_name(f"spool.db-wal.damaged-{STAMP}").read_bytes() == content


def test_a_log_that_is_gone_is_said(killed: Killed) -> None:
    killed.log.unlink()
    with closing(opened(killed.path)) as spool:
        spool.load(A)
        assert "its log is gone" in "".join(spool.findings)


def test_a_file_that_lost_its_content_keeps_its_log_for_the_user(killed: Killed) -> None:
    content = killed.log.read_bytes()
    killed.path.write_bytes(b"")
    with closing(opened(killed.path)) as spool:
        assert serials(spool) == []
        assert "the file is empty, though its log is not" in "".join(spool.findings)
    assert killed.log.with_name(f"spool.db-wal.damaged-{STAMP}").read_bytes() == content


def test_texts_that_are_no_unicode_are_kept_and_numbers_too_large_refused(tmp_path: Path) -> None:
    odd = Socket("rabbitmq", "h/\ud800\udcff")
    with closing(opened(tmp_path / "spool.db")) as spool:
        spool.add(odd, "rabbitmq:u:p\ud800@h/\ud800\udcff", notification(1))
        assert spool.destinations() == [(odd, "rabbitmq:u:p\ud800@h/\ud800\udcff")]
        assert serials(spool, odd) == [1]
        with pytest.raises(SpoolError, match="too large"):
            spool.add(A, "tcp:a:1", notification(2**63))
