"""Engines that run a script, receivers of its events, and a caller that speaks SIP to it."""

import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from evtui.bootstrap.engine_setup import running_engine
from evtui.bootstrap.listeners import ListenAddresses
from evtui.config.setting_sources import from_tree
from evtui.engine.engine import Engine
from evtui.scripting.program_config import combine_with_script
from evtui.scripting.script_runtime import ScriptRuntime
from tests.functional.mi.mi_world import free_port
from tests.limits import HANG


class World:
    """An engine with its script."""

    def __init__(self, engine: Engine, script: ScriptRuntime, file: Path, places: tuple[str, ...]) -> None:
        self.engine = engine
        self.script = script
        self.file = file
        self.places = places

    @property
    def log(self) -> list[str]:
        """List what the script logged."""
        return [record.text for record in self.script.log.read(0, 10_000).records]

    @property
    def sip(self) -> tuple[str, int]:
        """Say where it listens for SIP."""
        (place,) = (place for place in self.places if place.startswith("udp:"))
        host, _, port = place.removeprefix("udp:").rpartition(":")
        return host, int(port)

    async def run(self, name: str, kind: str = "route") -> None:
        """Run a route by hand."""
        (compiled,) = self.script.routes.find(kind, name)
        await self.script.routes.run(compiled)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to become true."""
        with anyio.fail_after(HANG):
            while not condition():  # noqa: ASYNC110 - counters have no event to wait for
                await anyio.sleep(0.005)

    async def logged(self, text: str) -> None:
        """Wait for a line of the log."""
        await self.until(lambda: text in self.log)


@asynccontextmanager
async def scripted(directory: Path, text: str, **script: object) -> AsyncGenerator[World]:
    """Run a script; `script` are its settings. Notifications are in the classic text, as the captures have them."""
    file = directory / "script.cfg"
    file.write_text(text)
    tree = {"script": {"files": [str(file)], **script}, "payload": "text", "journal": {"records": 100_000}}
    loaded = combine_with_script(list(from_tree(tree, "keyword")))
    async with running_engine(loaded, ListenAddresses(), implied=False) as running:
        assert running.script is not None
        yield World(running.engine, running.script, file, running.listeners.places)


def sip_place() -> str:
    """Choose where to listen for SIP."""
    return f"udp:127.0.0.1:{free_port(socket.SOCK_DGRAM)}"


class Receiver:
    """A UDP socket on loopback."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    async def next(self) -> str:
        """Receive one datagram."""
        with anyio.fail_after(HANG):
            await anyio.wait_readable(self.socket)
            return self.socket.recv(65535).decode()

    def nothing(self) -> bool:
        """Say whether nothing has come."""
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        self.socket.close()


class Caller(Receiver):
    """Sends SIP messages of one call, as the captured caller did."""

    def __init__(self, server: tuple[str, int], call: str = "1-20611@127.0.0.1") -> None:
        super().__init__()
        self._server = server
        self._call = call

    def send(self, start: str, cseq: str, *, tag: bool = False) -> None:
        """Send a message; `tag` puts one into To."""
        lines = [
            start, f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK-{cseq.replace(' ', '')}",
            "From: sipp <sip:sipp@127.0.0.1>;tag=1", f"To: bob <sip:bob@127.0.0.1>{';tag=2' * tag}",
            f"Call-ID: {self._call}", f"CSeq: {cseq}", "Content-Length: 0", "", "",
        ]  # fmt: skip
        self.socket.sendto("\r\n".join(lines).encode(), self._server)
