"""One server under attack for a while, and what it kept of its promises."""

import asyncio
import json
import re
import socket
import statistics
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any, Final

import anyio
import msgspec
from anyio import to_thread
from msgspec import Struct

from tests.functional.processes.evtui_process import Evtui, Server, free_port
from tests.hostile.pinger import WORST_WAIT, Pinger, Waits, longest_allowed
from tests.hostile.storm.attacks import Plan
from tests.hostile.storm.peers import hostile_peers
from tests.limits import HANG
from tests.paths import ROOT

TOKEN: Final = "the-right-token"
SCRIPT: Final = (
    'route { xlog("$hdr(X) $au $ad $ru $fu\\n"); raise_event("E_OTHER"); }\nevent_route[E_OTHER] { $var(x) = 1; }\n'
)
EVERY: Final = 0.05
"""Seconds between two samples."""

ALSO_QUEUED: Final = ("rabbitmq", "xmlrpc", "kafka", "virtual")
"""The transports of dead destinations that attackers subscribe: their queues are full soon, as that of tcp."""

MOST_DESCRIPTORS: Final = 800
MOST_GROWTH: Final = 16 * 1024
"""Kilobytes that the server may grow after the first fifth of the time, when its journal and its queues are full."""
LOG_BYTES_A_SECOND: Final = 100_000
"""A script may log 500 lines a second; the one of the storm logs headers of strangers."""

_REQUEST = re.compile(rb'\{"id":(\d+),"jsonrpc":"2.0","method":"E_STORM","params":\{"n":(\d+)\}\}')


class Promise(Struct, frozen=True):
    """A promise, what was seen of it, and whether it was kept."""

    promise: str
    seen: str
    kept: bool


class Consumer:
    """A TCP peer that answers every request, and notes the numbers it got."""

    def __init__(self) -> None:
        self.got: list[int] = []
        self.port = 0

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[None]:
        """Listen on a free port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        rest = b""
        with suppress(ConnectionError, asyncio.CancelledError), closing(writer):
            while piece := await reader.read(1 << 16):
                rest += piece
                requests = list(_REQUEST.finditer(rest))
                for found in requests:
                    self.got.append(int(found[2]))
                    writer.write(b'{"jsonrpc":"2.0","result":"OK","id":%s}' % found[1])
                rest = rest[requests[-1].end() :] if requests else rest


class Caller:
    """A well-behaved client over the UNIX socket: one request, one reply."""

    def __init__(self, server: Path, own: Path) -> None:
        self._server = str(server)
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sock.bind(str(own))
        self._sock.setblocking(False)
        self._serial = 0

    async def call(self, method: str, *params: object) -> Any:
        """Return the result; raises AssertionError: the reply is an error."""
        self._serial += 1
        request = {"jsonrpc": "2.0", "id": self._serial, "method": method, "params": params}
        with anyio.fail_after(HANG):
            await self._send(json.dumps(request).encode())
            while True:
                await anyio.wait_readable(self._sock)
                reply = json.loads(self._sock.recv(1 << 22))
                if reply["id"] == self._serial:
                    break
        assert "error" not in reply, reply
        return reply["result"]

    async def _send(self, request: bytes) -> None:
        while True:
            try:
                self._sock.sendto(request, self._server)
            except BlockingIOError:  # the socket of the server is full: other clients wait too
                await anyio.sleep(0.001)
            else:
                return

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


class Siege:
    """A real `evtui serve` on every kind of listener, a healthy consumer, and the attackers."""

    def __init__(self, evtui: Evtui, seconds: float, seed: int, limit: float = WORST_WAIT) -> None:
        """`limit`: seconds that another client may wait."""
        self._evtui = evtui
        self._seconds = seconds
        self._seed = seed
        self._limit = limit
        self._consumer = Consumer()
        self._accepted = 0
        self._resident: list[int] = []
        self._descriptors: list[int] = []
        self._attacks: dict[str, int] = {}

    async def run(self) -> list[Promise]:
        """Attack for some seconds; returns what was kept."""
        config = self._configure()
        log = self._evtui.directory / "evtui.log"
        async with self._consumer.listening(), hostile_peers() as peers:
            with self._evtui.serving("--config", str(config)) as server:
                await self._subscribe([self._consumer.port, *peers.values()])
                quiet, attacked = await self._under_attack(server)
                accounts = await self._accounts({f"127.0.0.1:{port}": name for name, port in peers.items()})
                alive = server.process.poll() is None
                status = (await to_thread.run_sync(server.stop)).status
        text = await anyio.Path(log).read_text(errors="replace")
        return [
            *self._behaviour(alive=alive, status=status),
            *self._bounds(quiet, attacked),
            accounts,
            *self._log(text),
        ]

    def _behaviour(self, *, alive: bool, status: int) -> Iterator[Promise]:
        seen = f"alive {alive}, exit status {status}"
        yield Promise("the process lives, and stops when it is told to", seen, alive and status == 0)
        seen = f"{self._accepted:,} accepted, {len(self._consumer.got):,} arrived"
        kept = self._consumer.got == list(range(self._accepted))
        yield Promise("every accepted event reaches the healthy consumer, once and in order", seen, kept)
        attacks = ", ".join(f"{name} {number:,}" for name, number in self._attacks.items())
        yield Promise("every attack was made", attacks, min(self._attacks.values(), default=0) > 0)

    def _bounds(self, quiet: Waits, attacked: Waits) -> Iterator[Promise]:
        allowed = longest_allowed(attacked, quiet, self._limit)
        seen = (
            f"quiet: at most {1e3 * quiet.worst:.0f} ms; attacked: at most {1e3 * attacked.worst:.0f} ms of "
            f"{attacked.answered:,} answers (allowed, as busy as the machine was: {1e3 * allowed:.0f} ms)"
        )
        yield Promise(
            f"another client waits less than {1e3 * self._limit:g} ms",
            seen,
            attacked.answered > 0 and attacked.worst < allowed,
        )
        resident, descriptors = max(self._resident), max(self._descriptors)
        yield Promise("memory is bounded", f"at most {resident:,} kB", resident < 512 * 1024)
        early, late = self._resident_in(1, 5), self._resident_in(4, 5)
        seen = f"{early:,} kB in the second fifth of the time, {late:,} kB in the last"
        yield Promise("memory stops growing", seen, late < early + MOST_GROWTH)
        yield Promise("descriptors are bounded", f"at most {descriptors}", descriptors < MOST_DESCRIPTORS)

    def _resident_in(self, part: int, parts: int) -> int:
        """Return the median of the memory in a part of the time, in kB."""
        count = len(self._resident)
        return int(statistics.median(self._resident[count * part // parts : count * (part + 1) // parts]))

    def _log(self, text: str) -> Iterator[Promise]:
        tracebacks, tokens = text.count("Traceback"), text.count(TOKEN)
        yield Promise("no traceback is in the log", f"{tracebacks} in {len(text):,} bytes", tracebacks == 0)
        bound = 50_000 + LOG_BYTES_A_SECOND * self._seconds
        yield Promise("the log is bounded", f"{len(text):,} bytes in {self._seconds:g} s", len(text) < bound)
        yield Promise("the token is not in the log", f"{tokens} times", tokens == 0)

    def _configure(self) -> Path:
        directory = self._evtui.directory
        sock, fifo = str(directory / "m.sock"), str(directory / "m.fifo")
        plan = Plan(unix=sock, udp=free_port(), fifo=fifo, http=free_port(), sip=free_port())
        (directory / "storm.cfg").write_text(SCRIPT)
        (directory / "plan.json").write_bytes(msgspec.json.encode(plan))
        config = directory / "storm.toml"
        config.write_text(
            f"""
            events = ["E_STORM", "E_OTHER"]
            log_file = "{directory}/evtui.log"
            [engine]
            state = "{directory}/state.json"
            spool = "{directory}/spool.db"
            [journal]
            records = 2000
            [mi]
            fifo = "{plan.fifo}"
            datagram = ["unix:{plan.unix}", "udp:127.0.0.1:{plan.udp}"]
            http = "127.0.0.1:{plan.http}"
            http_token = "{TOKEN}"
            [script]
            files = ["{directory}/storm.cfg"]
            sip = "udp:127.0.0.1:{plan.sip}"
            log_records = 500
            [transports.tcp]
            reliable_mode = true
            queue_count = 1000
            """
            + "".join(f"[transports.{name}]\nqueue_count = 1000\n" for name in ALSO_QUEUED)
        )
        return config

    def _caller(self, name: str) -> Caller:
        return Caller(self._evtui.directory / "m.sock", self._evtui.directory / name)

    async def _subscribe(self, ports: Sequence[int]) -> None:
        with closing(self._caller("subscriber")) as caller:
            for port in ports:
                await caller.call("event_subscribe", "E_STORM", f"tcp:127.0.0.1:{port}", 86_400)

    async def _under_attack(self, server: Server) -> tuple[Waits, Waits]:
        """Attack, while events are raised; returns what another client waited before and meanwhile."""
        with Pinger(self._evtui.directory / "m.sock") as pinger:
            quiet = await to_thread.run_sync(pinger.watch, 2.0)
            with await to_thread.run_sync(self._start_attackers) as attackers:
                try:
                    async with anyio.create_task_group() as tasks:
                        tasks.start_soon(self._raise)
                        tasks.start_soon(self._sample, server)
                        await anyio.sleep(self._seconds)
                        tasks.cancel_scope.cancel()
                    attacked = pinger.waits()
                    out, _ = await to_thread.run_sync(lambda: attackers.communicate(timeout=HANG))
                    self._attacks = json.loads(out or "{}")
                finally:
                    attackers.kill()
        with anyio.fail_after(HANG):
            while len(self._consumer.got) < self._accepted:  # noqa: ASYNC110 - a peer is watched
                await anyio.sleep(0.01)
        return quiet, attacked

    def _start_attackers(self) -> "subprocess.Popen[str]":
        plan = str(self._evtui.directory / "plan.json")
        command = [sys.executable, "-m", "tests.hostile.storm.attacks", plan, str(self._seed)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    async def _raise(self) -> None:
        with closing(self._caller("raiser")) as caller:
            while True:
                with anyio.CancelScope(shield=True):  # what was sent is counted when it was answered
                    await caller.call("raise_event", "E_STORM", {"n": self._accepted})
                    self._accepted += 1
                await anyio.sleep(EVERY / 5)

    async def _sample(self, server: Server) -> None:
        """Note memory and descriptors of the server, until cancelled."""
        while True:
            status = Path(f"/proc/{server.pid}/status").read_text()
            self._resident.append(int(status.partition("VmRSS:")[2].split(None, 1)[0]))
            self._descriptors.append(len(list(Path(f"/proc/{server.pid}/fd").iterdir())))
            await anyio.sleep(EVERY)

    async def _accounts(self, peers: Mapping[str, str]) -> Promise:
        """Compare the accepted events with what became of them at each peer: all peers were subscribed before."""
        with closing(self._caller("accountant")) as caller:
            queues = (await caller.call("queues_list"))["Queues"]
        sums = {
            peers[place]: queue["queued"] + queue["delivered"] + queue["failed"] + queue["dropped"]
            for queue in queues
            if (place := queue["socket"].removeprefix("tcp:")) in peers
        }
        seen = ", ".join(f"{name} {number:,}" for name, number in sums.items())
        return Promise(
            "what became of each event at a bad peer is known",
            f"{self._accepted:,} raised; {seen}",
            sums == dict.fromkeys(peers.values(), self._accepted),
        )
