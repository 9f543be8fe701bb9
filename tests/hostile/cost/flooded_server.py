"""A server that watches its own event loop: `python -m tests.hostile.cost.flooded_server DIRECTORY SIP_PORT`.

It is what `evtui serve` runs, with a script, a console without a terminal in the same loop, and a task that goes round
with the loop. It prints `ready`; for each line on standard input it prints what happened since the last one: the
longest rounds of the loop in seconds of processor time, which other processes hardly change, the most raises of one
round, and how often the console looked.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.engine_setup import RunningEngine, running_engine
from evtui.bootstrap.listeners import ListenAddresses
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.core.short_collections import ShortCollections
from evtui.scripting.program_config import read_config
from evtui.ui.app import EvtuiApp
from evtui.ui.themes import styles

SCRIPT = """
max_while_loops = 1000000
route {
    $avp(names) := "method"; $avp(values) := $rm;
    raise_event("E_FLOOD", $avp(names), $avp(values));
    exit;
}
event_route[E_LOOP] {
    $var(i) = 0;
    while ($var(i) < 100000) {
        $avp(names) := "n"; $avp(values) := $var(i);
        raise_event("E_FLOOD", $avp(names), $avp(values));
        $var(i) = $var(i) + 1;
    }
}
"""
STEP = 0.001
LONGEST = 10
OPEN = 10
"""Looks of a console after which all of it is laid out."""


class Rounds:
    """What the loop did since `take` was called last."""

    def __init__(self, raised: Callable[[], int]) -> None:
        self.painted = False
        """Whether the console looked or painted in this round: how long that takes depends on the screen."""
        self._raised = raised
        self.rounds, self.most_raised, self.looks = list[float](), 0, 0

    async def watch(self) -> None:
        """Go round with the loop until cancelled."""
        while True:
            worked, raised, self.painted = time.thread_time(), self._raised(), False
            await anyio.sleep(STEP)
            self.most_raised = max(self.most_raised, self._raised() - raised)
            if not self.painted:
                self.rounds.append(time.thread_time() - worked)

    def take(self) -> str:
        """Return it as JSON, and begin anew."""
        longest = sorted(self.rounds)[-LONGEST:]
        told = json.dumps({"longest": longest, "most_raised": self.most_raised, "looks": self.looks})
        self.rounds, self.most_raised, self.looks = list[float](), 0, 0
        return told


async def main(directory: Path, sip: int) -> None:
    """Serve until standard input ends."""
    ShortCollections(REAL_CLOCKS.processor).start()  # as `evtui` does
    (directory / "flood.cfg").write_text(SCRIPT)
    config = directory / "evtui.toml"
    config.write_text(
        f'events = ["E_FLOOD", "E_LOOP", "E_QUIET"]\nsubscribe = ["E_FLOOD udp:127.0.0.1:9"]\n'
        f'[mi]\ndatagram = ["unix:{directory}/mi.sock"]\n'
        f'[script]\nfiles = ["{directory}/flood.cfg"]\nsip = "udp:127.0.0.1:{sip}"\n'
    )
    loaded = read_config(config, {}, ())
    addresses = ListenAddresses.chosen(loaded.config)
    async with running_engine(loaded, addresses) as running, anyio.create_task_group() as tasks:
        rounds = Rounds(lambda: running.engine.totals().raised)
        app = LookedAtApp(rounds, running)
        tasks.start_soon(partial(app.run_async, headless=True, size=(120, 40)))
        while rounds.looks < OPEN:  # noqa: ASYNC110 - a console that is open has no event to wait for
            await anyio.sleep(STEP)
        tasks.start_soon(rounds.watch)
        rounds.take()
        _say("ready")
        while await anyio.to_thread.run_sync(sys.stdin.readline):
            _say(rounds.take())
        app.exit(0)
        tasks.cancel_scope.cancel()


class LookedAtApp(EvtuiApp):
    """A console whose looks are counted."""

    def __init__(self, rounds: Rounds, running: RunningEngine) -> None:
        backend = EmbeddedBackend(running.engine)
        super().__init__(backend, wall=time.time, monotonic=time.monotonic, styles=styles())
        self._rounds = rounds
        screen = self.get_default_screen()
        look = screen.look

        def counted() -> None:
            rounds.looks += 1
            rounds.painted = True
            look()

        screen.look = counted  # type: ignore[method-assign]

    def _display(self, screen: Any, renderable: Any) -> None:
        self._rounds.painted = True
        super()._display(screen, renderable)  # pyright: ignore[reportUnknownMemberType]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.pop("NO_COLOR", None)
    anyio.run(main, Path(sys.argv[1]), int(sys.argv[2]))
