"""Keys that come in one burst, as a macro or a slow connection brings them: each goes where it was meant."""

from collections.abc import Iterator
from contextlib import closing

import anyio
import pytest
from textual.events import Key, Paste
from textual.keys import _character_to_key  # pyright: ignore[reportPrivateUsage]
from textual.widgets import Input

from evtui.core.records import Raised
from evtui.core.values import Params
from evtui.ui.forms.subscribing.subscribe_dialog import SubscribeDialog
from evtui.ui.guide.help_screen import HelpScreen
from evtui.ui.stream.stream_pane import StreamPane
from tests.functional.console.console_scene import Scene, active, comes, shown
from tests.functional.processes.evtui_process import Receiver
from tests.limits import HANG

SIZES = [(80, 24), (120, 40), (200, 50)]


def burst(scene: Scene, *parts: str | Paste) -> None:
    """Type keys (`<enter>`) and texts at once, as the driver does with what it reads in one go."""
    driver = scene.app._driver  # pyright: ignore[reportPrivateUsage]
    assert driver is not None
    for part in parts:
        if isinstance(part, Paste):
            driver.send_message(part)
        elif part.startswith("<"):
            driver.send_message(Key(part.strip("<>"), None))
        else:
            for sign in part:
                driver.send_message(Key(_character_to_key(sign), sign))


@pytest.fixture(autouse=True)
def _painted_as_soon_as_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of a burst wait for what is laid out with a painting: other tests have it painted less often."""
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", 1 / 60)


def sockets(scene: Scene) -> list[str]:
    return [str(state.subscription.socket) for state in scene.engine.subscription_states()]


def raised(scene: Scene) -> list[tuple[str, Params]]:
    records, _ = scene.engine.journal.since(0)
    return [(record.event, record.params) for record in records if isinstance(record, Raised)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with closing(Receiver()) as made:
        yield made


@pytest.fixture
def subscribed(receiver: Receiver) -> Scene:
    """A console over an engine that has a subscriber of E_MINE."""
    scene = Scene()
    scene.engine.subscribe("E_MINE", receiver.socket, 3600)
    return scene


@pytest.mark.parametrize("size", SIZES)
async def test_a_socket_is_subscribed_and_the_next_keys_go_to_the_console(
    size: tuple[int, int], receiver: Receiver
) -> None:
    scene = Scene()
    async with scene.running(*size) as pilot:
        burst(scene, "s", receiver.socket, "<enter>", "?")
        await comes(scene, pilot, lambda: isinstance(scene.app.screen, HelpScreen))
        assert sockets(scene) == [receiver.socket]


async def test_the_dialog_of_the_form_takes_a_burst(receiver: Receiver) -> None:
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        burst(scene, "r", "<f2>", receiver.socket, "<enter>", "<f4>", "n=1", "<enter>")
        await comes(scene, pilot, lambda: raised(scene))
        assert (sockets(scene), raised(scene)) == ([receiver.socket], [("E_MINE", Params(("1",), ("n",)))])


async def test_a_refused_socket_keeps_the_dialog_open_with_the_text() -> None:
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        burst(scene, "s", "udp:nowhere", "<enter>")
        await comes(scene, pilot, lambda: isinstance(scene.app.screen, SubscribeDialog))
        await comes(scene, pilot, lambda: "missing" in shown(scene))
        assert scene.app.screen.query_one("#socket", Input).value == "udp:nowhere"


@pytest.mark.parametrize(("key", "closes"), [("f", "filter"), ("/", "search")])
@pytest.mark.parametrize("size", SIZES)
async def test_a_filter_and_a_search_take_the_text_behind_their_key(
    size: tuple[int, int], key: str, closes: str
) -> None:
    scene = Scene()
    async with scene.running(*size) as pilot:
        burst(scene, "1", key, "quick c1", "<enter>", "?")
        await comes(scene, pilot, lambda: isinstance(scene.app.screen, HelpScreen))
        if closes == "filter":
            assert scene.screen.state.stream.filter.typed == "quick c1"
        else:
            assert scene.screen.panes.stream.needle == "quick c1"
        assert active(scene) == "stream"


@pytest.mark.parametrize("size", SIZES)
async def test_the_palette_runs_the_command_that_was_typed_and_the_next_keys_go_to_it(size: tuple[int, int]) -> None:
    scene = Scene()
    async with scene.running(*size) as pilot:
        burst(scene, "1", ":", "filter", "<enter>", "words", "<enter>")
        await comes(scene, pilot, lambda: scene.screen.state.stream.filter)
        assert scene.screen.state.stream.filter.typed == "words"


@pytest.mark.parametrize("size", SIZES)
async def test_the_form_raises_what_was_typed_behind_its_key(size: tuple[int, int], subscribed: Scene) -> None:
    async with subscribed.running(*size) as pilot:
        burst(subscribed, "r", "<f4>", "a=b c=d", "<enter>")
        await comes(subscribed, pilot, lambda: raised(subscribed))
        assert raised(subscribed) == [("E_MINE", Params(("b", "d"), ("a", "c")))]


async def test_rows_of_the_form_take_a_burst(subscribed: Scene) -> None:
    async with subscribed.running(120, 40) as pilot:
        burst(subscribed, "r", "count", "<tab>", "<tab>", "5", "<f5>")
        await comes(subscribed, pilot, lambda: raised(subscribed))
        assert raised(subscribed) == [("E_MINE", Params(("5",), ("count",)))]


async def test_the_name_of_an_event_is_completed_in_a_burst(subscribed: Scene) -> None:
    async with subscribed.running(120, 40) as pilot:
        burst(
            subscribed,
            "r",
            "<shift+tab>",
            "<shift+tab>",
            "<end>",
            *["<backspace>"] * 6,
            "min",
            "<tab>",
            "<f4>",
            "x=y",
            "<f5>",
        )
        await comes(subscribed, pilot, lambda: raised(subscribed))
        assert raised(subscribed) == [("E_MINE", Params(("y",), ("x",)))]


async def test_help_scrolls_and_closes_in_a_burst() -> None:
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        burst(scene, "?", "jjj", "<escape>", "1", "f", "w", "<enter>")
        await comes(scene, pilot, lambda: scene.screen.state.stream.filter)
        assert scene.screen.state.stream.filter.typed == "w"


async def test_themes_are_chosen_in_a_burst() -> None:
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        burst(scene, "T", "nord", "<enter>", "1", "f", "w", "<enter>")
        await comes(scene, pilot, lambda: scene.screen.state.stream.filter)
        assert scene.app.theme == "nord"


async def test_a_text_pasted_behind_a_key_goes_into_the_line_that_it_opens() -> None:
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        burst(scene, "1", "f", Paste("pasted"), "<enter>")
        await comes(scene, pilot, lambda: scene.screen.state.stream.filter)
        assert scene.screen.state.stream.filter.typed == "pasted"


async def test_keys_that_come_before_the_first_paint_are_kept() -> None:
    scene = Scene()
    async with scene.app.run_test(size=(80, 24)) as pilot:
        burst(scene, "1", "f", "early", "<enter>")
        await comes(scene, pilot, lambda: scene.screen.state.stream.filter)
        assert scene.screen.state.stream.filter.typed == "early"


async def test_a_server_that_does_not_answer_holds_no_key_for_long(receiver: Receiver) -> None:
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        scene.hold_changes()
        burst(scene, "s", receiver.socket, "<enter>", "<escape>", "1", "f", "w", "<enter>")
        await comes(scene, pilot, lambda: scene.screen.state.stream.filter)
        assert scene.app.screen is scene.screen
        assert sockets(scene) == []


async def test_keys_behind_the_one_that_leaves_have_no_effect() -> None:
    scene = Scene()
    async with scene.running(80, 24):
        burst(scene, "q", *["fsr?"] * 300)
        with anyio.fail_after(HANG):
            while scene.app.is_running:  # noqa: ASYNC110 - Textual has no event for it
                await anyio.sleep(0.01)
    assert scene.app.return_value == 0


async def test_a_pane_that_is_slow_keeps_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the `q` of the text would leave the console."""

    async def wait(_pane: StreamPane, event: Key) -> None:
        if event.key == "f":
            await anyio.sleep(2.5)

    monkeypatch.setattr(StreamPane, "on_key", wait, raising=False)
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        burst(scene, "1", "f", "quick", "<enter>", "?")
        await comes(scene, pilot, lambda: isinstance(scene.app.screen, HelpScreen))
        assert scene.screen.state.stream.filter.typed == "quick"


async def test_a_layout_takes_no_focus_from_the_line_that_is_typed_into() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        burst(scene, "1", "f")
        await comes(scene, pilot, lambda: isinstance(scene.app.focused, Input))
        grid = scene.screen._pane_grid  # pyright: ignore[reportPrivateUsage]
        grid.keep_focus(scene.screen.active, scene.screen.focused)
        await pilot.pause()
        assert isinstance(scene.app.focused, Input)
