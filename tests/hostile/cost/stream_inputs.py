"""Every reader of a stream, with what makes one slow that copies or searches what it has read before."""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from evtui.backends.amqp.delivery_frames import MessageAssembler
from evtui.codecs.json_stream import JsonStream
from evtui.core.errors import BadMessageError
from evtui.mi.protocol.fifo_framing import FifoScanner
from evtui.script.syntax.parse import parse
from evtui.scripting.sip.sip_message import split_messages
from evtui.transports.rabbitmq.incoming_frames import BODY, HEADER, METHOD, FrameSplitter
from evtui.ui.terminal.terminal_input import TerminalInput

Feed = Callable[[bytes], Iterable[object]]

MUCH: Final = 1 << 26
"""Bytes that a reader may keep: more than it gets here."""
PIECES: Final = (None, 200)
"""Bytes of the pieces that a stream comes in; None: all in one."""
SIP: Final = b"OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nContent-Length: 4\r\n\r\nbody"


@dataclass(frozen=True)
class TriedReader:
    """A reader of a stream, and units of which its inputs are made."""

    name: str
    make: Callable[[], Feed]
    units: tuple[bytes, ...]
    heads: tuple[bytes, ...] = (b"",)
    """What may come before the units."""
    size: int = 1 << 16
    """Bytes of the smallest input. Copies of the rest show only in large ones."""
    pieces: tuple[int | None, ...] = PIECES

    def work(self, head: bytes, unit: bytes, piece: int | None, size: int) -> Callable[[], object]:
        """Return the work of reading so many bytes in pieces; a refusal ends it."""
        data = head + unit * (size // len(unit))
        step = piece or len(data)
        cut = [data[start : start + step] for start in range(0, len(data), step)]

        def read() -> None:
            feed = self.make()
            try:
                for part in cut:
                    for _ in feed(part):
                        pass
            except BadMessageError:
                pass

        return read


def frame(kind: int, payload: bytes) -> bytes:
    """Write a frame of AMQP."""
    return struct.pack(">BHI", kind, 1, len(payload)) + payload + b"\xce"


def _fifo() -> Feed:
    return FifoScanner(MUCH).feed


def _given_up_fifo() -> Feed:
    scanner = FifoScanner(MUCH)

    def feed(piece: bytes) -> Iterable[object]:
        yield from scanner.feed(piece)
        yield from scanner.give_up()

    return feed


def _messages() -> Feed:
    splitter, assembler = FrameSplitter(), MessageAssembler()
    return lambda piece: (assembler.take(one) for one in splitter.feed(piece))


def _terminal() -> Feed:
    return TerminalInput().read


def _script() -> Feed:
    return lambda piece: (parse(piece.decode() + "}").items,)


_DELIVER: Final = frame(METHOD, struct.pack(">HHB", 60, 60, 0) + struct.pack(">Q?", 1, False) + b"\0\0")
_HUGE_BODY: Final = _DELIVER + frame(HEADER, struct.pack(">HHQH", 60, 0, MUCH, 0))
_SMALL: Final = _DELIVER + frame(HEADER, struct.pack(">HHQH", 60, 0, 4, 0)) + frame(BODY, b"body")

READERS: Final = (
    TriedReader(
        "JSON objects",
        lambda: JsonStream(MUCH).feed,
        (b'{"id":1,"result":"abcdefghij"}', b'{"a":"\\"', b'{"a":[1,2,3],"b":{}} \r\n'),
        (b"", b'{"a":"', b'{"a":['),
    ),
    TriedReader(
        "requests of the FIFO",
        _fifo,
        (b':reply:{"method":"a","params":[1,2]}\n', b":command:reply\nargument\n\n", b":a:b\nc\n",
         b"garbage of a line\n", b':r:{"a":"\\"', b"{[{[ garbage"),
        (b"", b":reply:[", b":command:reply\n"),
    ),
    TriedReader("requests of the FIFO that are given up", _given_up_fifo, (b":a:b\nc\n", b'"}:r:{"a', b"\n:a"),
                (b":reply:[",), pieces=(None,)),
    TriedReader("frames of AMQP", lambda: FrameSplitter(MUCH).feed, (frame(METHOD, b"ten bytes."), bytes(50)),
                (b"", struct.pack(">BHI", BODY, 1, MUCH))),
    TriedReader("messages of AMQP", _messages, (_SMALL, frame(BODY, b"part of a body")), (b"", _HUGE_BODY)),
    TriedReader("messages of SIP in a file", lambda: split_messages,
                (SIP, SIP + b"\r\n---\r\n", SIP.replace(b"4", b"0"), SIP[:-22] + b"\r\n\r\n", b"text\n\n"),
                pieces=(None,)),
    TriedReader("keys", _terminal,
                (b"text", b"\x1b[1;2;3", b"\x1b[<0;1;1M", b"\x1b]52;c;text", b"\x1bPtext", b"\xe9"),
                (b"", b"\x1b[200~", b"\x1b["), size=1 << 10, pieces=(None,)),
    TriedReader("statements of a script", _script, (b'xlog("a"); $var(b) = $var(c) + 1;\n',),
                (b"route {\n",), size=1 << 12, pieces=(None,)),
)  # fmt: skip
