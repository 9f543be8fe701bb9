"""Consumed messages: what pamqp writes is read back, however the stream is cut; garbage is refused."""

import datetime as dt
import struct
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp import commands, frame, header
from pamqp.body import ContentBody

from evtui.backends.amqp.delivery_frames import ConsumedMessage, MessageAssembler, is_delivery
from evtui.core.errors import BadMessageError
from evtui.transports.rabbitmq.incoming_frames import HEARTBEAT, Frame, FrameSplitter

FULL = commands.Basic.Properties(
    content_type="application/json",
    content_encoding="utf-8",
    headers={"x": 1, "y": "z"},
    delivery_mode=2,
    priority=3,
    correlation_id="c",
    reply_to="r",
    expiration="9",
    message_id="run-7",
    timestamp=dt.datetime.fromtimestamp(1_700_000_000, tz=dt.UTC),
    message_type="t",
    user_id="u",
    app_id="evtui",
)


def wire(body: bytes, properties: commands.Basic.Properties | None = None, *, tag: int = 1, size: int = 1000) -> bytes:
    """Write a message as a broker delivers it."""
    deliver = commands.Basic.Deliver("ctag", tag, True, "ex", "a.b")
    parts = [
        frame.marshal(deliver, 1),
        frame.marshal(header.ContentHeader(0, len(body), properties or commands.Basic.Properties()), 1),
        *(frame.marshal(ContentBody(body[place : place + size]), 1) for place in range(0, len(body), size)),
    ]
    return b"".join(parts)


def messages(data: bytes, step: int) -> Iterator[ConsumedMessage]:
    """Read a stream in pieces of some bytes."""
    splitter, assembler = FrameSplitter(), MessageAssembler()
    for place in range(0, len(data), step):
        for found in splitter.feed(data[place : place + step]):
            message = assembler.take(found)
            if message is not None:
                yield message


def test_a_message_is_read_with_its_properties() -> None:
    (found,) = messages(wire(b"hello", FULL, tag=9), 1 << 20)
    assert found == ConsumedMessage(9, True, "ex", "a.b", b"hello", "run-7", 1_700_000_000)


def test_one_without_properties_and_one_without_a_body_are_read() -> None:
    first, second = messages(wire(b"hello") + wire(b"", tag=2), 1 << 20)
    assert (first.message_id, first.sent, first.body) == (None, None, b"hello")
    assert (second.tag, second.body) == (2, b"")


@given(st.lists(st.binary(max_size=60), max_size=6), st.integers(1, 100), st.integers(1, 70))
def test_however_the_stream_and_the_bodies_are_cut_the_messages_are_the_same(
    bodies: list[bytes], step: int, size: int
) -> None:
    data = b"".join(wire(body, FULL, tag=tag, size=size) for tag, body in enumerate(bodies))
    assert [message.body for message in messages(data, step)] == bodies


def test_names_that_are_not_utf_8_are_kept() -> None:
    data = wire(b"x", commands.Basic.Properties(message_id="ab")).replace(b"\x03a.b", b"\x03a\xffb")
    (found,) = messages(data.replace(b"\x02ab", b"\x02\xfeb"), 1 << 20)
    assert (found.key, found.message_id) == ("a\udcffb", "\udcfeb")


HEADER_START = b"\x00\x3c\x00\x00"
"""Class and weight, before the size of the body."""


def test_of_a_body_that_is_too_long_only_the_size_is_kept_and_the_next_message_is_read() -> None:
    piece = frame.marshal(ContentBody(b"x" * 100_000), 1)
    assembler = MessageAssembler()
    splitter = FrameSplitter()
    head = wire(b"", tag=1).replace(HEADER_START + bytes(8), HEADER_START + (100_000_000).to_bytes(8))
    found: list[ConsumedMessage] = []
    tracemalloc.start()
    for part in (head, *[piece] * 1000, wire(b"next", tag=2)):
        found += [message for each in splitter.feed(part) if (message := assembler.take(each)) is not None]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [(each.tag, each.body, each.too_long) for each in found] == [(1, b"", 100_000_000), (2, b"next", 0)]
    assert peak < 4 << 20


@pytest.mark.parametrize("size", [0, 3])
def test_a_body_frame_without_bytes_or_with_too_many_is_refused(size: int) -> None:
    splitter, assembler = FrameSplitter(), MessageAssembler()
    head = wire(b"ab")[: -len(frame.marshal(ContentBody(b"ab"), 1))]
    *before, wrong = splitter.feed(head + frame.marshal(ContentBody(b"x" * size), 1))
    assert [assembler.take(each) for each in before] == [None, None]
    with pytest.raises(BadMessageError):
        assembler.take(wrong)


def test_frames_of_other_channels_are_told_apart_and_kept_whole() -> None:
    ok = frame.marshal(commands.Basic.QosOk(), 1)
    found = list(FrameSplitter().feed(HEARTBEAT + ok + wire(b"x")))
    assert [(item.channel, is_delivery(item)) for item in found] == [
        (0, False), (1, False), (1, True), (1, True), (1, True),
    ]  # fmt: skip
    assert [item.raw for item in found[:2]] == [HEARTBEAT, ok]


@given(st.binary(max_size=80), st.sampled_from([1, 2, 3]))
def test_garbage_in_frames_is_refused_or_read_and_never_breaks(garbage: bytes, kind: int) -> None:
    assembler = MessageAssembler()
    head = next(iter(FrameSplitter().feed(wire(b"x"))))
    assembler.take(head)
    raw = struct.pack(">BHI", kind, 1, len(garbage)) + garbage + b"\xce"
    with suppress(BadMessageError):
        assembler.take(Frame(kind, 1, raw))
