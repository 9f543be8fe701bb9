"""Peers that misbehave, as threads on loopback: in ways that any peer can, and in those of each transport."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from tests.functional.transports.stream_peers import split

Behaviour = Callable[[socket.socket], None]

MUCH: Final = 300 << 20
"""Bytes that an endless peer sends on one connection: more than evtui may take in memory."""


def silent(link: socket.socket) -> None:
    """Take everything and answer nothing."""
    while link.recv(1 << 16):
        pass


def resetting(link: socket.socket) -> None:
    """Read a little, then reset the connection."""
    link.recv(1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def zero_window(link: socket.socket) -> None:
    """Read nothing at all, for as long as the other end stays."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    while link.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) == b"\x01":  # established
        time.sleep(0.05)


def says(start: bytes, piece: bytes = b"", *, pause: float = 0.0) -> Behaviour:
    """Answer the first bytes with `start`, then with `piece` again and again."""

    def behave(link: socket.socket) -> None:
        link.recv(1)
        threading.Thread(target=_drain, args=(link,), daemon=True).start()
        link.sendall(start)
        data = piece if pause else piece * max(1, (1 << 16) // max(1, len(piece)))
        sent = 0
        while data and sent < MUCH:
            link.sendall(data)
            sent += len(data)
            time.sleep(pause)

    return behave


def _drain(link: socket.socket) -> None:
    with suppress(OSError):
        silent(link)


_START = (
    b"\x00\x0a\x00\x0a" + b"\x00\x09" + struct.pack(">I", 0) + struct.pack(">I", 5) + b"PLAIN" + struct.pack(">I", 5)
)
_AMQP_START = _START + b"en_US"
_AMQP_FRAME = struct.pack(">BHI", 1, 0, len(_AMQP_START)) + _AMQP_START + b"\xce"
_AMQP_TUNE = struct.pack(">BHI", 1, 0, 12) + struct.pack(">HHHIH", 10, 30, 0, 0, 0) + b"\xce"
_HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"

COMMON: Final[Mapping[str, Behaviour]] = {"silent": silent, "resetting": resetting, "zero window": zero_window}

BEHAVIOURS: Final[Mapping[str, Mapping[str, Behaviour]]] = {
    "rabbitmq": {
        "endless": says(b"", _AMQP_FRAME),
        "huge": says(b"\x01\x00\x00\xff\xff\xff\xff", bytes(1 << 16)),
        "huge after tune": says(_AMQP_FRAME + _AMQP_TUNE + b"\x01\x00\x00\xff\xff\xff\xf0", bytes(1 << 16)),
        "wrong": says(b"HTTP/1.0 400 Bad Request\r\n\r\n", b"\xff\x00"),
        "slow": says(b"", _AMQP_FRAME[:1], pause=0.05),
    },
    "kafka": {
        "endless": says(b"", struct.pack(">i", 8) + bytes(8)),
        "huge": says(b"\x7f\xff\xff\xff", bytes(1 << 16)),
        "negative": says(b"\x80\x00\x00\x00", bytes(1 << 16)),
        "wrong": says(b"HTTP/1.0 400 Bad Request\r\n\r\n", b"\xff\x00"),
        "slow": says(b"\x00\x00\x01\x00", b"\x00", pause=0.05),
    },
    "xmlrpc": {
        "endless": says(_HTTP + b"Transfer-Encoding: chunked\r\n\r\n", b"4\r\n<a/>\r\n"),
        "endless headers": says(_HTTP, b"X-Header: value\r\n"),
        "endless header": says(_HTTP + b"X: ", b"value "),
        "endless continue": says(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        "huge": says(_HTTP + b"Content-Length: 999999999999\r\n\r\n", b"<value>" * 1000),
        "wrong": says(b"SSH-2.0-OpenSSH_9.2\r\n", b"\xff\x00"),
        "slow": says(_HTTP + b"Content-Length: 100000\r\n\r\n", b"<", pause=0.05),
    },
    "tcp": {
        "endless": says(b'{"id":1,"result":[', b'"a",'),
        "endless objects": says(b"", b'{"id":0}'),
        "huge": says(b'{"id":', b"9" * 1000),
        "deep": says(b'{"id":', b"[" * 1000),
        "wrong": says(b"HTTP/1.0 400 Bad Request\r\n\r\n", b"\xff\x00"),
        "slow": says(b"", b" ", pause=0.05),
    },
}


class HostilePeer:
    """Listens on a port and behaves in one way on each connection."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                link, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        with link, suppress(OSError):
            self._behaviour(link)


class HealthyPeer:
    """Takes JSON objects over TCP and keeps the first parameter of each."""

    def __init__(self) -> None:
        self.got: list[int] = []
        self._peer = HostilePeer(self._read)
        self.port = self._peer.port

    def close(self) -> None:
        """Listen no more."""
        self._peer.close()

    def _read(self, link: socket.socket) -> None:
        text = ""
        while piece := link.recv(1 << 18):
            objects, text = split(text + piece.decode())
            self.got += [value["params"][0] for value in objects]
