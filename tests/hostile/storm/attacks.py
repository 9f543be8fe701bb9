"""The attackers of a storm, in a process of their own: `python -m tests.hostile.storm.attacks PLAN SEED`.

`PLAN` is a JSON file with the places where the server listens. Each attack repeats itself until standard input ends;
then the process prints how often each attack was made, as a JSON object. What an attacker sends is made from the seed.
"""

import json
import os
import random
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import anyio
from anyio import to_thread
from msgspec import Struct

REQUESTS: Final = (
    {"jsonrpc": "2.0", "id": 1, "method": "events_list"},
    {"jsonrpc": "2.0", "id": 2, "method": "subscribers_list", "params": ["E_STORM"]},
    {"jsonrpc": "2.0", "id": 3, "method": "raise_event", "params": ["E_OTHER", [1, "x", -2]]},
    {"jsonrpc": "2.0", "id": 4, "method": "raise_event", "params": {"event": "E_OTHER", "params": {"a": 1}}},
    {"jsonrpc": "2.0", "id": 5, "method": "event_subscribe", "params": ["E_OTHER", "udp:127.0.0.1:9", 2]},
    {"jsonrpc": "2.0", "id": 6, "method": "get_statistics", "params": [["all"]]},
    {"jsonrpc": "2.0", "id": 7, "method": "which"},
)
LINES: Final = (
    b":events_list:\n\n",
    b":subscribers_list:\nE_STORM\n\n",
    b":event_subscribe:\nE_OTHER\nudp:127.0.0.1:9\n2\n\n",
)
SIP: Final = (
    b"INVITE sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
    b'From: "A" <sip:alice@127.0.0.1>;tag=1\r\nTo: <sip:bob@127.0.0.1>\r\nCall-ID: a@b\r\nCSeq: 1 INVITE\r\n'
    b'Contact: <sip:alice@127.0.0.1:9>\r\nAuthorization: Digest username="a", realm="b", nonce="c", uri="sip:x"\r\n'
    b"Content-Length: 0\r\n\r\n"
)
NAMES: Final = (
    "udp:127.0.0.1:1", "udp:169.254.169.254:80", "unix:/tmp/\xff", "tcp:127.0.0.1:1", "rabbitmq:u:p@127.0.0.1:1/x?k",
    "xmlrpc:127.0.0.1:1:m", "kafka:127.0.0.1:1/t", "virtual:PARALLEL udp:127.0.0.1:1 tcp:127.0.0.1:1",
    "flatstore:/etc/x", "x" * 3000, "udp:[64:ff9b::a9fe:a9fe]:5", "tcp:\x1b]52;c;AAAA\x07:5",
)  # fmt: skip


class Plan(Struct, frozen=True):
    """Where the server listens."""

    unix: str
    udp: int
    fifo: str
    http: int
    sip: int


class Attackers:
    """All attacks on one server; `made` counts them by name."""

    def __init__(self, plan: Plan, seed: int, directory: Path) -> None:
        self._plan = plan
        self._dice = random.Random(seed)
        self._directory = directory
        self.made: Counter[str] = Counter()

    async def run(self) -> None:
        """Attack until cancelled."""
        attacks: tuple[Callable[[], Awaitable[None]], ...] = (
            self._garbage_over_unix, self._garbage_over_udp, self._unread_replies, self._batches,
            self._garbage_over_fifo, self._dripping_fifo, self._missing_reply_fifo, self._garbage_over_http,
            self._idle_http, self._wrong_tokens, self._sip, self._hostile_sockets,
        )  # fmt: skip
        async with anyio.create_task_group() as tasks:
            for attack in attacks:
                tasks.start_soon(self._repeat, attack)

    async def _repeat(self, attack: Callable[[], Awaitable[None]]) -> None:
        name = attack.__name__.strip("_")
        while True:
            with suppress(OSError, anyio.EndOfStream, anyio.BrokenResourceError), anyio.move_on_after(5):
                await attack()
            self.made[name] += 1
            await anyio.sleep(self._dice.uniform(0.005, 0.05))

    def _mutated(self, data: bytes) -> bytes:
        """Change some bytes of a request, cut it, repeat it, or leave it as it is."""
        dice = self._dice
        changed = bytearray(data)
        for _ in range(dice.randrange(4)):
            place = dice.randrange(len(changed))
            changed[place : place + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
        match dice.randrange(5):
            case 0:
                return bytes(changed[: dice.randrange(len(changed) + 1)])
            case 1:
                return bytes(changed) * dice.randrange(1, 20)
            case _:
                return bytes(changed)

    def _request(self) -> bytes:
        return json.dumps(self._dice.choice(REQUESTS)).encode()

    def _datagram(self, family: socket.AddressFamily) -> socket.socket:
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setblocking(False)
        if family is socket.AF_UNIX:
            sock.bind(str(self._directory / self._dice.randbytes(8).hex()))
        return sock

    async def _garbage_over_unix(self) -> None:
        with closing(self._datagram(socket.AF_UNIX)) as sock:
            for _ in range(20):
                sock.sendto(self._mutated(self._dice.choice([self._request(), *LINES])), self._plan.unix)
                await anyio.sleep(0.002)
                with suppress(BlockingIOError):
                    sock.recv(1 << 20)

    async def _garbage_over_udp(self) -> None:
        with closing(self._datagram(socket.AF_INET)) as sock:
            for _ in range(20):
                sock.sendto(self._mutated(self._dice.choice([self._request(), *LINES])), ("127.0.0.1", self._plan.udp))
                await anyio.sleep(0.002)

    async def _unread_replies(self) -> None:
        """A client that asks and never reads."""
        with closing(self._datagram(socket.AF_UNIX)) as sock:
            for _ in range(300):
                sock.sendto(self._request(), self._plan.unix)
            await anyio.sleep(1)

    async def _batches(self) -> None:
        with closing(self._datagram(socket.AF_UNIX)) as sock:
            batch = [self._dice.choice(REQUESTS) for _ in range(self._dice.choice([10, 100, 1000]))]
            sock.sendto(json.dumps(batch).encode()[:60_000], self._plan.unix)
            await anyio.wait_readable(sock)

    def _into_fifo(self, data: bytes) -> None:
        fifo = os.open(self._plan.fifo, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(fifo, data)
        finally:
            os.close(fifo)

    async def _garbage_over_fifo(self) -> None:
        self._into_fifo(self._mutated(self._dice.choice([b":nothere:" + self._request() + b"\n", *LINES])) + b"\n")

    async def _dripping_fifo(self) -> None:
        """An unfinished request, a byte at a time."""
        for byte in b":drip:" + b'{"jsonrpc":':
            self._into_fifo(bytes([byte]))
            await anyio.sleep(0.3)

    async def _missing_reply_fifo(self) -> None:
        for _ in range(30):
            self._into_fifo(b":missing_reply:" + self._request() + b"\n")
        await anyio.sleep(0.5)

    async def _garbage_over_http(self) -> None:
        body = self._mutated(self._request())
        head = b"POST /mi HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        async with await anyio.connect_tcp("127.0.0.1", self._plan.http) as stream:
            await stream.send(self._mutated(head % len(body)) + body)
            with anyio.move_on_after(0.5):
                await stream.receive()

    async def _idle_http(self) -> None:
        """Connections that send a part of a header, or nothing."""
        streams = [await anyio.connect_tcp("127.0.0.1", self._plan.http) for _ in range(20)]
        for stream in streams:
            await stream.send(b"POST /mi HT"[: self._dice.randrange(12)] or b"P")
        await anyio.sleep(2)
        for stream in streams:
            await stream.aclose()

    async def _wrong_tokens(self) -> None:
        token = self._dice.choice([b"guess", b"\xff\xfe", b"x" * 5000])
        head = (
            b"POST /mi HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Length: 2\r\n\r\n{}" % token
        )
        async with await anyio.connect_tcp("127.0.0.1", self._plan.http) as stream:
            await stream.send(head)
            with anyio.move_on_after(2):
                await stream.receive()

    async def _sip(self) -> None:
        with closing(self._datagram(socket.AF_INET)) as sock:
            for _ in range(20):
                data = self._mutated(SIP)
                if self._dice.randrange(10) == 0:
                    data = SIP.replace(b"Max-Forwards: 70", b"X" + b" " * 50_000 + b": y")
                sock.sendto(data[:60_000], ("127.0.0.1", self._plan.sip))
                await anyio.sleep(0.002)

    async def _hostile_sockets(self) -> None:
        with closing(self._datagram(socket.AF_UNIX)) as sock:
            for name in NAMES:
                request = {"jsonrpc": "2.0", "id": 1, "method": "event_subscribe", "params": ["E_OTHER", name, 3]}
                sock.sendto(json.dumps(request).encode(), self._plan.unix)
                await anyio.sleep(0.005)
                with suppress(BlockingIOError):
                    sock.recv(1 << 20)


async def attack(plan: Plan, seed: int) -> None:
    """Attack until standard input ends, and print how often."""
    with tempfile.TemporaryDirectory(prefix="evtui-a-") as directory:
        attackers = Attackers(plan, seed, Path(directory))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(attackers.run)
            await to_thread.run_sync(sys.stdin.read, abandon_on_cancel=True)
            tasks.cancel_scope.cancel()
    sys.stdout.write(json.dumps(attackers.made) + "\n")


if __name__ == "__main__":
    anyio.run(attack, Plan(**json.loads(Path(sys.argv[1]).read_text())), int(sys.argv[2]))
