"""The state file: what was written is read back, with the time that has passed taken off."""

import stat
from pathlib import Path

import msgspec
import pytest

from evtui.core.transport import SavedSubscription
from evtui.storage.state_file import StateError, read_state, write_state

SAVED = [
    SavedSubscription("E_*", "udp:127.0.0.1:9", 60, 40.0, is_wildcard=True),
    SavedSubscription("E_A", "udp:127.0.0.1:9", 60, 40.0, "E_*", trusted=False),
    SavedSubscription("E_B", "rabbitmq:u:p@h/q"),
    SavedSubscription("E\udcff", "unix:/tmp/\udcfe"),
]


def test_subscriptions_come_back_with_the_time_they_have_left(tmp_path: Path) -> None:
    write_state(tmp_path / "state", SAVED, 1000.0)
    back = read_state(tmp_path / "state", 1015.5)
    assert [each.left for each in back] == [24.5, 24.5, None, None]
    assert [(each.event, each.source, each.expire, each.pattern, each.is_wildcard, each.trusted) for each in back] == [
        (each.event, each.source, each.expire, each.pattern, each.is_wildcard, each.trusted) for each in SAVED
    ]


def test_expired_subscriptions_are_left_out_and_a_clock_set_back_gives_no_more_time(tmp_path: Path) -> None:
    write_state(tmp_path / "state", SAVED, 1000.0)
    assert [each.event for each in read_state(tmp_path / "state", 1040.0)] == ["E_B", "E\udcff"]
    assert [each.left for each in read_state(tmp_path / "state", 900.0)] == [40.0, 40.0, None, None]


def test_the_members_of_the_file_keep_the_names_that_earlier_versions_wrote(tmp_path: Path) -> None:
    write_state(tmp_path / "state", SAVED[:2], 0.0)
    wildcard, other = msgspec.json.decode((tmp_path / "state").read_bytes())["orders"]
    assert wildcard["standing"] is True
    assert other["pattern"] == "E_*"


def test_no_file_means_no_subscriptions(tmp_path: Path) -> None:
    assert list(read_state(tmp_path / "state", 0.0)) == []


def test_only_the_user_may_read_the_file_and_it_is_replaced_whole(tmp_path: Path) -> None:
    write_state(tmp_path / "state", SAVED, 0.0)
    write_state(tmp_path / "state", SAVED[:1], 0.0)
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["state"]
    assert len(read_state(tmp_path / "state", 0.0)) == 1


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"version":1}', b"\xff\xfe", b'{"version":7,"saved":0,"orders":[]}']
)
def test_a_file_that_is_something_else_is_an_error_and_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state"
    path.write_bytes(content)
    with pytest.raises(StateError, match="state"):
        read_state(path, 0.0)
    assert path.read_bytes() == content


def test_a_directory_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="No such file or directory"):
        write_state(tmp_path / "nowhere" / "state", SAVED, 0.0)
