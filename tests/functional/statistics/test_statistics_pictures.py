"""How the Statistics screen looks at three sizes, stored as SVG; `just shots` stores the pictures anew."""

import pytest
from textual.pilot import Pilot

from tests.functional.console.console_scene import Scene
from tests.functional.console.test_console_pictures import (
    SIZES,
    Draw,
    draw,
    look,
    same_everywhere,
    scene,
)
from tests.functional.processes.outage import OutageTransport, outage

pytestmark = pytest.mark.usefixtures("all_paintings")

__all__ = ["draw", "same_everywhere"]


async def five_minutes(scene: Scene, pilot: Pilot[int]) -> None:
    """Let five minutes of calls pass: a calm beginning, a rush, and a subscriber that is away."""
    subscribe, raise_event = scene.engine.subscribe, scene.engine.raise_event
    subscribe("E_CALL_START", "udp:127.0.0.1:9000")
    subscribe("E_CALL_START", "udp:192.0.2.10:5070?payload=text")
    subscribe("E_CALL_END", "udp:127.0.0.1:9000")
    subscribe("E_CALL_END", "unix:/run/billing/events.sock")
    subscribe("E_PIKE_BLOCKED", "udp:127.0.0.1:9001")
    for second in range(290):
        scene.pass_by(1.0)
        rush = 4 if 120 <= second < 200 else 1
        for number in range(rush * (1 + (second * second) % 3)):
            raise_event("E_CALL_START", {"callid": f"{second * 7919 + number:06x}@192.0.2.7"})
        for number in range(rush * ((second * 7) % 2)):
            raise_event("E_CALL_END", {"callid": f"{second * 7907 + number:06x}@192.0.2.7", "sip_code": 200})
        if second % 11 == 0:
            raise_event("E_PIKE_BLOCKED", {"ip": f"203.0.113.{second % 250}"})
        if second % 23 == 0:
            raise_event("E_ACC_CDR", {"method": "INVITE", "duration": second})
        if second % 2:
            await measured(scene, pilot)


async def measured(scene: Scene, pilot: Pilot[int]) -> None:
    """Let the console take a look, and wait until its answer of this moment is measured."""
    await look(scene, pilot)
    while scene.screen.state.statistics.now < scene.monotonic():
        await pilot.pause(0)


@pytest.mark.parametrize("size", [*SIZES, (60, 20)])
def test_the_statistics(draw: Draw, size: tuple[int, int]) -> None:
    draw(scene(), size, "S", story=five_minutes, name="" if size == (60, 20) else "statistics")


def test_the_tables_of_the_statistics(draw: Draw) -> None:
    draw(scene(), (80, 24), "S", "tab", "down", story=five_minutes)


def test_the_statistics_in_the_light_theme(draw: Draw) -> None:
    draw(scene(theme="evtui-light"), (120, 40), "S", story=five_minutes)


def test_the_statistics_of_queues(draw: Draw) -> None:
    transport = OutageTransport()
    draw(Scene(transport=transport, theme="evtui-dark"), (120, 40), "S", story=outage(transport))
