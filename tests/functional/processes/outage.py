"""A story to look at: one destination takes a few deliveries, refuses one and goes away; another does not answer."""

from collections.abc import Awaitable, Callable

import anyio
from textual.pilot import Pilot

from evtui.core.records import Retrying
from evtui.core.transport import OutboxPolicy, TransportInfo
from tests.fakes.queued_fakes import FakeQueuedTransport, FakeSender
from tests.functional.console.console_scene import Scene, work_done

ARCHIVE, LEDGER = "192.0.2.20:7000/archive", "192.0.2.21:8000:notify"


class OutageTransport(FakeQueuedTransport):
    """Stands for tcp and xmlrpc without a network. It tries once, and again in a time that no test waits for."""

    def __init__(self) -> None:
        super().__init__(OutboxPolicy(backoff=40.0, max_backoff=40.0))
        self.senders[ARCHIVE] = archive = FakeSender(window=1)
        archive.breaks_after = 5
        self.senders[LEDGER] = ledger = FakeSender(window=1)
        ledger.held = anyio.Event()

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        return tuple(
            TransportInfo(scheme, f"{scheme}:HOST:PORT", f"{scheme}:h:1", "", form="endpoint")
            for scheme in ("tcp", "xmlrpc")
        )


def outage(transport: OutageTransport) -> Callable[[Scene, Pilot[int]], Awaitable[None]]:
    """Write the story of a transport's destinations."""

    async def story(scene: Scene, pilot: Pilot[int]) -> None:
        watch = scene.engine.watch()
        scene.engine.publish("E_CALL_END")
        scene.engine.subscribe("E_CALL_END", f"tcp:{ARCHIVE}")
        scene.engine.subscribe("E_CALL_END", f"xmlrpc:{LEDGER}", 600)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(scene.engine.run)
            for number in range(9):
                scene.pass_by(0.7)
                call = f"{number * 7907:06x}@192.0.2.7"
                record = scene.engine.raise_event("E_CALL_END", {"callid": call, "sip_code": 200, "duration": number})
                scene.screen.look()  # now, not when its interval comes round: rates are the same in every picture
                if number == 2:
                    transport.sender(ARCHIVE).refuses[record.payloads[0]] = "error 5: no such call"
            while not any(isinstance(record, Retrying) for record in watch.read()):
                await watch.wait()
            scene.pass_by(12.0)
            for _ in range(2):
                scene.screen.look()
                await work_done(scene, "poll", "watch")
                await pilot.pause(0)
            tasks.cancel_scope.cancel()

    return story
