"""A recording in the console: it is marked, and the keys play, step, jump and change the speed."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from evtui.backends.recording.backend import open_recording
from evtui.backends.recording.player import Player
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.ui.app import EvtuiApp
from evtui.ui.themes import styles
from tests.fakes.painted_screen import text_of
from tests.functional.processes.waiting import until
from tests.unit.backends.recording.test_recording_files_read import record


class Shown:
    """A recording of 30 raises, one each ten seconds, that stands still in the console."""

    def __init__(self, app: EvtuiApp, player: Player, pilot: Pilot[int]) -> None:
        self.app = app
        self.player = player
        self.pilot = pilot

    @property
    def text(self) -> str:
        return text_of(self.app.screen)

    @property
    def status(self) -> str:
        return self.text.splitlines()[0]

    async def shows(self, text: str) -> None:
        """Wait until a text is on the screen."""

        def is_there() -> bool:
            self.app.get_default_screen().look()
            return text in self.text

        await until(is_there)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()


@asynccontextmanager
async def shown(path: Path, size: tuple[int, int] = (120, 40)) -> AsyncGenerator[Shown]:
    async with open_recording(path, KNOWN_SCHEMES, REAL_CLOCKS) as (backend, player):
        player.play(is_paused=True)
        app = EvtuiApp(
            backend, wall=player.wall, monotonic=player.monotonic, styles=styles(), playback=player, files=path.parent
        )
        async with app.run_test(size=size) as pilot:
            await until(lambda: player.state.progress is None)
            yield Shown(app, player, pilot)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return record(tmp_path / "rec.jsonl", 30, seconds=10.0).path


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_it_is_marked_and_says_where_it_is(path: Path, size: tuple[int, int]) -> None:
    async with shown(path, size) as console:
        await console.shows(" RECORDING ")
        assert "LIVE" not in console.status
        assert "‖" in console.status
        assert "subscribe" not in console.text.splitlines()[-1]
        assert ". step" in console.text.splitlines()[-1]


async def test_a_step_goes_one_record_on_and_one_back(path: Path) -> None:
    async with shown(path) as console:
        await console.press("full_stop", "full_stop", "full_stop")
        await until(lambda: console.player.state.record == 3)
        await console.shows("Stream 3")
        await console.shows("raised 3")
        await console.press("comma")
        await until(lambda: console.player.state.record == 2)
        await console.shows("Stream 2")
        await console.shows("raised 2")


async def test_a_jump_goes_to_a_time_and_forgets_what_came_after_it(path: Path) -> None:
    async with shown(path) as console:
        await console.press("J", *"50%", "enter")
        await until(lambda: console.player.state.record == 15)
        await console.shows("Stream 15")
        await console.press("J", *"-1m", "enter")
        await until(lambda: console.player.state.record == 9)
        await console.shows("Stream 9")
        await console.shows("raised 9")
        await console.press("J", *"nonsuch", "enter")
        await until(lambda: bool(console.app._notifications))  # pyright: ignore[reportPrivateUsage]
        assert console.player.state.record == 9


async def test_it_plays_at_the_speed_that_is_chosen_and_stands_still(path: Path) -> None:
    async with shown(path) as console:
        for _ in range(6):
            await console.press("right_square_bracket")
        assert console.player.state.speed == 100
        await console.press("left_square_bracket")
        assert console.player.state.speed == 25
        await console.shows("\N{MULTIPLICATION SIGN}25")
        await console.press("right_square_bracket", "space")
        await until(lambda: console.player.state.record >= 2)
        await console.press("space")
        assert console.player.state.is_paused


async def test_at_the_end_all_of_it_is_counted_and_the_key_plays_again(path: Path) -> None:
    async with shown(path) as console:
        await console.shows("space play")
        console.player.set_speed(100.0)
        await console.press("space")
        await console.shows("space pause")
        await until(lambda: console.player.state.is_paused)
        assert console.player.state.record == 30
        await console.shows("raised 30")
        await console.shows("space play")
        before = console.player.monotonic()
        await console.press("comma")
        await console.shows("raised 29")
        await console.press("full_stop")
        await console.shows("raised 30")
        assert console.player.monotonic() - before <= 10.0, "a step takes the time of what it passes, no more"


async def test_nothing_can_be_changed_or_recorded(path: Path) -> None:
    async with shown(path) as console:
        await console.press("s", "r", "u")
        assert console.app.screen is console.app.get_default_screen()
        await console.press("ctrl+r")
        await until(lambda: bool(console.app._notifications))  # pyright: ignore[reportPrivateUsage]


async def test_damage_is_told_with_line_and_reason(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    async with shown(path) as console:
        await console.shows("Shown up to line")
        await console.shows("cut off")
        assert "damaged" in console.status
