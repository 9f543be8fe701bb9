"""A long attack on a real server: `python -m tests.hostile.storm MINUTES [SEED]` prints the table of promises.

Two thirds of the time are a siege: all attackers, bad peers, a healthy consumer and a second client at once. In the
rest, evtui is killed 50 times with durable deliveries under way and 50 times while subscriptions change.
"""

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import anyio

from tests.functional.processes.evtui_process import Evtui
from tests.hostile.storm.siege import Promise, Siege
from tests.paths import ROOT

KILLS: Final = 50
KILL_TESTS: Final = ("tests/functional/service/test_state_killed.py", "tests/functional/service/test_killed.py")
LONGEST: Final = 7200.0
"""Seconds that the kills may take."""


def main() -> int:
    """Run it; returns 1 when a promise was not kept."""
    minutes, seed = float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="evtui-t-") as directory:
        promises = anyio.run(Siege(Evtui(Path(directory)), minutes * 40, seed).run)
    promises.append(_killed())
    for promise in promises:
        print(f"| {promise.promise} | {promise.seen} | {'kept' if promise.kept else 'NOT KEPT'} |")
    return 0 if all(promise.kept for promise in promises) else 1


def _killed() -> Promise:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rP", *KILL_TESTS],
        env={**os.environ, "EVTUI_KILLS": str(KILLS)}, cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=LONGEST,
    )  # fmt: skip
    if ran.returncode != 0:
        print(ran.stdout)
    return Promise(f"{KILLS} kills lose and reorder nothing", ran.stdout.splitlines()[-1], ran.returncode == 0)


if __name__ == "__main__":
    sys.exit(main())
