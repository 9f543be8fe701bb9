"""A console of a viewer that ends while it opens."""

import logging
from collections.abc import Callable

import anyio
import pytest
from anyio.lowlevel import checkpoint

from tests.functional.doors.remote_console import RemoteConsole, viewers
from tests.limits import HANG

TURNS = (1, 2, 3, 5, 8, 12, 17, 24, 40)
"""Turns of the event loop from the begin of a console to its end; it has opened within the last ones."""


def _end(console: RemoteConsole) -> None:
    assert console.session is not None
    console.session.end()


def _hang_up(console: RemoteConsole) -> None:
    console.terminal.hang_up()


def _cancel(console: RemoteConsole) -> None:
    console.scope.cancel()


def _end_and_cancel(console: RemoteConsole) -> None:
    _end(console)
    _cancel(console)


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param(_end, id="its session ends"),
        pytest.param(_hang_up, id="its terminal hangs up"),
        pytest.param(_cancel, id="it is cancelled"),
        pytest.param(_end_and_cancel, id="its session ends and it is cancelled"),
    ],
)
async def test_a_console_that_ends_while_it_opens_ends_without_an_error(
    leave: Callable[[RemoteConsole], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with viewers() as all_of_them:
        for turns in TURNS:
            console = all_of_them.begin("operator")
            for _ in range(turns):
                await checkpoint()
            leave(console)
            with anyio.fail_after(HANG):
                await console.over.wait()
            app = console.running
            # Nothing is left of one that ended in order.
            assert app is None or not vars(app) or not (app.is_running or app.has_crashed), turns
        assert len(all_of_them.sessions) == 0
    assert caplog.messages == []


@pytest.mark.parametrize("leave", [_end, _hang_up, _cancel])
async def test_a_console_that_ends_while_it_waits_for_its_turn_ends_at_once(
    leave: Callable[[RemoteConsole], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with viewers() as all_of_them:
        end_turn = await all_of_them.opening.take()
        console = all_of_them.begin("operator")
        while console.app is None or console.session is None:
            await checkpoint()
        leave(console)
        with anyio.fail_after(HANG):
            await console.over.wait()
        assert len(all_of_them.sessions) == 0
        end_turn()
        await (await all_of_them.open()).shows("LIVE")
    assert caplog.messages == []
