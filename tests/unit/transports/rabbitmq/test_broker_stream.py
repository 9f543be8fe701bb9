"""What of a broker's bytes reaches the library: all but the frames that a channel's reader keeps."""

import asyncio

import pytest
from pamqp import commands, frame

from evtui.core.errors import BadMessageError
from evtui.transports.rabbitmq.broker_stream import FrameProtocol
from evtui.transports.rabbitmq.incoming_frames import BASIC_ACK, HEARTBEAT, Frame

ACK = frame.marshal(commands.Basic.Ack(1), 3)
OK = frame.marshal(commands.Basic.QosOk(), 3)
OTHER = frame.marshal(commands.Basic.Ack(1), 4)


class FakeTransport(asyncio.Transport):
    """Takes note of being cut."""

    def __init__(self) -> None:
        super().__init__()
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted


class Library:
    """The reader that the library has, under a protocol."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.transport = FakeTransport()
        self.reader = asyncio.StreamReader(loop=loop)
        self.protocol = FrameProtocol(self.reader, loop)
        self.protocol.connection_made(self.transport)

    async def read_all(self) -> bytes:
        self.reader.feed_eof()
        return await self.reader.read()


def keep_acks(found: Frame) -> bool:
    return found.method == BASIC_ACK


async def test_a_frame_that_a_reader_keeps_does_not_reach_the_library_and_the_others_do() -> None:
    library = Library()
    library.protocol.readers[3] = keep_acks
    library.protocol.data_received(ACK + OK + ACK + OTHER)
    assert await library.read_all() == OK + OTHER


async def test_a_heartbeat_stands_for_frames_that_were_kept_so_that_the_library_knows_the_broker_lives() -> None:
    library = Library()
    library.protocol.readers[3] = keep_acks
    for data in (ACK[:5], ACK[5:], ACK):
        library.protocol.data_received(data)
    assert await library.read_all() == HEARTBEAT + HEARTBEAT
    assert library.protocol.heard == 3


@pytest.mark.parametrize("step", [1, 5, 1000])
async def test_a_peer_that_is_no_broker_is_cut_off_and_nothing_of_it_reaches_the_library(step: int) -> None:
    library, greeting = Library(), b"HTTP/1.0 400 Bad Request\r\n\r\n"
    for place in range(0, len(greeting), step):
        library.protocol.data_received(greeting[place : place + step])
    assert await library.read_all() == b""
    assert library.transport.aborted
    assert (library.protocol.protocol_error or "").startswith("the peer is not a broker: it sent b'HTTP/1.")


def tune(frame_max: int) -> bytes:
    return frame.marshal(commands.Connection.Tune(2047, frame_max, 60), 0)


def head_of_a_frame(size: int) -> bytes:
    return b"\x01\x00\x00" + size.to_bytes(4)


@pytest.mark.parametrize(
    ("before", "size", "taken"),
    [
        (b"", 8192, True),
        (b"", 8193, False),
        (b"", 0xFFFFFFFF, False),
        (tune(131072), 131072, True),
        (tune(131072), 131073, False),
        (tune(0), 1 << 24, True),
        (tune(0xFFFFFFFF), (1 << 24) + 1, False),
        (tune(131072) + tune(0), 131073, False),
    ],
)
async def test_a_frame_longer_than_agreed_is_not_waited_for(before: bytes, size: int, taken: bool) -> None:
    library = Library()
    library.protocol.data_received(before + head_of_a_frame(size))
    assert library.transport.aborted is not taken
    library.protocol.data_received(b"x" * 100_000)
    assert await library.read_all() == before


async def test_frames_before_the_first_wrong_byte_reach_the_library_once() -> None:
    library = Library()
    library.protocol.data_received(OK + b"\x01" + b"\xff" * 9)
    assert await library.read_all() == OK
    assert library.transport.aborted


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x01" + b"\xff" * 9, "the broker broke the protocol: a frame of 4,294,967,295 bytes, more than 131,072"),
        (ACK[:-2], None),
        (ACK[:-1] + b"\x00", "the broker broke the protocol: a frame does not end with its mark"),
        (frame.marshal(commands.Basic.QosOk(), 5), "the broker broke the protocol: out of order"),
        (frame.marshal(commands.Basic.QosOk(), 6), "the broker broke the protocol: a frame is cut short"),
    ],
)
async def test_a_broker_that_breaks_the_protocol_is_cut_off(data: bytes, said: str | None) -> None:
    def refuse(_: Frame) -> bool:
        raise BadMessageError("out of order")

    def read_on(_: Frame) -> bool:
        raise IndexError

    library = Library()
    library.protocol.data_received(tune(131072))
    library.protocol.readers.update({3: keep_acks, 5: refuse, 6: read_on})
    library.protocol.data_received(data)
    library.protocol.data_received(OK if said is not None else b"")
    assert (library.protocol.protocol_error, library.transport.aborted) == (said, said is not None)
