"""The pilot goes on when the console has done all that a key led to, and not before."""

import asyncio
import threading
from typing import ClassVar

import anyio.to_thread
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Label

from tests.fakes.painted_screen import text_of
from tests.limits import HANG


class SlowApp(App[None]):
    """What a key does here ends in a moment: by a sleep, a thread, a timer, after a painting."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("s", "sleep", ""), ("t", "timer", ""), ("p", "painted", ""), ("w", "work", ""),
    ]  # fmt: skip
    done = ""

    def compose(self) -> ComposeResult:
        yield Label("none", id="label")

    async def action_sleep(self) -> None:
        await asyncio.sleep(0.1)
        self.done = "slept"

    def action_timer(self) -> None:
        self.set_timer(0.05, self._note)

    def _note(self) -> None:
        self.done = "timer"

    def action_painted(self) -> None:
        self.query_one(Label).update("painted")
        self.call_after_refresh(lambda: self.call_later(self._take, "refreshed"))

    def action_work(self) -> None:
        self.run_worker(self._work())

    async def _work(self) -> None:
        self._take(await anyio.to_thread.run_sync(self._in_thread))

    def _in_thread(self) -> str:
        threading.Event().wait(0.1)
        return "worked"

    def _take(self, text: str) -> None:
        self.done = text


class Restless(ModalScreen[None]):
    """A dialog over a screen that is painted anew again and again."""

    def compose(self) -> ComposeResult:
        yield Label("dialog")

    def on_mount(self) -> None:
        self.set_interval(0.001, self.refresh)


async def test_after_a_key_all_is_done_that_ends_soon_by_itself() -> None:
    app = SlowApp()
    async with app.run_test(size=(40, 10)) as pilot:
        for key, done in (("s", "slept"), ("t", "timer"), ("p", "refreshed"), ("w", "worked")):
            await pilot.press(key)
            assert app.done == done
        assert "painted" in text_of(app.screen)


async def test_a_thread_of_the_library_is_waited_for() -> None:
    app = SlowApp()
    async with app.run_test(size=(40, 10)) as pilot:
        worker = app.run_worker(app._in_thread, thread=True)  # pyright: ignore[reportPrivateUsage]
        await pilot.pause()
        assert worker.result == "worked"


async def test_a_console_that_never_rests_is_not_waited_for_without_end() -> None:
    app = SlowApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.push_screen(Restless())
        with anyio.fail_after(HANG):
            for _ in range(3):
                await pilot.pause()


def _fail() -> None:
    raise KeyError("missing")


async def test_a_failure_of_the_app_ends_the_wait() -> None:
    app = SlowApp()
    try:
        async with app.run_test(size=(40, 10)) as pilot:
            app.call_later(_fail)
            await pilot.pause()
            await pilot.press("s")
    except KeyError:
        return
    raise AssertionError("the failure is told")
