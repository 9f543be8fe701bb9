"""Raises a second with 1, 10 and 100 UDP subscribers against a plain `sendto` loop over the same payload.

Same process, same receivers: real sockets, emptied between the rounds. The journal is full before the first round, so
that what a raise evicts is paid for too.
"""

import contextlib
import socket
import time

from evtui.core.values import Value
from evtui.engine.catalogue import Catalogue, static_events
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.transports.datagram.transport import DatagramTransport
from tests.benchmarks.pairs import compare, say

PARAMS: dict[str, Value] = {"ip": "192.0.2.1", "count": 3, "reason": "too many requests"}
LIMITS = {1: "at most 2.2", 10: "no limit set", 100: "at most 0.9"}
DELIVERIES = 10_000
JOURNAL = 5_000


def main() -> None:
    """Print the ratios."""
    for subscribers, limit in LIMITS.items():
        with contextlib.ExitStack() as stack:
            _bench(stack, subscribers, limit)


def _bench(stack: contextlib.ExitStack, subscribers: int, limit: str) -> None:
    receivers = [stack.enter_context(receiver()) for _ in range(subscribers)]
    addresses: list[tuple[str, int]] = [receiver.getsockname() for receiver in receivers]
    engine = loaded_engine(addresses)
    stack.callback(engine.close)
    plain = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    plain.setblocking(False)
    payload = engine.raise_event("E_BENCH", PARAMS).payloads[0]
    raises = DELIVERIES // subscribers

    def ours() -> None:
        for _ in range(raises):
            engine.raise_event("E_BENCH", PARAMS)

    def theirs() -> None:
        for _ in range(raises):
            for address in addresses:
                plain.sendto(payload, address)

    def empty() -> None:
        for receiver in receivers:
            with contextlib.suppress(BlockingIOError):
                while True:
                    receiver.recv(2048)

    pairs = compare(ours, theirs, before=empty)
    figures = f"{raises / pairs.ours:,.0f} raises/s, {DELIVERIES / pairs.ours:,.0f} datagrams/s"
    more = f"{figures}; plain loop {DELIVERIES / pairs.theirs:,.0f}/s"
    say(f"raise, {subscribers} UDP subscribers / sendto loop", pairs.ratios, limit, more)


def loaded_engine(addresses: list[tuple[str, int]]) -> Engine:
    """An engine whose journal is full, with these subscribers of E_BENCH."""
    journal = Journal(max_records=JOURNAL)
    engine = Engine(Catalogue(static_events()), [DatagramTransport()], journal, clock=time.monotonic, wall=time.time)
    engine.publish("E_BENCH")
    for _ in range(JOURNAL):
        engine.raise_event("E_BENCH", PARAMS)
    for host, port in addresses:
        engine.subscribe("E_BENCH", f"udp:{host}:{port}", 3600)
    return engine


def receiver() -> socket.socket:
    """A UDP socket that never waits."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.setblocking(False)
    return made
