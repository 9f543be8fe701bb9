"""A console whose backend has a bug, or shows hostile text; run as a program by the tests."""

import sys
import time

import anyio

from evtui.backends.embedded import EmbeddedBackend
from evtui.core.ports import Status
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.transports.datagram.transport import DatagramTransport
from evtui.ui.app import EvtuiApp
from tests.paths import STYLES_DIR
from tests.unit.ui.records import HOSTILE


class Buggy(EmbeddedBackend):
    """Answers twice, then fails as no backend should."""

    asked = 0

    async def status(self) -> Status:
        self.asked += 1
        if self.asked > 2:
            password = "hunter2-" + "secret"
            raise KeyError(f"no such {HOSTILE}" if password else "")
        return await super().status()


async def run(bug: bool) -> int:
    engine = Engine(Catalogue(), [DatagramTransport()], Journal(), clock=time.monotonic, wall=time.time)
    engine.publish("E_" + HOSTILE)
    engine.subscribe("E_" + HOSTILE, "unix:/nonexistent/" + HOSTILE.replace("\x00", ""))
    backend = Buggy(engine) if bug else EmbeddedBackend(engine)
    app = EvtuiApp(backend, wall=time.time, monotonic=time.monotonic, styles=STYLES_DIR, demo=True)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(raise_a_little, engine)
        await app.run_async()
        tasks.cancel_scope.cancel()
    return app.return_code or 0


async def raise_a_little(engine: Engine) -> None:
    for number in range(1000):
        await anyio.sleep(0.2)
        engine.raise_event("E_" + HOSTILE, {HOSTILE: HOSTILE, "n": number})


if __name__ == "__main__":
    sys.exit(anyio.run(run, sys.argv[1] == "bug"))
