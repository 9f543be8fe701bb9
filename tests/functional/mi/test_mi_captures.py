"""Every recorded request of OpenSIPS's management interface, sent to evtui over real transports, in order."""

import re
import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, closing
from pathlib import Path

import anyio
import pytest
from msgspec.structs import replace

from evtui.mi.commands.about import About
from tests.functional.mi.mi_differences import CLASSIC, JSON
from tests.functional.mi.mi_recorded import (
    Recorded,
    comparable,
    read_classic_recordings,
    read_json_recordings,
    recorded_events,
)
from tests.functional.mi.mi_world import ReplyFifo, World, ask_http, fifo_server, free_port, http_server, write_fifo
from tests.limits import HANG

JSON_RECORDINGS = read_json_recordings()
CLASSIC_RECORDINGS = read_classic_recordings()

_EVENTS_3 = recorded_events(JSON_RECORDINGS, re.compile('"name":"(.*?)"'))
_ROUTES_3 = ("E_CTL", "E_ROUTE", "E_REC", "E_BROUTE")
_EVENTS_2 = recorded_events(CLASSIC_RECORDINGS, re.compile("Event:: (.*) id="))
_ROUTES_2 = ("E_PIKE_BLOCKED", "E_X", "E_POS", "E_Y", "E_Z", "E_ORD", "E_REC", "E_DROP")
_ARGV_3 = ("root/sbin/opensips", "-F", "-f", "cfg/main.cfg", "-m", "1024", "-M", "64", "-w", "/DIR", "-P", "/DIR/pid")

_SILENCE = 0.25
"""Seconds of waiting for a reply where OpenSIPS sent none."""

Step = Callable[[World], object]
Outcome = tuple[bytes | None, bytes | None, tuple[bytes, ...]]


def _subscribe(event: str, socket_name: str, expire: int | None) -> Step:
    return lambda world: world.engine.subscribe(event, socket_name, expire)


def _many(event: str, first: int, after: int) -> Step:
    return lambda world: [world.engine.subscribe(event, f"udp:127.0.0.1:{port}", 600) for port in range(first, after)]


def _later(seconds: float) -> Step:
    return lambda world: world.clock.pass_by(seconds)


UNRECORDED_3: dict[int, tuple[Step, ...]] = {
    74: (
        _subscribe("E_SUB_STARTUP", "udp:127.0.0.1:7900", None),
        _subscribe("E_SUB_STARTUP", "udp:127.0.0.1:7901", 1200),
        _later(1),
    ),
    75: tuple(_subscribe("E_T", f"udp:127.0.0.1:{port}", 600) for port in (7101, 7102, 7103)),
    87: (_later(1), _subscribe("E_T", "udp:127.0.0.1:7101", 50)),
    88: (_subscribe("E_T", "udp:127.0.0.1:7101", 3600),),
    91: (_later(1),),
    92: (_later(1),),
    97: (_later(1),),
    98: (_later(1),),
    99: (_subscribe("E_BDONE", "udp:127.0.0.10:7200", 60), _subscribe("E_BDONE", "udp:127.0.0.1:7200", 70)),
    100: (_subscribe("E_BDONE", "unix:/DIR/abcd", 60), _subscribe("E_BDONE", "unix:/DIR/abc", 70)),
}
"""Steps before a case that were not recorded, by the number of the case."""

UNRECORDED_2: dict[int, tuple[Step, ...]] = {
    14: (_subscribe("E_T", "udp:127.0.0.1:7502", 120),),
    50: (_subscribe("E_T", "udp:127.0.0.1:7506", 2147483648),),
    60: (_subscribe("E_T", "udp:127.0.0.1:7509", 40), _subscribe("E_T", "udp:127.0.0.1:7510", 50)),
    96: (_subscribe("E_T2", "virtual:PARALLEL udp:127.0.0.1:7530", 300),),
    97: (_subscribe("E_NOSUBS", "udp:127.0.0.1:7540", 2),),
    98: (_later(3.2),),
    100: (_subscribe("E_NOSUBS", "udp:127.0.0.1:7541", 0),),
    101: (_subscribe("E_NOSUBS", "udp:127.0.0.1:7542", 0),),
    137: (_later(8.8),),
    154: (_many("E_SCRIPT_CALL_STOP", 10000, 10060),),
    169: (
        *(_subscribe(f"E_SCRIPT_CALL_{end}", "udp:127.0.0.1:7951", 600) for end in ("START", "STOP", "ESTABLISHED")),
        _many("E_T2", 11000, 11049),
    ),
    172: (_many("E_T2", 11049, 11050),),
    173: (_many("E_T2", 11050, 11051),),
}


class _Bench:
    """Our server over real transports, and a client on each."""

    def __init__(self, world: World, directory: Path, port: int) -> None:
        self.world = world
        self._directory = directory
        self._port = port
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.setblocking(False)

    @property
    def listens_on(self) -> str:
        return f"udp:127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._listener.close()
        self.world.close()

    async def send(self, recorded: Recorded) -> Outcome:
        if recorded.notifications is not None:
            self.world.engine.subscribe("E_TIMER1", self.listens_on)
        match recorded.transport:
            case "fifo":
                return *await self._over_fifo(recorded), self._notifications()
            case "http":
                return await ask_http(self._port, recorded.request), None, self._notifications()
            case _:
                return await self.world.dispatcher.datagram(recorded.request), None, self._notifications()

    async def _over_fifo(self, recorded: Recorded) -> tuple[bytes | None, bytes | None]:
        # A name of its own for each case, as clients do: a late reply must not be taken for the next one.
        names = (f"second_{recorded.number}", f"first_{recorded.number}")
        second, first = (ReplyFifo(self._directory / name) for name in names)
        request = recorded.request.replace(b"REPLY2", names[0].encode()).replace(b"REPLY", names[1].encode())
        differs = recorded.key in JSON or recorded.key in CLASSIC
        request = request.replace(b"/DIR", bytes(self._directory)) if recorded.case == "fifo_slash" else request
        request = request.replace(b"/DIR/run", bytes(self._directory)) if "flatstore:/" in recorded.case else request
        try:
            write_fifo(self._directory / "fifo", request)
            got = await first.read(recorded.reply or None, HANG if recorded.reply or differs else _SILENCE)
            return got, await second.read(recorded.second_reply) if recorded.second_reply else None
        finally:
            first.close()
            second.close()

    def _notifications(self) -> tuple[bytes, ...]:
        got: list[bytes] = []
        while True:
            try:
                got.append(self._listener.recv(65536))
            except BlockingIOError:
                return tuple(got)


def _world_of_3(_group: str) -> World:
    world = World(_EVENTS_3, _ROUTES_3, server="OpenSIPS (3.6.8 (x86_64/linux))")
    started = time.mktime(time.strptime("Sun Nov 22 18:52:04 2026"))
    world.with_about(About(world.about.server, _ARGV_3, "/DIR", 3672, started, lambda: started + 11))
    return world


def _world_of_2(_group: str) -> World:
    world = World(_EVENTS_2, _ROUTES_2, server="OpenSIPS (2.4.11 (x86_64/linux))", cwd="/DIR/run")
    started = time.mktime(time.strptime("Sun Nov 22 19:33:26 2026"))
    world.clock.now = started + 101
    world.with_about(replace(world.about, cwd="/DIR/run", started=started, wall=world.clock))
    world.engine.subscribe("E_PIKE_BLOCKED", "udp:127.0.0.1:7930")
    world.engine.subscribe("E_PIKE_BLOCKED", "udp:127.0.0.1:7931", 1200)
    return world


async def _run_all(
    recordings: list[Recorded],
    make_world: Callable[[str], World],
    unrecorded: Mapping[int, tuple[Step, ...]],
    restarts: frozenset[int],
    time_limit: float,
) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    runs: list[list[Recorded]] = []
    for recorded in recordings:
        if not runs or recorded.group != runs[-1][-1].group or recorded.number in restarts - {runs[-1][-1].number}:
            runs.append([])
        runs[-1].append(recorded)
    for run in runs:
        outcomes |= await _run(run, make_world(run[0].group), unrecorded, time_limit)
    return outcomes


async def _run(
    run: list[Recorded], world: World, unrecorded: Mapping[int, tuple[Step, ...]], time_limit: float
) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    port, done = free_port(), set[int]()
    with tempfile.TemporaryDirectory(prefix="evtui-") as name, closing(_Bench(world, Path(name), port)) as bench:
        async with AsyncExitStack() as stack:
            fifo = fifo_server(world.dispatcher, Path(name, "fifo"), Path(name), time_limit=time_limit)
            await stack.enter_async_context(fifo)
            await stack.enter_async_context(http_server(world.dispatcher, port, hosts=["x"]))
            for recorded in run:
                if recorded.number not in done:
                    done.add(recorded.number)
                    for step in unrecorded.get(recorded.number, ()):
                        step(world)
                outcomes[recorded.key] = await bench.send(recorded)
    return outcomes


@pytest.fixture(scope="module")
def json_outcomes() -> dict[str, Outcome]:
    # Unfinished requests are dropped after 0.1 s, so that the answer to them is seen.
    return anyio.run(_run_all, JSON_RECORDINGS, _world_of_3, UNRECORDED_3, frozenset[int](), 0.1)


@pytest.fixture(scope="module")
def classic_outcomes() -> dict[str, Outcome]:
    return anyio.run(_run_all, CLASSIC_RECORDINGS, _world_of_2, UNRECORDED_2, frozenset({169}), 5.0)


@pytest.mark.parametrize("recorded", JSON_RECORDINGS, ids=lambda recorded: recorded.key)
def test_json_rpc_answers_as_recorded(recorded: Recorded, json_outcomes: dict[str, Outcome]) -> None:
    _check(recorded, json_outcomes[recorded.key], JSON)


@pytest.mark.parametrize("recorded", CLASSIC_RECORDINGS, ids=lambda recorded: recorded.key)
def test_the_line_protocol_answers_as_recorded(recorded: Recorded, classic_outcomes: dict[str, Outcome]) -> None:
    _check(recorded, classic_outcomes[recorded.key], CLASSIC)


def test_every_deliberate_difference_names_a_recording() -> None:
    assert JSON.keys() <= {recorded.key for recorded in JSON_RECORDINGS}
    assert CLASSIC.keys() <= {recorded.key for recorded in CLASSIC_RECORDINGS}


def _check(recorded: Recorded, outcome: Outcome, differences: Mapping[str, str]) -> None:
    reply, second, notifications = outcome
    ours = [
        comparable(recorded.transport, reply, _without_reason),
        comparable(recorded.transport, second),
        notifications,
    ]
    theirs = [
        comparable(recorded.transport, recorded.reply),
        comparable(recorded.transport, recorded.second_reply),
        recorded.notifications or (),
    ]
    if recorded.key in differences:
        assert ours != theirs, f"no longer different: take it from the list ({differences[recorded.key]})"
    else:
        assert ours == theirs


def _without_reason(reply: bytes) -> bytes:
    """Take away the one thing we add to a recorded reply: `data` that says which part of a socket is wrong."""
    head, wrong, data = reply.partition(b'"message":"Bad parameter value","data":"')
    if not wrong:
        return reply
    reason, _, rest = data.rpartition(b'"},"id":')
    assert reason, "a refused parameter says why"
    return head + b'"message":"Bad parameter value"},"id":' + rest
