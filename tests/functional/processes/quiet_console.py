"""When a console under test has nothing left to do: states are waited for, not the processor.

Textual's pilot sleeps 20 ms at least after each key, and until the whole process has used next to no processor time
for 20 ms, which on a busy machine says little and in a console that paints comes late. It also posts a message to each
widget and waits for it. Here the pilot waits until each widget waits for a message, each screen is painted, no key
waits for another, no thread works for the console and the event loop has nothing else to run.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import pytest
from anyio.to_thread import current_default_thread_limiter
from textual._context import active_app
from textual.app import App, ScreenStackError
from textual.message_pump import MessagePump
from textual.pilot import Pilot, WaitForScreenTimeout
from textual.screen import Screen

from evtui.ui.app import EvtuiApp
from tests.limits import HANG

SHORT: Final = 0.05
"""Seconds of the longest timer that is waited for, when it fires once."""

STEP: Final = 0.001
"""Seconds between two looks at what no event of the loop tells the end of."""

PATIENCE: Final = 1.0
"""Seconds after which what may last (threads, keys that a screen holds) is not waited for any longer."""

MOST_PAINTINGS: Final = 20
"""Paintings after which a console is quiet although it asks for another: one that moves by itself never rests."""

MOST_ROUNDS: Final = 500
"""Rounds of the event loop after which it is not waited for any longer: a task of the test may run on and on."""

PAINT_SECONDS: Final = 0.25
"""Seconds between two paintings while a test waits for something else than the pilot; the pilot paints by itself."""

# Textual has no public view of what it still has to do.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false


def wait_for_quiet() -> Iterator[None]:
    """Let the pilot wait for a console that is quiet, as long as this generator is open."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pilot, "_wait_for_screen", _handled)
        patch.setattr(Pilot, "pause", _pause)
        patch.setattr("textual.app.wait_for_idle", _quiet)
        patch.setattr("textual.pilot.wait_for_idle", _quiet)
        patch.setattr("textual.screen.UPDATE_PERIOD", PAINT_SECONDS)
        yield


def is_at_rest(app: App[Any]) -> bool:
    """Say whether a console has handled all messages and painted all changes."""
    return not any(map(_is_busy, _pumps(app))) and not _is_changed(app.screen)


async def _pause(pilot: Pilot[Any], delay: float | None = None) -> None:
    """Wait until the app is quiet; with a delay until each widget has handled what it has got, and that long then.

    `pause(0)` paints nothing: it is for states that nobody looks at.
    """
    if delay is None:
        await _quiet()
        return
    await _handled(pilot)
    if delay > 0:
        await asyncio.sleep(delay)
        _paint(pilot.app, set())


async def _handled(pilot: Pilot[Any], timeout: float = HANG) -> bool:
    """Wait until each widget has handled what it has got. Return false when the app failed or has no screen."""
    app = pilot.app
    end = time.monotonic() + timeout
    while app._exception is None:
        await _loop_is_idle()
        if not any(map(_is_busy, _pumps(app))):
            return bool(app.screen_stack) if app._running else False
        if time.monotonic() > end:
            raise WaitForScreenTimeout("A widget still handles a message.")
        await asyncio.sleep(STEP)
    return False


async def _quiet(_min_sleep: float = 0, _max_sleep: float = 0) -> None:
    """Wait until the app of this task has nothing left to do. It replaces a function with these arguments."""
    app = active_app.get()
    pilot = Pilot(app)
    patient_until = time.monotonic() + PATIENCE
    below, paintings = set[Screen[Any]](), 0
    while await _handled(pilot):
        if paintings < MOST_PAINTINGS and _paint(app, below):
            paintings += 1
        elif not _lasts(app) or time.monotonic() > patient_until:
            break
        else:
            await asyncio.sleep(STEP)


async def _loop_is_idle() -> None:
    """Wait until a whole round of the event loop, in which it asked for input, found nothing to run."""
    loop: Any = asyncio.get_running_loop()
    idle = 0
    for _ in range(MOST_ROUNDS):
        await asyncio.sleep(0)
        idle = 0 if loop._ready else idle + 1
        if idle == 2:
            return


def _pumps(app: App[Any]) -> Iterator[MessagePump]:
    yield app
    yield from list(app._registry)


def _is_busy(pump: MessagePump) -> bool:
    """Say whether a widget, or the app, has messages, or handles one."""
    return pump._running and not pump._closed and not pump._message_queue.ready_event._waiters


def _paint(app: App[Any], below: set[Screen[Any]]) -> bool:
    """Paint what has changed, as the timer of a screen does 60 times a second; say whether there was something.

    `below` holds the screens behind the one in front that were painted already: after each painting they ask for
    another one.
    """
    with suppress(ScreenStackError):
        behind: list[Screen[Any]] = app._background_screens
        changed = [screen for screen in behind if screen not in below and _is_changed(screen)]
        below.update(changed)
        if _is_changed(app.screen):
            changed.append(app.screen)
        for screen in changed:
            screen._on_timer_update()
        return bool(changed)
    return False


def _is_changed(screen: Screen[Any]) -> bool:
    if screen._callbacks:
        return True
    return not screen.app._batch_count and bool(
        screen._layout_required or screen._scroll_required or screen._repaint_required
        or screen._recompose_required or screen._dirty_widgets
    )  # fmt: skip


def _lasts(app: App[Any]) -> bool:
    """Say whether something goes on that ends soon by itself: a thread, a short timer, a key behind another."""
    if current_default_thread_limiter().borrowed_tokens or any(
        worker._thread_worker and worker.is_running for worker in app.workers
    ):
        return True
    if isinstance(app, EvtuiApp) and app._key_order._is_handling:
        return True
    return any(
        timer._repeat == 0 and timer._interval <= SHORT and timer._task is not None and not timer._task.done()
        for pump in _pumps(app)
        for timer in pump._timers
    )
