"""The consoles of pages: each runs on for some seconds when its page is gone, so that it can be found again."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

import anyio
from anyio import TASK_STATUS_IGNORED
from anyio.abc import TaskGroup, TaskStatus

from evtui.serve.terminal.remote_terminal import RemoteTerminal, TerminalSize
from evtui.serve.terminal.sessions import Session, Sessions
from evtui.serve.terminal.viewer import Viewer
from evtui.serve.web.browser_end import BrowserEnd

RunConsole: TypeAlias = Callable[[Session, RemoteTerminal, Mapping[str, str]], Awaitable[object]]
"""Runs the console of a session in a terminal, with what is known of that, until it ends."""

ENVIRONMENT: Final = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
"""What the terminal of a page is, as other terminals say it."""


class KeptConsole:
    """A console, and the page that shows it now."""

    def __init__(self, viewer: Viewer, size: TerminalSize) -> None:
        self.viewer = viewer
        self.terminal = RemoteTerminal(size)
        self.resume: Final = secrets.token_urlsafe(24)
        """The secret with which its page finds it again."""
        self.session: Session | None = None
        self.over: Final = anyio.Event()
        self.why_over = ""
        self._end: BrowserEnd | None = None
        self._replaced = anyio.Event()
        self.losses = 0
        """How often a page was attached or lost: which waiting for a page is the last one."""

    def attach(self, end: BrowserEnd, size: TerminalSize) -> anyio.Event:
        """Show it in a page, in the place of one before; returns what is set when another page takes that place."""
        self._replaced.set()
        self._replaced = anyio.Event()
        self.terminal.detach()
        self._end = end
        self.losses += 1
        self.terminal.attach(end, size)
        return self._replaced

    def lose(self, end: BrowserEnd) -> bool:
        """Take note that a page is gone; returns whether it was the one that shows the console."""
        if self._end is not end:
            return False
        self._end = None
        self.losses += 1
        self.terminal.detach()
        return True


class KeptConsoles:
    """All consoles of the browser door."""

    def __init__(self, tasks: TaskGroup, sessions: Sessions, run: RunConsole, grace: float) -> None:
        """`grace`: seconds that a console runs on without a page. The consoles run in `tasks`."""
        self._tasks = tasks
        self._sessions = sessions
        self._run = run
        self.grace = grace
        self._kept: dict[str, KeptConsole] = {}

    async def open(self, viewer: Viewer, size: TerminalSize) -> KeptConsole:
        """Begin a console. raises SessionRefusedError."""
        kept = KeptConsole(viewer, size)
        await self._tasks.start(self._run_kept, kept)
        return kept

    def find(self, resume: str) -> KeptConsole | None:
        """Return the console of a secret; None when it is over."""
        return self._kept.get(resume)

    def lose(self, kept: KeptConsole, end: BrowserEnd) -> None:
        """Take note that the page of a console is gone: it ends when none comes back in time."""
        if kept.lose(end):
            self._tasks.start_soon(self._hang_up_late, kept, kept.losses)

    async def _run_kept(self, kept: KeptConsole, *, task_status: TaskStatus[None] = TASK_STATUS_IGNORED) -> None:
        try:
            with self._sessions.opened_by(kept.viewer) as session:
                kept.session = session
                self._kept[kept.resume] = kept
                task_status.started()
                await self._run(session, kept.terminal, ENVIRONMENT)
                kept.why_over = session.why_ended
        finally:
            self._kept.pop(kept.resume, None)
            kept.over.set()

    async def _hang_up_late(self, kept: KeptConsole, losses: int) -> None:
        with anyio.move_on_after(self.grace):
            await kept.over.wait()
        if kept.losses == losses:
            kept.terminal.hang_up()
