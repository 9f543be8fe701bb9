"""Frames that a broker sends: what pamqp writes is read back, however the stream is cut; garbage is refused."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp import commands, frame

from evtui.core.errors import BadMessageError
from evtui.transports.rabbitmq import incoming_frames as incoming
from evtui.transports.rabbitmq.incoming_frames import HEARTBEAT, Frame, FrameSplitter


def framed(answer: frame.FrameTypes) -> Frame:
    (found,) = FrameSplitter().feed(frame.marshal(answer, 1))
    return found


def test_answers_are_read() -> None:
    closed = framed(commands.Channel.Close(404, "NOT_FOUND - no queue", 50, 10))
    assert closed.method == incoming.CHANNEL_CLOSE
    assert incoming.read_close(closed) == (404, "NOT_FOUND - no queue")
    silent = framed(commands.Channel.Close(541, "", 50, 10))
    assert incoming.read_close(silent) == (541, "the broker closed the channel (541)")
    assert framed(commands.Basic.Cancel("evtui", True)).method == incoming.BASIC_CANCEL


@pytest.mark.parametrize("multiple", [False, True])
@pytest.mark.parametrize(
    ("kind", "method"), [(commands.Basic.Ack, incoming.BASIC_ACK), (commands.Basic.Nack, incoming.BASIC_NACK)]
)
def test_confirms_are_read(
    kind: type[commands.Basic.Ack | commands.Basic.Nack], method: tuple[int, int], multiple: bool
) -> None:
    found = framed(kind(1 << 40, multiple))
    assert (found.method, incoming.read_confirm(found)) == (method, (1 << 40, multiple))


def test_a_nack_that_says_requeue_is_no_nack_of_many() -> None:
    assert incoming.read_confirm(framed(commands.Basic.Nack(7, False, True))) == (7, False)


def test_a_returned_message_is_reported_by_exchange_and_key() -> None:
    found = framed(commands.Basic.Return(312, "NO_ROUTE", "ex", "a.b"))
    assert (found.method, incoming.read_return(found)) == (incoming.BASIC_RETURN, (("ex", "a.b"), "312 NO_ROUTE"))


@pytest.mark.parametrize(
    "data", [b"HTTP/1.1 400 Bad Request\r\n", HEARTBEAT[:-1] + b"\x00", b"\x01\0\0\xff\xff\xff\xff"]
)
def test_bytes_that_are_no_amqp_are_refused_and_kept(data: bytes) -> None:
    splitter = FrameSplitter()
    with pytest.raises(BadMessageError):
        list(splitter.feed(HEARTBEAT + data))
    assert splitter.rest == data


@given(st.lists(st.sampled_from([HEARTBEAT, frame.marshal(commands.Basic.QosOk(), 1)])), st.integers(1, 20))
def test_however_the_stream_is_cut_the_frames_are_the_same(frames: list[bytes], step: int) -> None:
    data, splitter = b"".join(frames), FrameSplitter()
    found = [each.raw for place in range(0, len(data), step) for each in splitter.feed(data[place : place + step])]
    assert (found, splitter.rest) == (frames, b"")


@given(st.binary(max_size=40))
def test_garbage_in_a_frame_is_read_or_refused_with_errors_that_are_expected(garbage: bytes) -> None:
    found = Frame(1, 1, struct.pack(">BHI", 1, 1, len(garbage)) + garbage + b"\xce")
    for read in (incoming.read_close, incoming.read_return, incoming.read_confirm):
        with suppress(struct.error, IndexError):
            read(found)
    with suppress(struct.error, IndexError):
        incoming.read_properties(found.payload)
