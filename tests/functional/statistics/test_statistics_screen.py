"""The Statistics screen shows what the engine counted: real deliveries over UDP, and figures that agree."""

import re
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import anyio
import pytest
from textual.pilot import Pilot

from evtui.bootstrap.remote_server import attach
from evtui.codecs.display_text import UNTOLD
from evtui.ui.app import EvtuiApp
from evtui.ui.statistics.statistics_screen import StatisticsScreen
from tests.fakes.engine_fakes import FakeClock
from tests.fakes.painted_screen import text_of
from tests.functional.attached.opensips_like import opensips_like
from tests.functional.console.console_scene import STYLES, Scene, comes, settle, shown, told
from tests.functional.console.test_console_queues import waiting
from tests.functional.processes.evtui_process import Evtui
from tests.functional.processes.waiting import until
from tests.functional.recordings.test_playback_keys import shown as recording_shown
from tests.unit.backends.recording.test_recording_files_read import record

SIZES = [(60, 20), (80, 24), (120, 40), (200, 50)]
CHARTS = (
    "raised", "delivered", "failed", "lost", "no subscribers", "waiting", "latency p50", "latency p95", "latency p99",
)  # fmt: skip


@contextmanager
def udp_sockets(number: int) -> Generator[list[str]]:
    """Open some UDP sockets that receive, and name them as subscribers."""
    with ExitStack() as stack:
        names: list[str] = []
        for _ in range(number):
            receiver = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            receiver.bind(("127.0.0.1", 0))
            names.append(f"udp:127.0.0.1:{receiver.getsockname()[1]}")
        yield names


def figures(text: str, name: str) -> tuple[str, str]:
    """Return what stands at the right end of a chart: the figure of now, and that of the whole span."""
    parts = re.split(r"\s{2,}", chart_line(text, name))
    return parts[-2], parts[-1]


def chart_line(text: str, name: str) -> str:
    line = next(line for line in text.splitlines() if line.startswith(f"│ {name} "))
    return line.split("││")[0].strip("│ ")


async def press(scene: Scene, pilot: Pilot[int], *keys: str) -> None:
    """Press some keys, and let both screens show what there is."""
    await pilot.press(*keys)
    await settle(scene, pilot)
    if isinstance(scene.app.screen, StatisticsScreen):
        scene.app.screen.look()
        await pilot.pause()


async def test_the_figures_on_the_screen_are_those_that_the_engine_counts() -> None:
    scene = Scene()
    with udp_sockets(2) as (first, second):
        scene.engine.publish("E_QUIET")
        scene.engine.subscribe("E_MINE", first)
        scene.engine.subscribe("E_MINE", second)
        scene.engine.subscribe("E_MINE", "unix:/tmp/evtui-test-missing.sock")
        async with scene.running(120, 40) as pilot:
            for number in range(30):
                scene.engine.raise_event("E_MINE", {"n": number})
                scene.engine.raise_event("E_QUIET")
                await settle(scene, pilot, 1.0)
            await press(scene, pilot, "S")
            text, totals = shown(scene), scene.engine.totals()
            assert (totals.raised, totals.sent, totals.failed, totals.no_subscribers) == (60, 60, 30, 30)
            for name, number in (
                ("raised", 60),
                ("delivered", 60),
                ("failed", 30),
                ("no subscribers", 30),
                ("lost", 0),
            ):
                assert figures(text, name)[1] == str(number)
            # Of the last five seconds: two raises each 2.1 seconds, none in the last 1.1.
            assert figures(text, "raised")[0] == "0.7/s"
            tables = [line.split("││")[-1] for line in text.splitlines() if "││" in line]
            talkers = [line.strip("│ ").split() for line in tables if line.strip("│ ").startswith("E_")][:2]
            assert [line[:3] for line in talkers] == [["E_MINE", "30", "60"], ["E_QUIET", "30", "0"]]
            assert re.search(r"E_MINE +unix:\S+sock +30 +0", text)
            measured = scene.screen.state.statistics.latencies.of_subscribers(0.0, scene.monotonic() + 60)
            assert sorted((str(key[1]), counts.total()) for key, counts in measured) == sorted(
                ((first, 30), (second, 30))
            )


@pytest.mark.parametrize("size", SIZES)
async def test_every_chart_has_its_name_and_its_figure_at_every_size(size: tuple[int, int]) -> None:
    scene = Scene()
    async with scene.running(*size) as pilot:
        scene.engine.raise_event("E_MINE")
        await press(scene, pilot, "S")
        await press(scene, pilot)
        text = shown(scene)
        assert [name for name in CHARTS if f"│ {name} " not in text] == []
        assert figures(text, "raised")[1] == "1"
        assert figures(text, "no subscribers")[1] == "1"
        assert "now" in text
        assert all(len(line) == size[0] for line in text.splitlines())


async def test_the_key_and_escape_lead_back_and_the_choices_stay() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        for leaves in ("S", "escape", "ctrl+o"):
            await press(scene, pilot, "S")
            assert isinstance(scene.app.screen, StatisticsScreen)
            await press(scene, pilot, leaves)
            assert scene.app.screen_stack == [scene.screen]
        await press(scene, pilot, "S")
        await press(scene, pilot, "greater_than_sign", "o", "S")
        await press(scene, pilot, "S")
        assert "last 5 min" in shown(scene)
        assert "talkers by deliveries" in shown(scene)
        await press(scene, pilot, "greater_than_sign", "greater_than_sign")
        assert "last 15 min" in shown(scene)
        assert "the longest time there is" in told(scene)
        await pilot.press("3")
        assert (scene.app.screen, scene.screen.active) == (scene.screen, "subscribers")


async def test_enter_leads_from_a_line_of_a_table_to_the_event_or_the_subscriber() -> None:
    scene = Scene()
    with udp_sockets(1) as (subscriber,):
        scene.engine.subscribe("E_MINE", subscriber)
        async with scene.running(120, 40) as pilot:
            scene.engine.raise_event("E_MINE")
            await settle(scene, pilot)
            await press(scene, pilot, "S")
            await press(scene, pilot, "home", "down", "enter")
            selected = scene.screen.panes.events.selected
            assert (scene.screen.active, selected and selected.event.name) == ("events", "E_MINE")
            # Also when the subscribers of the event are folded.
            await press(scene, pilot, "3", "home", "space", "S")
            await press(scene, pilot, "home", "down", "down", "down", "enter")
            found = scene.screen.panes.subscribers.selected
            assert (scene.screen.active, found and str(found.state.subscription.socket)) == ("subscribers", subscriber)
            scene.engine.unsubscribe("E_MINE", subscriber)
            await press(scene, pilot, "S")
            await press(scene, pilot, "home", "down", "down", "down", "enter")
            assert "is no longer subscribed" in told(scene)
            assert isinstance(scene.app.screen, StatisticsScreen)


async def test_a_queue_is_shown_with_what_waits_and_the_most_that_did() -> None:
    async with waiting() as (scene, pilot, transport):
        for number in range(7):
            scene.engine.raise_event("E_MINE", {"n": number})
        await pilot.press("S")
        await comes(scene, pilot, lambda: figures(shown(scene), "waiting") == ("7", "max 7"))
        assert re.search(r"wait:a +7 +7", shown(scene))
        assert "secret" not in shown(scene)
        held = transport.sender("a").held
        assert held is not None
        held.set()
        await comes(scene, pilot, lambda: figures(shown(scene), "waiting") == ("0", "max 7"))
        assert figures(shown(scene), "delivered")[1] == "7"


async def test_nothing_is_told_before_the_first_answer() -> None:
    scene = Scene()
    scene.refuse("no such file")
    async with scene.running(80, 24) as pilot:
        await press(scene, pilot, "S")
        assert "Not measured yet" in shown(scene)
        scene.refuse(None)
        await comes(scene, pilot, lambda: "latency p95" in shown(scene))


async def test_a_server_that_tells_no_counters_is_shown_without_zeros(evtui: Evtui) -> None:
    clock = FakeClock()
    with opensips_like(Path(evtui.directory, "mi.sock")) as server:
        async with attach(f"unix:{server.path}", {}) as attached:
            app = EvtuiApp(attached.backend, wall=FakeClock(1_790_000_000.0), monotonic=clock, styles=STYLES)
            async with app.run_test(size=(120, 40)) as pilot:
                await until(lambda: app.get_default_screen().state.status is not None)
                await pilot.press("S")
                await pilot.pause()
                text = text_of(app.screen)
    for name in ("delivered", "failed", "no subscribers", "waiting"):
        assert "not told by this server" in chart_line(text, name)
        assert figures(text, name) == (UNTOLD, UNTOLD)
    assert "not told by this server" in chart_line(text, "latency")
    assert "latency p50" not in text
    assert figures(text, "received") == ("0.0/s", "0")
    assert text.count("not told by this server") >= 7


async def test_a_recording_is_measured_by_its_own_time(tmp_path: Path) -> None:
    async with recording_shown(record(tmp_path / "rec.jsonl", 30, seconds=10.0).path) as console:
        console.player.set_speed(100.0)
        console.player.play(is_paused=False)
        await console.press("S")
        state = console.app.get_default_screen().state

        def is_at_end() -> bool:
            console.app.get_default_screen().look()
            return console.player.state.is_paused

        await until(is_at_end)
        with anyio.fail_after(30):
            while state.statistics.now < console.player.monotonic() - 5:
                console.app.get_default_screen().look()
                await console.pilot.pause(0.05)
        await until(lambda: state.status is not None and state.status.raised == 30)
        await until(lambda: int(figures(console.text, "raised")[1]) >= 25)
        assert 100 < state.statistics.now - (state.statistics.since or 0.0) < 320
        assert "Charts last 5 min" in console.text or "Charts last 15 min" in console.text
