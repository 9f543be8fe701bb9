"""The console over transports that wait: rows, subscribers and results that change as deliveries end."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
from textual.pilot import Pilot
from textual.widgets import Static

from evtui.core.records import Settled
from tests.fakes.queued_fakes import FakeQueuedTransport
from tests.functional.console.console_scene import Scene, settle, shown, work_done
from tests.limits import HANG


@asynccontextmanager
async def waiting(width: int = 120) -> AsyncGenerator[tuple[Scene, Pilot[int], FakeQueuedTransport]]:
    """A console whose engine delivers to `wait:a`, which holds everything back at first."""
    transport = FakeQueuedTransport()
    scene = Scene(transport=transport)
    transport.sender("a").held = anyio.Event()
    scene.engine.subscribe("E_MINE", "wait:a@secret")
    async with scene.running(width, 40) as pilot, anyio.create_task_group() as tasks:
        tasks.start_soon(scene.engine.run)
        yield scene, pilot, transport
        tasks.cancel_scope.cancel()


async def ended(scene: Scene, number: int) -> None:
    """Wait until so many deliveries have ended."""
    watch = scene.engine.watch()
    with anyio.fail_after(HANG):
        while number > 0:
            number -= sum(isinstance(record, Settled) for record in watch.read())
            if number > 0:
                await watch.wait()


def release(transport: FakeQueuedTransport) -> None:
    held = transport.sender("a").held
    assert held is not None
    held.set()


async def test_a_queued_row_is_acknowledged_in_place_even_while_paused() -> None:
    async with waiting() as (scene, pilot, transport):
        for count in range(3):
            scene.engine.raise_event("E_MINE", {"n": count})
        await settle(scene, pilot)
        assert len(re.findall(r"E_MINE +wait:a +…", shown(scene))) == 3
        await pilot.press("1", "space")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ended, scene, 3)
            await anyio.lowlevel.checkpoint()
            release(transport)
        await settle(scene, pilot)
        assert len(re.findall(r"E_MINE +wait:a +✓✓", shown(scene))) == 3
        assert "PAUSED" in shown(scene)
        assert len(scene.screen.state.stream.rows) == 3


async def test_what_waits_is_said_in_status_and_subscribers_and_no_password_anywhere() -> None:
    async with waiting(200) as (scene, pilot, _):
        for _ in range(7):
            scene.engine.raise_event("E_MINE")
        await settle(scene, pilot, 12)
        await pilot.press("3", "z")
        await settle(scene, pilot)
        text = shown(scene)
        assert "queued 7" in text
        assert re.search(r"… wait:a .* 7 · 1\d s +sending", text)
        await pilot.press("z", "enter")
        await settle(scene, pilot)
        assert "the oldest for" in shown(scene)
        assert "secret" not in shown(scene)


async def test_the_raise_form_follows_its_deliveries_to_their_end() -> None:
    async with waiting(160) as (scene, pilot, transport):
        await pilot.press("2", "r", "f5")
        await work_done(scene, "send")
        await pilot.pause()
        result = scene.screen.query_one("#result", Static)
        assert "… 1 queued" in str(result.content)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ended, scene, 1)
            await anyio.lowlevel.checkpoint()
            release(transport)
        scene.screen.look()
        with anyio.fail_after(HANG):
            while "✓✓ 1 acknowledged" not in str(result.content):
                await pilot.pause()
