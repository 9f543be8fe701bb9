"""TCP peers of loopback for the stream transports: what a JSON-RPC receiver may do, and a process that can be
stopped.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
from anyio.abc import SocketAttribute, SocketStream

from tests.limits import HANG
from tests.processes import read_line

Answer = Callable[["Peer", SocketStream, list[Any]], Awaitable[None]]


class Peer:
    """A listener that splits what it gets by parsing, and answers as a test wants."""

    def __init__(self, port: int, answer: Answer | None) -> None:
        self.port = port
        self.got: list[Any] = []
        """All objects, of all connections, in the order they came."""
        self.raw = b""
        self.connections = 0
        self.open: list[SocketStream] = []
        self._answer = answer
        self._changed = anyio.Event()

    async def handle(self, stream: SocketStream) -> None:
        """Serve one connection until it ends."""
        self.connections += 1
        self.open.append(stream)
        pending = ""
        async with stream:
            try:
                async for piece in stream:
                    self.raw += piece
                    objects, pending = split(pending + piece.decode())
                    self.got += objects
                    self._tell()
                    if self._answer is not None and objects:
                        await self._answer(self, stream, objects)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                pass
        self._tell()

    async def until(self, condition: Callable[["Peer"], bool]) -> None:
        """Wait until something holds."""
        with anyio.fail_after(HANG):
            while not condition(self):
                await self._changed.wait()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()


def split(text: str) -> tuple[list[Any], str]:
    """Split JSON values that follow each other; what is not whole yet is left over. The standard library's parser."""
    found: list[Any] = []
    decoder = json.JSONDecoder()
    while text:
        try:
            value, end = decoder.raw_decode(text)
        except json.JSONDecodeError:
            break
        found.append(value)
        text = text[end:]
    return found, text


@asynccontextmanager
async def peer(answer: Answer | None = None, port: int = 0) -> AsyncGenerator[Peer]:
    """Listen while the block runs."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port)
    served = Peer(listener.extra(SocketAttribute.local_port), answer)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, served.handle)
        yield served
        tasks.cancel_scope.cancel()


def reply(number: object, **members: object) -> bytes:
    """Write the reply to a request: a success unless members say otherwise."""
    return json.dumps({"jsonrpc": "2.0", "id": number, **(members or {"result": "OK"})}).encode()


_RECEIVER = """
import json, socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
def serve(link):
    text = ""
    while piece := link.recv(65536):
        text += piece.decode()
        while text:
            try: value, end = json.JSONDecoder().raw_decode(text)
            except json.JSONDecodeError: break
            text = text[end:]
            print(json.dumps(value["params"]), flush=True)
            link.sendall(json.dumps({"jsonrpc": "2.0", "id": value.get("id"), "result": 1}).encode())
while True:
    link, _ = listener.accept()
    try: serve(link)
    except OSError: pass  # the other side gave this connection up
"""


TALKER = """
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
print("ready", flush=True)
link, _ = listener.accept()
total = 0
while piece := link.recv(65536):
    total += len(piece)
    if total < 2_000_000: link.sendall(b"thank you " * 50_000)
print(total, flush=True)
"""
"""It reads on only when what it says is taken; at the end it prints how many bytes it got."""


class ReceiverProcess:
    """A peer in a process of its own that answers each request, and can be stopped, killed and started again."""

    def __init__(self, program: str = _RECEIVER) -> None:
        self._program = program
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self.lines: list[str] = []
        self.start()

    def signal(self, number: signal.Signals) -> None:
        """Stop it, or let it go on."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once, and read what it said last."""
        self._process.kill()
        self._process.wait(HANG)
        self.read()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def restart(self) -> None:
        """Kill it and start another on the same port."""
        self.kill()
        self.start()

    def start(self) -> None:
        """Start it, on the port it always has."""
        self._text = ""
        self._process = self._start()

    async def ended(self) -> list[str]:
        """Wait until it ends by itself; returns what it printed."""
        await anyio.to_thread.run_sync(self._process.wait, HANG)
        return self.read()

    def read(self) -> list[str]:
        """Return what it has printed so far: one line a notification."""
        assert self._process.stdout is not None
        fd = self._process.stdout.fileno()
        while select.select([fd], [], [], 0)[0] and (piece := os.read(fd, 1 << 16)):
            self._text += piece.decode()
        *lines, self._text = self._text.split("\n")
        self.lines += lines
        return self.lines

    def _start(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-c", self._program, str(self.port)], stdout=subprocess.PIPE, bufsize=0
        )
        assert read_line(process, process.stdout) == b"ready\n"
        return process
