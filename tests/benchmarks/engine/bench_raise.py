"""Raises with 1, 10 and 100 UDP subscribers against a plain `sendto` loop over the same payload, and without
subscribers against one.

Same process, same receivers: real sockets, emptied between the rounds. The journal is full before the first round, so
that what a raise evicts is paid for too. All in processor time, which the system's part of a datagram is in.
"""

import contextlib
import socket
import time
from collections.abc import Sequence
from functools import partial

from evtui.core.values import Params, ParamsLike, Value
from evtui.engine.catalogue import Catalogue, static_events
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.transports.datagram.transport import DatagramTransport
from tests.benchmarks.pairs import ROUNDS, Work, compare, pairs_of, say

PARAMS: dict[str, Value] = {"ip": "192.0.2.1", "count": 3, "reason": "too many requests"}
LIMITS = {1: "at most 1.43", 10: "no limit set", 100: "at most 0.67"}
DELIVERIES = 10_000
JOURNAL = 5_000


def main() -> None:
    """Print the ratios."""
    for subscribers, limit in LIMITS.items():
        with contextlib.ExitStack() as stack:
            _bench(stack, subscribers, limit)
    with contextlib.ExitStack() as stack:
        _bench_without(stack)


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

    def together() -> None:
        engine.raise_events("E_BENCH", [PARAMS] * raises)

    def theirs() -> None:
        for _ in range(raises):
            for address in addresses:
                plain.sendto(payload, address)

    for name, work in (("raise", ours), ("raise in one call", together)):
        pairs = compare(work, theirs, before=partial(empty, receivers), clock=time.process_time)
        figures = f"{raises / pairs.ours:,.0f} raises/s, {DELIVERIES / pairs.ours:,.0f} datagrams/s"
        more = f"{figures}; plain loop {DELIVERIES / pairs.theirs:,.0f}/s"
        say(f"{name}, {subscribers} UDP subscribers / sendto loop", pairs.ratios, limit, more)


def empty(receivers: Sequence[socket.socket]) -> None:
    """Read all that has come."""
    for receiver in receivers:
        with contextlib.suppress(BlockingIOError):
            while True:
                receiver.recv(2048)


def _bench_without(stack: contextlib.ExitStack) -> None:
    peer = stack.enter_context(receiver())
    engine = loaded_engine([peer.getsockname()])
    stack.callback(engine.close)
    engine.publish("E_NOBODY")
    given: dict[str, ParamsLike] = {"a dict": PARAMS, "Params": Params.of(PARAMS)}
    for what, params in given.items():
        none, one = partial(_raises, engine, "E_NOBODY", params), partial(_raises, engine, "E_BENCH", params)
        rounds = [(_seconds(none), _seconds(one)) for _ in range(ROUNDS + 1)][1:]
        rates = [DELIVERIES / without for without, _ in rounds]
        say(f"raise without subscribers, {what}", rates, "at least 1,000,000 raises/s", unit="raises/s")
        say(f"raise without subscribers, {what} / one subscriber", pairs_of(rounds).ratios, "no limit set")


def _seconds(work: Work) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _raises(engine: Engine, event: str, params: ParamsLike) -> None:
    for _ in range(DELIVERIES):
        engine.raise_event(event, params)


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
