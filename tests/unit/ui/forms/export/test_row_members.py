"""What an export tells of rows, as JSON."""

import json

from evtui.core.records import Expired
from evtui.core.values import Params
from evtui.ui.forms.export.row_members import row_json
from evtui.ui.stream.stream_rows import StreamRow
from tests.unit.ui.records import HOSTILE, raised, subscription


def test_a_delivery_is_written_with_all_that_is_known() -> None:
    line = json.loads(row_json(StreamRow(0, raised("E_TEST", {"ip": "192.0.2.1"}, at=1.5), 0, 0, "EAGAIN: full")))
    assert line == {
        "time": "1970-01-01T00:00:01.500000+00:00", "event": "E_TEST", "params": {"ip": "192.0.2.1"},
        "subscriber": "udp:127.0.0.1:9000", "serial": 1, "codec": "jsonrpc", "outcome": "failed", "sent": False,
        "latency": 0.0012, "error": "EAGAIN: full",
    }  # fmt: skip


def test_hostile_text_is_kept_as_it_is() -> None:
    text = row_json(StreamRow(0, raised("E_TEST", [HOSTILE]), 0, 0))
    assert json.loads(text)["params"] == [HOSTILE]
    text.encode()


def test_duplicate_names_stay_duplicate() -> None:
    text = row_json(StreamRow(0, raised("E_TEST", Params((1, 2), ("a", "a"))), 0, 0))
    assert '"params":{"a":1,"a":2}' in text


def test_changes_are_written_in_words() -> None:
    assert json.loads(row_json(StreamRow(0, Expired(0.0, subscription()))))["news"] == "expired"
