"""How a recording looks in the console, opened and scrubbed, at three sizes; `just shots` stores the pictures anew."""

from pathlib import Path

import pytest
from textual.widgets import Input

from evtui.backends.embedded import EmbeddedBackend
from evtui.codecs.recording.record_lines import BackendStates
from evtui.storage.recording.recording_writer import RecordingWriter
from evtui.storage.recording.rotated_files import RotatedFiles
from tests.functional.console import picture_files
from tests.functional.console.console_scene import Scene
from tests.functional.console.test_console_pictures import SIZES, same_everywhere, save, scene
from tests.functional.processes.waiting import until
from tests.functional.recordings.test_playback_keys import shown

__all__ = ["same_everywhere"]


async def states(made: Scene) -> BackendStates:
    backend = EmbeddedBackend(made.engine)
    status, events = await backend.status(), await backend.events()
    return BackendStates(made.wall(), made.monotonic(), status, events, await backend.subscriptions())


async def recorded(path: Path) -> Path:
    """Record calls of half a minute, of which some are not delivered."""
    made = scene()
    subscribe, raise_event = made.engine.subscribe, made.engine.raise_event
    writer = RecordingWriter(RotatedFiles(path, 1), 1 << 40, "evtui")
    writer.write((), await states(made))
    subscribe("E_CALL_START", "udp:127.0.0.1:9000", 600)
    subscribe("E_CALL_END", "udp:127.0.0.1:9000", 600)
    subscribe("E_CALL_END", "unix:/run/billing/events.sock")
    for number in range(30):
        made.pass_by((0.4, 1.1, 0.7, 2.2)[number % 4])
        callid = f"{number * 7919:06x}@192.0.2.7"
        match number % 3:
            case 0:
                raise_event("E_CALL_START", {"callid": callid, "caller": "sip:alice@example.com"})
            case 1:
                raise_event("E_CALL_END", {"callid": callid, "sip_code": 200, "duration": number})
            case _:
                raise_event("E_ACC_CDR", {"method": "INVITE", "duration": number})
    records, _ = made.engine.journal.since(3)  # without the events that the scene publishes
    writer.write(records, await states(made))
    writer.close(made.wall())
    return path


async def compare(request: pytest.FixtureRequest, path: Path, size: tuple[int, int], theme: str, *keys: str) -> None:
    """Compare the recording after some keys with its picture; store it when pictures are stored anew."""
    async with shown(await recorded(path), size) as console:
        console.app.theme = theme
        await console.press(*keys)
        if "J" in keys:
            await until(lambda: console.player.state.record > 1)
        screen = console.app.get_default_screen()
        for _ in range(3):
            screen.look()
            for worker in [each for each in console.app.workers if each.group in {"poll", "watch", "default"}]:
                await worker.wait()
            await console.pilot.pause()
        for field in console.app.screen.query(Input):
            field.cursor_blink = False
        await console.pilot.pause()
        svg = console.app.export_screenshot(title="evtui", simplify=True)
    if not request.config.getoption("store_pictures"):
        assert picture_files.mismatch(request.node.name, svg) is None
        return
    picture_files.store(request.node.name, svg)
    if "J" in keys and theme == "evtui-dark":
        save(f"recording-{size[0]}x{size[1]}", svg)


@pytest.mark.parametrize("theme", ["evtui-dark", "evtui-light"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_recording_that_was_opened(
    request: pytest.FixtureRequest, tmp_path: Path, size: tuple[int, int], theme: str
) -> None:
    await compare(request, tmp_path / "calls.jsonl", size, theme)


@pytest.mark.parametrize("theme", ["evtui-dark", "evtui-light"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_recording_at_its_middle(
    request: pytest.FixtureRequest, tmp_path: Path, size: tuple[int, int], theme: str
) -> None:
    await compare(request, tmp_path / "calls.jsonl", size, theme, "1", "J", *"50%", "enter")
