"""Peers in a process of their own that take everything: `python -m tests.benchmarks.peers.sinks FOLDER COUNT`.

UNIX datagram sockets FOLDER/0, FOLDER/1, …, which are emptied as soon as something is there, and a TCP listener that
reads from all who connect. It prints the port of that, and ends when its standard input does.
"""

import selectors
import socket
import sys
from pathlib import Path
from typing import Final, cast

_MOST: Final = 64
"""Datagrams that are read from a socket before the next one has its turn."""


def main(folder: Path, count: int) -> None:
    """Take everything."""
    found = selectors.DefaultSelector()
    for number in range(count):
        own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        own.bind(str(folder / str(number)))
        own.setblocking(False)
        found.register(own, selectors.EVENT_READ, "datagrams")
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    found.register(listener, selectors.EVENT_READ, "listener")
    found.register(sys.stdin, selectors.EVENT_READ, "end")
    print(listener.getsockname()[1], flush=True)
    while True:
        for key, _ in found.select():
            if key.data == "end":
                return
            peer = cast("socket.socket", key.fileobj)
            if key.data == "listener":
                found.register(peer.accept()[0], selectors.EVENT_READ, "stream")
            elif key.data == "datagrams":
                _empty(peer)
            elif not peer.recv(1 << 18):
                found.unregister(peer)
                peer.close()


def _empty(peer: socket.socket) -> None:
    try:
        for _ in range(_MOST):
            peer.recv(2048)
    except BlockingIOError:
        pass


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
