"""Rows of queued deliveries: how they end is written in place, whenever and wherever the news come."""

import gc
import json
import re
import weakref

import pytest

from evtui.core.records import Outcome
from evtui.core.values import Socket
from evtui.ui.detail.subject_lines import subject_lines
from evtui.ui.forms.export.row_members import row_json
from evtui.ui.stream.delivery_status import MAX_RETRYING
from evtui.ui.stream.record_filter import text_of
from evtui.ui.stream.stream_lines import row_line
from evtui.ui.stream.stream_rows import is_open, latency_of, status_of
from evtui.ui.stream.stream_view import StreamView
from evtui.ui.text.cells import plain
from tests.unit.ui.records import REFUSED, TCP, queued, raised, retrying, settled
from tests.unit.ui.stream.filters.stream_filters import only


def signs(view: StreamView) -> list[str | None]:
    return [status_of(row) for row in view.view]


@pytest.mark.parametrize(
    ("outcome", "sign"), [("sent", "✓"), ("acknowledged", "✓✓"), ("failed", "✗"), ("dropped", "⌀")]
)
def test_an_end_is_shown_in_the_row_of_its_delivery(outcome: Outcome, sign: str) -> None:
    view = StreamView()
    view.take([queued()])
    assert " …  " in plain(row_line(view.view[0], 100))
    view.take([settled(outcome=outcome, reason="too old" if outcome == "dropped" else None)])
    text = plain(row_line(view.view[0], 100))
    assert len(view.view) == 1
    assert re.search(rf" {sign.strip()} +250 ms ", text)
    assert ("too old" in text) == (outcome == "dropped")
    assert view.received == 1


def test_every_subscriber_of_a_raise_has_its_own_end() -> None:
    view = StreamView()
    view.take([queued(1, *TCP), settled(socket=TCP[2]), settled(outcome="failed", socket=TCP[0], reason="no")])
    assert signs(view) == ["failed", "queued", "acknowledged"]


def test_while_its_destination_is_away_a_row_says_so_and_no_row_is_added() -> None:
    view = StreamView()
    view.take([queued(1), queued(2), queued(3, TCP[1]), retrying(1, 2, attempt=2)])
    assert signs(view) == ["retrying", "retrying", "queued"]
    text = plain(row_line(view.view[0], 120))
    assert " ↻ " in text
    assert "attempt 2: ECONNREFUSED" in text
    view.take([settled(1)])
    assert signs(view) == ["acknowledged", "queued", "queued"]


def test_a_failed_delivery_does_not_end_the_retries_of_its_destination() -> None:
    view = StreamView()
    view.take([queued(1), queued(2), retrying(1, 2), settled(1, "dropped", reason="queue full")])
    assert signs(view) == ["dropped", "retrying"]


def test_an_end_of_a_raise_never_seen_has_a_row_of_its_own() -> None:
    view = StreamView()
    view.take([settled(7, reason=None), queued(20), settled(8), settled(20)])
    assert [(row.number, status_of(row)) for row in view.view] == [
        (0, "acknowledged"), (1, "acknowledged"), (2, "acknowledged"),
    ]  # fmt: skip
    assert "acknowledged (raise 7, older than these rows)" in plain(row_line(view.view[0], 140))
    assert latency_of(view.view[0]) == 0.25
    assert (view.received, view.numbered) == (1, 3)


def test_a_retry_of_a_virtual_sockets_member_has_a_row_of_its_own() -> None:
    view = StreamView()
    view.take([queued(1, Socket("virtual", "PARALLEL tcp:127.0.0.1:7000")), retrying(1, 1, TCP[0])])
    assert signs(view) == ["queued", "retrying"]


def test_an_end_whose_row_has_gone_is_not_shown_again() -> None:
    view = StreamView(limit=2)
    view.take([queued(1), queued(2), queued(3)])
    view.take([settled(1)])
    view.clear()
    view.take([settled(2)])
    assert (len(view.view), view.numbered) == (0, 3)


def test_a_burst_longer_than_the_ring_keeps_numbers_and_ends() -> None:
    view = StreamView(limit=3)
    burst = [record for serial in range(1, 11) for record in (queued(serial), settled(serial))]
    view.take(burst)
    assert [(row.number, status_of(row)) for row in view.view] == [
        (7, "acknowledged"), (8, "acknowledged"), (9, "acknowledged"),
    ]  # fmt: skip
    assert (view.numbered, view.evicted) == (10, 7)


def test_a_paused_view_learns_of_ends_though_its_rows_have_left_the_ring() -> None:
    view = StreamView(limit=2)
    view.take([queued(1), queued(2)])
    view.freeze("paused")
    view.take([queued(3), queued(4)])
    view.take([settled(1)])
    assert signs(view) == ["acknowledged", "queued"]


def test_what_is_remembered_goes_with_the_rows() -> None:
    view = StreamView(limit=2)
    view.take([queued(1)])
    gone = weakref.ref(view.view[0].queued or view)
    view.take([queued(2), queued(3), queued(4)])
    gc.collect()
    assert gone() is None
    many = [Socket("tcp", f"127.0.0.1:{port}") for port in range(1, MAX_RETRYING + 11)]
    view.take([retrying(900, 900, socket) for socket in many])
    deliveries = view.deliveries.of(queued(9))
    assert deliveries is not None
    assert len(deliveries.retrying) == MAX_RETRYING


def test_a_filter_for_an_outcome_lets_rows_in_and_out_as_they_end() -> None:
    view = StreamView()
    view.take([queued(1), queued(2), raised(), queued(3)])
    view.show_only(only("failed"))
    view.take([settled(3, "failed", reason="no"), settled(1, "failed", reason="no"), settled(2)])
    assert view.take_changes()
    assert [row.number for row in view.view] == [0, 3]
    view.show_only(only("queued"))
    assert not view.view
    view.take([queued(5)])
    assert len(view.view) == 1
    view.take([settled(5)])
    view.take_changes()
    assert not view.view


def test_changes_are_reported_once_and_name_the_rows() -> None:
    view = StreamView()
    view.take([queued(1), queued(2), raised()])
    assert not view.take_changes()
    view.take([settled(2)])
    changes = view.take_changes()
    assert [changes.touches(row) for row in view.view] == [False, True, False]
    assert not view.take_changes()
    view.take([retrying(1, 1)])
    changes = view.take_changes()
    assert [changes.touches(row) for row in view.view] == [True, True, False]


def test_the_detail_says_outcome_attempts_reason_and_latency() -> None:
    view = StreamView()
    view.take([queued(), retrying(attempt=3)])
    row = view.view[0]
    text = "\n".join(map(plain, subject_lines(row, "tree", 100, 0.0)))
    assert f"↻ retrying: {REFUSED}" in text
    assert "3 failed" in text
    assert "3.0 s after that, with 37 waiting" in text
    view.take([settled(outcome="failed", attempt=4, reason="gave up")])
    text = "\n".join(map(plain, subject_lines(row, "wire", 100, 0.0)))
    assert "✗ gave up" in text
    assert "after 250 ms" in text
    assert "attempts    4" in text
    assert "✗    250 ms  tcp:127.0.0.1:7000  gave up" in text
    assert not is_open(row)


def test_an_export_tells_outcome_attempt_and_reason() -> None:
    view = StreamView()
    view.take([settled(3), queued(5), retrying(5, 5, attempt=2)])
    old, held = (json.loads(row_json(row)) for row in view.view)
    assert (old["serial"], old["outcome"], old["attempt"], old["latency"]) == (3, "acknowledged", 1, 0.25)
    assert (held["outcome"], held["sent"], held["attempt"], held["error"]) == ("retrying", False, 2, REFUSED)
    assert "latency" not in held
    view.take([settled(5, attempt=3)])
    done = json.loads(row_json(view.view[1]))
    assert (done["outcome"], done["sent"], done["attempt"], done["latency"]) == ("acknowledged", True, 3, 0.25)


def test_a_search_finds_rows_by_how_they_stand() -> None:
    view = StreamView()
    view.take([queued(), raised(failed=(0,)), raised()])
    assert [next(word for word in ("queued", "failed", "sent") if word in text_of(row)) for row in view.view] == [
        "queued", "failed", "sent",
    ]  # fmt: skip
