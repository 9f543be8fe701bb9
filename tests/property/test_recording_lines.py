"""Every record is read from a recording as it was written; garbage is refused with one error."""

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from evtui.codecs.recording.line_json import decode_line, encode_line
from evtui.codecs.recording.line_records import LineRecords
from evtui.codecs.recording.line_types import PlanLine, RecordLine
from evtui.codecs.recording.record_lines import RecordLines
from evtui.core.errors import BadMessageError
from evtui.core.records import (
    DispatchGroup,
    DispatchPlan,
    Expired,
    Failure,
    Published,
    Raised,
    Record,
    Refreshed,
    Refused,
    Restarted,
    Retrying,
    Settled,
    Subscribed,
    Unsubscribed,
)
from evtui.core.values import Socket, Subscription
from tests.property.test_codecs import WIRE_TEXT, some_params

SECONDS = st.floats(0, 2.5e11)
NUMBERS = st.integers(0, 2**63 - 1)
SOCKETS = st.builds(Socket, st.sampled_from(("udp", "unix", "rabbitmq")), WIRE_TEXT)
SUBSCRIPTIONS = st.builds(Subscription, WIRE_TEXT, SOCKETS, st.none() | NUMBERS, st.none(), st.none() | WIRE_TEXT)
REASONS = st.none() | WIRE_TEXT


@st.composite
def raises(draw: st.DrawFn) -> Raised:
    """Raises to any number of groups of subscribers."""
    codecs = tuple(draw(st.lists(WIRE_TEXT, max_size=2)))
    groups = [
        DispatchGroup(tuple(draw(st.lists(SOCKETS, min_size=1, max_size=3))), draw(st.integers(0, len(codecs) - 1)),
                      draw(st.booleans()))
        for _ in range(draw(st.integers(0, 2)) if codecs else 0)
    ]  # fmt: skip
    size = sum(len(group.sockets) for group in groups)
    waiting = sum(len(group.sockets) for group in groups if group.queued)
    plan = DispatchPlan(codecs, tuple(groups), size, waiting) if groups else DispatchPlan()
    return Raised(
        draw(NUMBERS), draw(SECONDS), draw(WIRE_TEXT), draw(some_params()), plan,
        tuple(draw(st.binary()) for _ in plan.codecs), tuple(draw(SECONDS) for _ in groups),
        tuple(draw(st.lists(st.builds(Failure, NUMBERS, NUMBERS, WIRE_TEXT), max_size=2))), draw(st.booleans()),
    )  # fmt: skip


RECORDS: st.SearchStrategy[Record] = st.one_of(
    raises(),
    st.builds(
        Settled,
        NUMBERS,
        SECONDS,
        WIRE_TEXT,
        SOCKETS,
        st.sampled_from(("sent", "failed")),
        SECONDS,
        NUMBERS,
        REASONS,
        st.booleans(),
    ),
    st.builds(Retrying, SECONDS, WIRE_TEXT, SOCKETS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, WIRE_TEXT, SECONDS),
    st.builds(Published, SECONDS, WIRE_TEXT),
    st.builds(Subscribed, SECONDS, SUBSCRIPTIONS),
    st.builds(Refreshed, SECONDS, SUBSCRIPTIONS),
    st.builds(Expired, SECONDS, SUBSCRIPTIONS),
    st.builds(Unsubscribed, SECONDS, SUBSCRIPTIONS, WIRE_TEXT),
    st.builds(Refused, SECONDS, WIRE_TEXT, some_params(), WIRE_TEXT, st.sampled_from(("nested", "read-only"))),
    st.builds(Restarted, SECONDS, SECONDS),
)


def read_back(lines: list[bytes]) -> list[Record]:
    """Read records from lines."""
    reader, found = LineRecords(), list[Record]()
    for raw in lines:
        line = decode_line(raw)
        if isinstance(line, PlanLine):
            reader.take_plan(line)
        elif isinstance(line, RecordLine):
            found.append(reader.record(line))
    return found


@given(st.lists(RECORDS, max_size=4))
def test_records_are_read_back_as_they_were_written(records: list[Record]) -> None:
    writer = RecordLines()
    lines = [encode_line(line) for record in records for line in writer.record(record)]
    assert read_back(lines) == records


@given(RECORDS)
def test_a_line_is_valid_json_in_valid_utf8_on_one_line(record: Record) -> None:
    for line in RecordLines().record(record):
        raw = encode_line(line)
        assert b"\n" not in raw
        assert json.loads(raw.decode("utf-8"))["type"]


@given(st.binary() | st.text(alphabet='{}[]":,0a\\').map(str.encode))
def test_garbage_is_refused_with_one_error(raw: bytes) -> None:
    with suppress(BadMessageError):
        decode_line(raw)
