"""A recording with any damage is shown up to it: nothing but damage is told, and all that is shown can be asked for."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evtui.backends.recording.player import Player, fold
from evtui.backends.recording.recorded_bytes import RecordedBytes
from evtui.backends.recording.recorded_items import RecordedItems
from evtui.backends.recording.recording_index import RecordingIndex
from evtui.core.errors import RecordingError
from evtui.core.records import Expired, Published, Record, Refused, Retrying, Settled, Subscribed
from evtui.core.values import Params, Socket, Subscription
from evtui.storage.recording.recording_writer import RecordingWriter
from evtui.storage.recording.rotated_files import RotatedFiles
from tests.fakes.engine_fakes import fake_clocks
from tests.fakes.recording_fakes import states
from tests.unit.ui.records import queued, raised

TCP = Socket("tcp", "127.0.0.1:7000")
RECORDS: list[Record] = [
    raised(params={"a": "\udcff", "b": 1}),
    Subscribed(1.0, Subscription("E_TEST", TCP, 60, 61.0)),
    queued(2, TCP),
    Retrying(2.0, "E_TEST", TCP, 2, 2, 1, 1, "ECONNREFUSED", 0.1),
    Settled(2, 3.0, "E_TEST", TCP, "acknowledged", 1.0),
    Published(4.0, "E_NEW"),
    Refused(5.0, "E_TEST", Params((1,)), "no", "read-only"),
    raised(subscribers=0),
    Expired(6.0, Subscription("E_TEST", TCP, 60, 61.0)),
]


PIECES = st.binary(max_size=3) | st.sampled_from([b"-1", b"1e300", b"null", b'"', b"{", b"[]", b"\\ud800"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recording") / "rec.jsonl"
    writer = RecordingWriter(RotatedFiles(path, 1), 1 << 30, "test")
    writer.write(RECORDS, states())
    writer.write(RECORDS, states(7.0))
    writer.close(8.0)
    return path


@given(st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_is_told_as_damage(whole: Path, data: st.DataObject) -> None:
    content = bytearray(whole.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        piece = data.draw(PIECES)
        content[place : place + data.draw(st.integers(0, 4))] = piece
    path = whole.with_name("damaged.jsonl")
    path.write_bytes(content)
    try:
        player = Player(RecordedBytes(path), fake_clocks())
    except RecordingError:
        return
    RecordingIndex().read(RecordedBytes(path), lambda: False)
    items = RecordedItems(RecordedBytes(path))
    while found := items.take(3):
        for item in found:
            fold(item, player.states)
            player.states.status()
            player.states.events()
            player.states.subscriptions(None, 10.0)
