"""Datagrams to 1, 100 and 1,000 UDP subscribers against loops of `sendto` and `sendmmsg` in C, in processor time.

The loop is compiled here, where there is a C compiler. Both send as many datagrams of the same length to the same
sockets, which are emptied between the rounds.
"""

import contextlib
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.benchmarks.engine.bench_raise import PARAMS, empty, loaded_engine, receiver
from tests.benchmarks.pairs import pairs_of, say, say_not_measured

SOURCE = Path(__file__).parents[1] / "peers" / "sendto_loop.c"
LIMITS = {1: "no limit set", 100: "at least 1.3", 1000: "at least 1.3"}
"""Of the ratio to `sendto`. That to `sendmmsg`, which evtui uses too, tells what Python costs."""
DATAGRAMS = 20_000
ROUNDS = 9


def main() -> None:
    """Print the ratios: how many times as many datagrams evtui sends."""
    compiler = shutil.which("cc")
    if compiler is None:
        say_not_measured("UDP / C sendto loop", "no C compiler here")
        return
    with tempfile.TemporaryDirectory(prefix="evtui-bench-") as folder:
        loop = str(Path(folder) / "sendto_loop")
        subprocess.run([compiler, "-O2", "-o", loop, str(SOURCE)], check=True)
        for subscribers, limit in LIMITS.items():
            with contextlib.ExitStack() as stack:
                _bench(stack, loop, subscribers, limit)


def _bench(stack: contextlib.ExitStack, loop: str, subscribers: int, limit: str) -> None:
    receivers = [stack.enter_context(receiver()) for _ in range(subscribers)]
    addresses: list[tuple[str, int]] = [each.getsockname() for each in receivers]
    engine = loaded_engine(addresses)
    stack.callback(engine.close)
    size, raises = len(engine.raise_event("E_BENCH", PARAMS).payloads[0]), DATAGRAMS // subscribers
    command = [str(raises), str(size), *(str(port) for _, port in addresses)]

    def ours() -> float:
        empty(receivers)
        began = time.process_time()
        for _ in range(raises):
            engine.raise_event("E_BENCH", PARAMS)
        return time.process_time() - began

    def together() -> float:
        empty(receivers)
        began = time.process_time()
        engine.raise_events("E_BENCH", [PARAMS] * raises)
        return time.process_time() - began

    def theirs(call: str) -> float:
        empty(receivers)
        return int(subprocess.run([loop, call, *command], check=True, capture_output=True).stdout) / 1e9

    for name, work, call in (("", ours, "sendto"), ("", ours, "sendmmsg"), (" in one call", together, "sendto")):
        pairs = pairs_of([(theirs(call), work()) for _ in range(ROUNDS + 1)][1:])
        more = f"{DATAGRAMS / pairs.theirs:,.0f} datagrams/s of processor time, C {DATAGRAMS / pairs.ours:,.0f}"
        held_to = limit if call == "sendto" else "no limit set"
        say(f"UDP to {subscribers} subscribers{name} / C {call} loop", pairs.ratios, held_to, more)
