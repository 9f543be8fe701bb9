"""Runs the console of a viewer from its first paint until it is quit, ended, or its terminal has gone."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final
from weakref import ReferenceType, ref

import anyio

from evtui.backends.rules.rule_runner import RuleRunner
from evtui.core.clocks import Clocks
from evtui.core.ports import Backend
from evtui.serve.terminal.opening_turns import OpeningTurns
from evtui.serve.terminal.remote_terminal import RemoteTerminal
from evtui.serve.terminal.sessions import Session
from evtui.serve.terminal.viewer_app import ViewerApp

PATIENCE: Final = 5.0
"""Seconds in which a console has to end that was asked to; then it is stopped."""

LEAVING: Final = 2.0
"""Seconds in which a console has to end whose task is cancelled; then it is cancelled itself."""

_log = logging.getLogger(__name__)


async def run_console(
    session: Session, terminal: RemoteTerminal, backend: Backend, make: Callable[[Backend], ViewerApp], clocks: Clocks,
    opening: OpeningTurns,
) -> int:  # fmt: skip
    """Run a console; returns its exit status. What its viewer has to know is written to the terminal at the end.

    Nothing that goes wrong in it goes any further: it is logged.
    """
    try:
        app = make(backend)
        rules = RuleRunner(backend, app.rules.alerts.rules, clocks, app.rules.alerts.fire)
        beside = [anyio.CancelScope() for _ in range(3)]
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_within, beside[0], partial(_end_when_asked, session, ref(app), tasks.cancel_scope))
            tasks.start_soon(_within, beside[1], partial(_end_with, terminal, session))
            tasks.start_soon(_within, beside[2], rules.run)
            app.begun = await opening.take()
            try:
                await _run_to_its_end(app, terminal)
            finally:
                app.begun()
            for scope in beside:
                scope.cancel()
        status, words = app.return_code or 0, session.why_ended or app.last_words
        if not app.is_running:
            app.take_apart()
    except Exception:  # noqa: BLE001 - no viewer may end the server
        _log.exception("session %d: the console of %s failed", session.number, session.viewer.title)
        status, words = 1, "the console failed; the log of the server says why"
    finally:
        terminal.near = None
    if words:
        terminal.write(f"evtui: {words}\r\n".encode())
    return status


async def _run_to_its_end(app: ViewerApp, terminal: RemoteTerminal) -> None:
    """Run a console; when this is cancelled, it is quit, and its end is waited for.

    It has a task of its own, as Textual knows them: anyio tells a task again and again that it is cancelled, and would
    cancel the end of the console too, of which each part that still opens would fail.
    """
    running = asyncio.create_task(app.run_async(size=(terminal.size.columns, terminal.size.lines)))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        with anyio.CancelScope(shield=True):
            app.exit(0)
            await asyncio.wait({running}, timeout=LEAVING)
            if running.cancel():
                await asyncio.wait({running}, timeout=LEAVING)
        raise


async def _within(scope: anyio.CancelScope, work: Callable[[], Awaitable[None]]) -> None:
    """Do it until the scope is cancelled: of a task that ends by itself no traceback keeps the console."""
    with scope:
        await work()


async def _end_when_asked(session: Session, app: ReferenceType[ViewerApp], scope: anyio.CancelScope) -> None:
    await session.ending.wait()
    if (running := app()) is not None:
        running.exit(0)
        if not running.is_running:  # it waits for its turn to open
            scope.cancel()
            return
        del running
    await anyio.sleep(PATIENCE)
    _log.warning("session %d: the console of %s did not end: it is stopped", session.number, session.viewer.title)
    scope.cancel()


async def _end_with(terminal: RemoteTerminal, session: Session) -> None:
    await terminal.hung_up.wait()
    session.end()
