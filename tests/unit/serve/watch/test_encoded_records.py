"""The ring of encoded records: its bounds, its pieces, and the plans that records name."""

import json
from collections.abc import Sequence

import pytest

from evtui.codecs.recording.line_json import decode_line
from evtui.codecs.recording.line_types import PlanLine, RaisedLine, SettledLine
from evtui.core.records import DispatchGroup, DispatchPlan, Published, Raised, Settled
from evtui.core.values import NO_PARAMS, Socket
from evtui.serve.watch import encoded_records
from evtui.serve.watch.encoded_records import EncodedRecord, EncodedRecords, RecordEncoder


def _records(first: int, last: int, size: int = 10) -> list[EncodedRecord]:
    return [EncodedRecord(place, Published(0, "E_A"), b"x" * (size - 1) + b"\n") for place in range(first, last + 1)]


def _ring(records: Sequence[EncodedRecord]) -> EncodedRecords:
    ring = EncodedRecords()
    for each in records:
        ring.append(each)
    return ring


def _plan(*sockets: str) -> DispatchPlan:
    group = DispatchGroup(tuple(Socket("udp", each) for each in sockets), 0)
    return DispatchPlan(("jsonrpc",), (group,), len(sockets))


def _raised(serial: int, plan: DispatchPlan) -> Raised:
    return Raised(serial, 5.0, "E_A", NO_PARAMS, plan, (b"{}",) * len(plan.codecs), (0.1,) * len(plan.groups))


def test_it_holds_the_newest_records_up_to_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded_records, "MAX_RECORDS", 80)
    ring = EncodedRecords()
    for each in _records(1, 1000):
        ring.append(each)
        assert ring.end == each.place
        assert 0 <= ring.end - ring.begin <= 90
    assert ring.end - ring.begin >= 80


def test_it_holds_the_newest_records_up_to_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded_records, "MAX_BYTES", 8000)
    ring = _ring(_records(1, 1000, size=100))
    assert 80 <= ring.end - ring.begin <= 90


def test_a_record_larger_than_all_bytes_is_held_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded_records, "MAX_BYTES", 100)
    ring = _ring(_records(1, 3, size=1000))
    assert (ring.begin, ring.end) == (2, 3)


def test_the_plan_that_a_record_brings_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded_records, "MAX_BYTES", 8000)
    encoder = RecordEncoder()
    ring = _ring([encoder.encode(_raised(n, _plan("h:1" * 1000)), n, 0.0) for n in range(1, 50)])
    assert ring.end - ring.begin <= 3


@pytest.mark.parametrize("begin", [0, 1, 7, 99, 100, 101, 249])
def test_pieces_follow_each_other_without_a_hole(begin: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded_records, "MOST_AT_ONCE", 100)
    ring, place, got = _ring(_records(1, 250)), begin, list[int]()
    while (chunk := ring.behind(place)) is not None:
        assert len(chunk.places) <= 100
        assert chunk.data == b"".join(each.line for each in chunk.records)
        got.extend(chunk.places)
        place = chunk.end
    assert got == list(range(begin + 1, 251))


def test_a_piece_is_bounded_by_bytes_and_has_one_record_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded_records, "BYTES_AT_ONCE", 1000)
    ring = _ring([*_records(1, 30, size=100), *_records(31, 32, size=5000)])
    sizes, place = list[int](), 0
    while (chunk := ring.behind(place)) is not None:
        sizes.append(len(chunk.data))
        place = chunk.end
    assert sizes == [1000, 1000, 1000, 5000, 5000]


def test_readers_at_one_place_share_the_bytes() -> None:
    ring = _ring(_records(1, 10))
    assert ring.behind(0) is ring.behind(0)
    before = ring.behind(0)
    ring.append(_records(11, 11)[0])
    after = ring.behind(0)
    assert before is not None
    assert after is not None
    assert (before.end, after.end) == (10, 11)


def test_it_begins_anew_at_a_place() -> None:
    ring = _ring(_records(1, 10))
    ring.restart(500)
    assert (ring.begin, ring.end, ring.behind(500)) == (500, 500, None)
    ring.append(_records(501, 501)[0])
    chunk = ring.behind(500)
    assert chunk is not None
    assert chunk.places == (501,)


def test_a_line_is_the_record_and_its_place() -> None:
    settled = Settled(7, 5.0, "E_A", Socket("udp", "h:1"), "failed", 0.5, 2, "EPIPE")
    line = decode_line(RecordEncoder().encode(settled, 9, 0.0).line)
    assert line == SettledLine(5.0, "E_A", "udp:h:1", 7, "failed", 0.5, 2, "EPIPE", place=9)


def test_a_line_has_its_place_also_where_the_fast_encoder_refuses_the_record() -> None:
    raised = Raised(1, 5.0, "E_\udcff", NO_PARAMS, DispatchPlan(), (), ())
    line = decode_line(RecordEncoder().encode(raised, 3, 0.0).line)
    assert isinstance(line, RaisedLine)
    assert (line.event, line.place) == ("E_\udcff", 3)


def test_raises_with_one_plan_name_one_number() -> None:
    encoder, one, other = RecordEncoder(), _plan("h:1"), _plan("h:1")
    numbers = [
        encoder.encode(_raised(number, plan), number, 0.0).plan for number, plan in enumerate((one, other, one), 1)
    ]
    assert [plan and plan.number for plan in numbers] == [1, 2, 1]
    line = decode_line(numbers[0].line) if numbers[0] else None
    assert isinstance(line, PlanLine)
    assert line.plan == 1


def test_a_number_is_never_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded_records, "_MAX_PLANS", 2)
    encoder, plans = RecordEncoder(), [_plan(f"h:{number}") for number in range(1, 6)]
    got = [encoder.encode(_raised(1, plan), 1, 0.0).plan for plan in (*plans, plans[0])]
    assert [plan and plan.number for plan in got] == [1, 2, 3, 4, 5, 6]
    encoder.forget_plans()
    again = encoder.encode(_raised(1, plans[0]), 1, 0.0).plan
    assert again is not None
    assert again.number == 7


def test_the_plans_that_are_kept_are_bounded_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded_records, "_MAX_PLAN_BYTES", 10_000)
    encoder = RecordEncoder()
    for number in range(1, 100):
        encoder.encode(_raised(number, _plan("h" * 1000)), number, 0.0)
    assert encoder._plan_bytes <= 10_000  # pyright: ignore[reportPrivateUsage]
    assert len(encoder._plans) < 12  # pyright: ignore[reportPrivateUsage]


def test_a_raise_without_subscribers_names_no_plan() -> None:
    encoded = RecordEncoder().encode(_raised(1, DispatchPlan()), 1, 0.0)
    assert encoded.plan is None
    assert "plan" not in json.loads(encoded.line)
