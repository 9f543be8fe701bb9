"""How the clients of benchmarks ask MI by each listener, and how a listener is started in another thread."""

import contextlib
import http.client
import os
import socket
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Future
from pathlib import Path
from typing import TypeAlias

from anyio.from_thread import BlockingPortal

Ask: TypeAlias = Callable[[bytes], bytes]
"""Sends a request and returns the reply."""


def start(stack: contextlib.ExitStack, portal: BlockingPortal, serve: Callable[..., Awaitable[None]]) -> None:
    """Serve in the thread of the portal until the end."""
    serving: Future[None] = portal.start_task(serve)[0]
    stack.callback(serving.cancel)


@contextlib.contextmanager
def connected(family: int, own: str | tuple[str, int], server: str | tuple[str, int]) -> Generator[Ask]:
    """Give what sends one datagram to a server and returns the next one that comes."""
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.bind(own)
        client.connect(server)

        def ask(request: bytes) -> bytes:
            client.send(request)
            return client.recv(1 << 20)

        yield ask


@contextlib.contextmanager
def fifo_client(fifo: Path, reply: Path) -> Generator[Ask]:
    """Give what asks by a FIFO and reads the reply FIFO, both kept open."""
    name = reply.name.encode()
    reading = os.open(reply, os.O_RDONLY | os.O_NONBLOCK)
    keep_open, writing = os.open(reply, os.O_WRONLY), os.open(fifo, os.O_WRONLY)
    os.set_blocking(reading, True)

    def ask(request: bytes) -> bytes:
        os.write(writing, b":%s:%s\n" % (name, request))
        return os.read(reading, 1 << 20)

    try:
        yield ask
    finally:
        for fd in (reading, keep_open, writing):
            os.close(fd)


def post(connection: http.client.HTTPConnection, request: bytes) -> bytes:
    """Send a request over a connection that stays open; returns the reply."""
    connection.request("POST", "/mi", request, {"Content-Type": "application/json"})
    return connection.getresponse().read()
