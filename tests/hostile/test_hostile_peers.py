"""Peers of every transport that are silent, endless, huge, wrong, slow or gone: no other destination is delayed."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

import pytest

from tests.functional.mi.mi_datagram_client import DatagramClient
from tests.functional.processes.evtui_process import Evtui
from tests.hostile.hostile_peers import BEHAVIOURS, COMMON, HealthyPeer, HostilePeer
from tests.hostile.pinger import Pinger, assert_nobody_waited
from tests.limits import HANG

RAISES: Final = 150
TEXT: Final = "x" * 10_000
MORE_MEMORY: Final = 200 << 20
"""Bytes that the process may grow by: the queues of the hostile peers, and its journal."""

SOCKETS: Final[dict[str, tuple[str, Callable[[int], str]]]] = {
    "rabbitmq": ("rabbitmq", lambda port: f"rabbitmq:127.0.0.1:{port}/queue"),
    "kafka": ("kafka", lambda port: f"kafka:127.0.0.1:{port}/topic"),
    "xmlrpc": ("xmlrpc", lambda port: f"xmlrpc:127.0.0.1:{port}:/RPC2:method"),
    "tcp that is answered": ("tcp", lambda port: f"tcp:127.0.0.1:{port}?reliable=true"),
    "tcp": ("tcp", lambda port: f"tcp:127.0.0.1:{port}"),
    "jsonrpc": ("tcp", lambda port: f"jsonrpc:127.0.0.1:{port}?reliable=true"),
}
"""For each kind of socket: the table of behaviours, and the socket of a peer at a port."""

CONFIG: Final = """
[transports.rabbitmq]
connect_timeout = 700
[transports.kafka]
timeout = 700
[transports.tcp]
timeout = 500
[transports.jsonrpc]
timeout = 500
"""


def resident(pid: int) -> int:
    """Return the most bytes of memory that a process had so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024


@pytest.mark.parametrize("kind", SOCKETS)
def test_a_healthy_destination_beside_hostile_ones_gets_all_in_order(kind: str, evtui: Evtui) -> None:
    config = evtui.directory / "evtui.toml"
    config.write_text(CONFIG)
    table, socket_at = SOCKETS[kind]
    behaviours = {**COMMON, **BEHAVIOURS[table]}
    with (
        evtui.serving("--event", "E_TEST", "--config", str(config)) as server,
        Pinger(evtui.mi_sock) as pinger,
        DatagramClient(evtui.mi_sock) as asker,
        closing(HealthyPeer()) as healthy,
        ExitStack() as stack,
    ):
        peers = {name: stack.enter_context(closing(HostilePeer(each))) for name, each in behaviours.items()}
        sockets = {name: socket_at(peer.port) for name, peer in peers.items()}
        quiet = pinger.watch(0.7)
        before = resident(server.pid)
        for socket in (*sockets.values(), f"tcp:127.0.0.1:{healthy.port}"):
            asker.ask("event_subscribe", "E_TEST", socket, 3600)
        for number in range(RAISES):
            asker.ask("raise_event", "E_TEST", [number, TEXT])
        hostile = pinger.watch(2.5)
        end = time.monotonic() + HANG
        while len(healthy.got) < RAISES and time.monotonic() < end:
            time.sleep(0.02)
        assert healthy.got == list(range(RAISES))
        assert {name for name, peer in peers.items() if not peer.connections} == set()
        queues = asker.ask("queues_list")["Queues"]
        accounted = {
            queue["socket"]: queue["queued"] + queue["delivered"] + queue["failed"] + queue["dropped"]
            for queue in queues
        }
        assert set(accounted.values()) == {RAISES}, json.dumps(accounted)
        assert len(accounted) == len(sockets) + 1
        grown = resident(server.pid) - before
        ended = server.stop()
    assert_nobody_waited(hostile, quiet)
    assert grown < MORE_MEMORY
    assert ended.status == 0
    assert "Traceback" not in ended.err
