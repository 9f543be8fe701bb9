"""Clients of MI in a process of their own: `python -m tests.benchmarks.peers.mi_clients DOOR ADDRESS CLIENTS TRIPS`.

Each is in a closed loop of its own: it asks when it has its reply. For each line on standard input each client asks
TRIPS times; then the seconds that all together took are printed.
"""

import contextlib
import http.client
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from tests.benchmarks.mi.mi_asks import Ask, connected, fifo_client, post

REQUEST: Final = b'{"jsonrpc":"2.0","id":1,"method":"pwd"}'


def main(door: str, address: str, clients: int, trips: int) -> None:
    """Ask as often as standard input says."""
    with tempfile.TemporaryDirectory(prefix="evtui-b-") as folder, contextlib.ExitStack() as stack:
        asks = [_client(stack, door, address, Path(folder) / str(number)) for number in range(clients)]
        threads = stack.enter_context(ThreadPoolExecutor(clients))
        for _ in sys.stdin:
            began = time.perf_counter()
            list(threads.map(partial(_ask, trips), asks))
            print(time.perf_counter() - began, flush=True)


def _client(stack: contextlib.ExitStack, door: str, address: str, own: Path) -> Ask:
    match door:
        case "UNIX":
            return stack.enter_context(connected(socket.AF_UNIX, str(own), address))
        case "UDP":
            return stack.enter_context(connected(socket.AF_INET, ("127.0.0.1", 0), ("127.0.0.1", int(address))))
        case "FIFO":  # the reply FIFO is where the server makes those of its clients
            reply = Path(address).parent / f"{own.name}-{os.getpid()}"
            os.mkfifo(reply)
            return stack.enter_context(fifo_client(Path(address), reply))
        case _:
            connection = http.client.HTTPConnection("127.0.0.1", int(address))
            stack.callback(connection.close)
            return partial(post, connection)


def _ask(trips: int, ask: Callable[[bytes], bytes]) -> None:
    for _ in range(trips):
        assert b"result" in ask(REQUEST)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
