"""A console on a fleet of three engines, and a fourth server that cannot be reached."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from textual.pilot import Pilot

from evtui.backends.embedded import EmbeddedBackend
from evtui.backends.fleet.backend import FleetBackend, open_fleet
from evtui.backends.fleet.fleet_server import OpenedServer
from evtui.backends.fleet.given_servers import GivenServer
from evtui.backends.late_backend import LateBackend
from evtui.core.clocks import Clocks
from evtui.core.errors import AwayError
from evtui.core.values import ParamsLike
from evtui.engine.catalogue import Catalogue, static_events
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.ui.app import EvtuiApp
from tests.functional.console.console_scene import NO_FILE, STYLES, Scene, settle
from tests.functional.console.test_console_pictures import PictureTransport, look
from tests.limits import HANG

LIVE = ("edge1", "edge2", "core")
AWAY = "backup"


class FleetScene(Scene):
    """Engines with one pair of clocks, and the console over all of them."""

    def __init__(self, *, theme: str | None = None, files: Path | None = None, read_only: str = "") -> None:
        """`read_only` is a server that may not be changed."""
        transport = PictureTransport()
        super().__init__(transport=transport)
        self.engines: dict[str, Engine] = {}
        for name in LIVE:
            engine = Engine(
                Catalogue(static_events()), [transport], Journal(), clock=self.monotonic, wall=self.wall
            )  # fmt: skip
            engine.publish("E_CALL_START")
            self.engines[name] = engine
        self.engine = self.engines["edge1"]
        self._late = LateBackend()
        self._read_only = read_only
        self.fleet: FleetBackend | None = None
        self.app = EvtuiApp(
            self._late, wall=self.wall, monotonic=self.monotonic, styles=STYLES, theme=theme or "evtui-dark",
            files=files or Path("/home/alice/.local/state/evtui"), saved_filters=NO_FILE,
        )  # fmt: skip
        clock = self.monotonic  # not this scene: records, which no garbage collection searches, would keep it
        transport.on_send = lambda address: clock.pass_by(0.000031 + len(address) * 0.000002)

    @asynccontextmanager
    async def running(self, width: int, height: int) -> AsyncGenerator[Pilot[int]]:
        """Run the console in a terminal of a size."""
        clocks = Clocks(self.monotonic, self.wall, self.monotonic, lambda seconds: anyio.sleep(min(seconds, 0.01)))
        given = [GivenServer(name, f"unix:/run/{name}/mi.sock") for name in (*LIVE, AWAY)]
        async with open_fleet(given, self._open, clocks) as fleet:
            self.fleet = fleet
            self._late.open(fleet)
            self.screen.backend.fleet = fleet
            async with self.app.run_test(size=(width, height)) as pilot:
                with anyio.fail_after(HANG):
                    while self.screen.reader.watch is None or sum(
                        server.light == "live" and bool(server.version) for server in fleet.servers
                    ) < len(LIVE):
                        await pilot.pause(0.005)  # the clock stands: every picture begins at one time
                        await look(self, pilot)
                await settle(self, pilot)
                yield pilot

    async def raised(self, pilot: Pilot[int], server: str, event: str, params: ParamsLike) -> None:
        """Raise an event at a server, and wait until the console has read it."""
        before = self.screen.state.stream.received
        self.engines[server].raise_event(event, params)
        await self.read_until(pilot, before + 1)

    async def read_until(self, pilot: Pilot[int], count: int) -> None:
        """Wait until the console has read so many records."""
        with anyio.fail_after(HANG):
            while self.screen.state.stream.received < count:
                await pilot.pause(0.001)
                await look(self, pilot)

    @asynccontextmanager
    async def _open(self, given: GivenServer) -> AsyncGenerator[OpenedServer]:
        if given.name == AWAY:
            raise AwayError("unix:/run/backup/mi.sock", "No such file or directory")
        backend = EmbeddedBackend(self.engines[given.name], read_only=given.name == self._read_only)
        yield OpenedServer(backend, _version)


async def _version() -> str:
    return "evtui 0.1.0"


async def calls(scene: Scene, pilot: Pilot[int]) -> None:
    """Let half a minute of calls pass, some at each server."""
    assert isinstance(scene, FleetScene)
    for name, engine in scene.engines.items():
        engine.subscribe("E_CALL_START", "udp:127.0.0.1:9000", 3600)
        if name != "core":
            engine.subscribe("E_PIKE_BLOCKED", "udp:192.0.2.10:5070", 70)
    shares: Mapping[int, str] = {0: "edge1", 1: "edge2", 2: "core", 3: "edge1"}
    for number in range(24):
        scene.pass_by((0.11, 0.5, 0.2, 0.1, 0.6)[number * number % 5])
        server = shares[number % 4]
        if number % 6 == 5:
            await scene.raised(pilot, server, "E_PIKE_BLOCKED", {"ip": f"203.0.113.{number}"})
        else:
            caller = {"callid": f"{number * 7919:06x}@192.0.2.7", "caller": "sip:alice@example.com"}
            await scene.raised(pilot, server, "E_CALL_START", caller)


async def deliveries_known(scene: FleetScene, pilot: Pilot[int]) -> None:
    """Wait until the console has been told of each delivery.

    A poll shows what a server said last when it answers late, and the next poll what it says now.
    """
    sent = sum(state.sent or 0 for engine in scene.engines.values() for state in engine.subscription_states())
    with anyio.fail_after(HANG):
        while sum(line.state.sent or 0 for line in scene.screen.state.subscribers.subscribers) != sent:
            scene.screen.reader.poll()
            await pilot.pause(0.001)
            await look(scene, pilot)
