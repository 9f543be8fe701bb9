"""Files that the release before wrote: `tests/data/previous_version` is read as that release read it."""

import shutil
from contextlib import closing
from pathlib import Path

from evtui.core.transport import SavedSubscription
from evtui.core.values import NO_PARAMS, Params, Socket
from evtui.storage.spool import SqliteSpool
from evtui.storage.state_file import read_state, write_state
from tests.fakes.engine_fakes import FakeClock
from tests.paths import TEST_DATA

FILES = TEST_DATA / "previous_version"
SAVED_AT = 1795935050.3947647
"""Wall seconds at which the state file was written."""
TCP = Socket("tcp", "127.0.0.1:11/call")
PARAMS = [Params.of({"caller": "alice", "n": 1}), Params(("a\udcffb", None, 2, 1.5)), NO_PARAMS]


def test_a_spool_of_the_previous_version_gives_back_its_notifications_in_order(tmp_path: Path) -> None:
    shutil.copy(FILES / "spool.db", tmp_path)
    with closing(SqliteSpool(tmp_path / "spool.db", reserve=0, wall=FakeClock())) as spool:
        assert [source for _, source in spool.destinations()] == [
            "xmlrpc:127.0.0.1:17:second",
            "kafka:127.0.0.1:15/calls?key=caller",
            "rabbitmq:guest:secret@127.0.0.1:14/persistent?calls",
            "xmlrpc:127.0.0.1:13:call",
            "jsonrpc:127.0.0.1:12/call?reliable=true",
            "tcp:127.0.0.1:11/call",
        ]
        for socket, _ in spool.destinations():
            kept = [notification for _, notification in spool.load(socket)]
            assert [notification.serial for notification in kept] == [1, 2, 3]
            assert [notification.params for notification in kept] == PARAMS
            assert {(notification.origin, notification.event) for notification in kept} == {("84f4ca05ba", "E_CALL")}
            assert all(SAVED_AT - 60 < notification.at < SAVED_AT for notification in kept)
        assert [notification.payload for _, notification in spool.load(TCP)] == [
            b'{"jsonrpc":"2.0","method":"call","params":{"caller":"alice","n":1}}',
            b'{"jsonrpc":"2.0","method":"call","params":["a\\udcffb",null,2,1.5]}',
            b'{"jsonrpc":"2.0","method":"call"}',
        ]


def test_a_spool_of_the_previous_version_goes_on_behind_its_last_serial_and_key(tmp_path: Path) -> None:
    shutil.copy(FILES / "spool.db", tmp_path)
    with closing(SqliteSpool(tmp_path / "spool.db", reserve=0, wall=FakeClock())) as spool:
        assert spool.last_serial() == 4  # a fourth one was delivered and removed
        keys = [key for key, _ in spool.load(TCP)]
        (_, newest) = spool.load(TCP)[-1]
        assert spool.add(TCP, "tcp:127.0.0.1:11/call", newest) == 20
        spool.remove(keys)
    with closing(SqliteSpool(tmp_path / "spool.db", reserve=0, wall=FakeClock())) as spool:
        assert [key for key, _ in spool.load(TCP)] == [20]


def test_a_state_file_of_the_previous_version_gives_back_its_subscriptions(tmp_path: Path) -> None:
    shutil.copy(FILES / "state.json", tmp_path)
    saved = read_state(tmp_path / "state.json", SAVED_AT)
    assert [(each.event, each.source, each.expire, each.pattern, each.is_wildcard, each.trusted) for each in saved] == [
        ("E_CALL_*", "unix:/tmp/evtui-previous.sock", 4_000_000_000, None, True, True),
        ("E_CALL_*", "udp:127.0.0.1:18", None, None, True, False),
        ("E_O?HER", "udp:127.0.0.1:19", 60, None, True, True),
        ("E_CALL", "udp:127.0.0.1:1", 3600, None, False, True),
        ("E_CALL", "tcp:127.0.0.1:11/call", None, None, False, True),
        ("E_CALL", "jsonrpc:127.0.0.1:12/call?reliable=true", None, None, False, True),
        ("E_CALL", "xmlrpc:127.0.0.1:13:call", 4_000_000_000, None, False, True),
        ("E_CALL", "rabbitmq:guest:secret@127.0.0.1:14/persistent?calls", 7200, None, False, True),
        ("E_CALL", "kafka:127.0.0.1:15/calls?key=caller", None, None, False, True),
        ("E_CALL", "virtual:PARALLEL udp:127.0.0.1:16 xmlrpc:127.0.0.1:17:second", None, None, False, True),
        ("E_CALL_END", "unix:/tmp/evtui-previous.sock", 4_000_000_000, "E_CALL_*", False, True),
        ("E_CALL_END", "udp:127.0.0.1:18", None, "E_CALL_*", False, False),
        ("E_CALL_END", "flatstore:/tmp/evtui-previous.txt", None, None, False, True),
        ("E_OTHER", "udp:127.0.0.1:19", 60, "E_O?HER", False, True),
        ("E_\udcff", "udp:127.0.0.1:20", None, None, False, True),
    ]
    assert [each.left is None for each in saved] == [each.expire is None for each in saved]
    assert saved[3].left == 3597.1195051000013


def test_a_subscription_of_the_previous_version_loses_the_time_that_has_passed(tmp_path: Path) -> None:
    shutil.copy(FILES / "state.json", tmp_path)
    later = read_state(tmp_path / "state.json", SAVED_AT + 100)
    assert "E_OTHER" not in {each.event for each in later}
    assert [each.left for each in later if each.source == "udp:127.0.0.1:1"] == [3597.1195051000013 - 100]


def test_a_state_file_written_now_has_the_form_of_the_previous_version(tmp_path: Path) -> None:
    old = FILES / "state.json"
    saved: list[SavedSubscription] = list(read_state(old, SAVED_AT))
    write_state(tmp_path / "state.json", saved, SAVED_AT)
    assert (tmp_path / "state.json").read_bytes() == old.read_bytes()
