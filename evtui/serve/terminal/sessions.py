"""The sessions of all doors: who is there, for how long, and how many may be."""

import logging
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final

import anyio

from evtui.core.clocks import Clocks
from evtui.core.line_limit import LineLimit
from evtui.core.viewers.session_state import SessionState
from evtui.serve.terminal.viewer import SessionRefusedError, Viewer
from evtui.serve.terminal.viewer_settings import ViewersConfig

LOOK_SECONDS: Final = 1.0
"""Seconds between two looks for sessions in which nothing was typed for too long."""

PATIENCE: Final = 1.0
"""Seconds for which the end of all sessions is waited for."""

CAUSES: Final = (
    "sessions", "per_address", "connections", "connections_per_address", "login_timeout", "no_key", "unknown_key",
    "no_terminal", "command", "subsystem", "forwarding", "keepalive", "environment", "channels", "token",
    "message",
)  # fmt: skip
"""Why something is refused: too many, not logged in, not allowed, a client that does not answer any more or sends too
much, a page with a wrong token or with messages that no page sends."""

_log = logging.getLogger(__name__)


class Session:
    """A console of a viewer at a door, or a command that one runs there."""

    def __init__(self, number: int, viewer: Viewer, what: str, clocks: Clocks) -> None:
        self.number = number
        self.viewer = viewer
        self.what = what
        self.ending = anyio.Event()
        """Set when the session has to end; the task that runs it waits for that."""
        self.why_ended = ""
        """What its viewer is told then; empty when there is nothing to tell."""
        self._clocks = clocks
        self._began = clocks.wall()
        self._typed_at = clocks.monotonic()

    def typed(self) -> None:
        """Take note that something was typed."""
        self._typed_at = self._clocks.monotonic()

    @property
    def idle(self) -> float:
        """Return the seconds since something was typed."""
        return self._clocks.monotonic() - self._typed_at

    def end(self, why: str = "") -> None:
        """Ask the task that runs the session to end it; only the first reason counts."""
        if not self.ending.is_set():
            self.why_ended = why
            self.ending.set()

    def state(self) -> SessionState:
        """Describe it."""
        who = self.viewer
        return SessionState(
            self.number, who.name, who.role, who.door, who.address, self.what, self._began, max(0.0, self.idle)
        )  # fmt: skip


class Sessions:
    """All sessions of this process."""

    def __init__(self, limits: ViewersConfig, clocks: Clocks) -> None:
        self.limits = limits
        self._clocks = clocks
        self._sessions: dict[int, Session] = {}
        self._last = 0
        self._lines = LineLimit(clocks.monotonic)
        self.opened = 0
        """Sessions since the start."""
        self.refused: Counter[str] = Counter()
        """What the doors refused, by cause."""

    def __len__(self) -> int:
        return len(self._sessions)

    def count(self, door: str) -> int:
        """Return how many sessions there are at a door."""
        return sum(session.viewer.door == door for session in self._sessions.values())

    def states(self) -> tuple[SessionState, ...]:
        """List the sessions, the oldest first."""
        return tuple(session.state() for session in self._sessions.values())

    def counters(self) -> Mapping[str, int]:
        """Return what is counted: sessions now, opened, refused, and refused by cause."""
        counts = {"sessions": len(self._sessions), "opened": self.opened, "refused": self.refused.total()}
        counts |= {f"refused_{cause}": self.refused[cause] for cause in CAUSES}
        return {f"viewers:{name}": number for name, number in counts.items()}

    def refuse(self, cause: str, who: str, why: str) -> None:
        """Count and log what a door refused."""
        self.refused[cause] += 1
        if self._lines.allows(cause):
            _log.warning("refused %s: %s", who, why)

    @contextmanager
    def opened_by(self, viewer: Viewer, what: str = "console") -> Generator[Session]:
        """Open a session until the block ends.

        raises SessionRefusedError: there are too many; it is counted and logged.
        """
        self._check_room(viewer)
        self._last += 1
        self.opened += 1
        session = self._sessions[self._last] = Session(self._last, viewer, what, self._clocks)
        _log.info("session %d: %s from %s: %s", session.number, viewer.title, viewer.address, what)
        try:
            yield session
        finally:
            del self._sessions[session.number]
            _log.info("session %d: %s ended%s", session.number, viewer.title, _because(session.why_ended))

    def end(self, number: int, why: str) -> bool:
        """End a session; returns whether there is one of that number."""
        session = self._sessions.get(number)
        if session is not None:
            session.end(why)
        return session is not None

    def end_all(self, why: str) -> None:
        """End all sessions."""
        for session in self._sessions.values():
            session.end(why)

    async def all_ended(self) -> None:
        """Wait until there is no session, for a moment at most."""
        with anyio.move_on_after(PATIENCE):
            while self._sessions:  # noqa: ASYNC110 - each ends by itself
                await anyio.sleep(LOOK_SECONDS / 20)

    async def run(self) -> None:
        """End the sessions in which nothing was typed for too long; runs until cancelled."""
        while self.limits.idle:
            await self._clocks.sleep(LOOK_SECONDS)
            for session in [*self._sessions.values()]:
                if session.idle >= self.limits.idle:
                    session.end(f"nothing was typed for {self.limits.idle:g} s")

    def _check_room(self, viewer: Viewer) -> None:
        limits = self.limits
        there = sum(session.viewer.address == viewer.address for session in self._sessions.values())
        if len(self._sessions) >= limits.sessions:
            error = SessionRefusedError("sessions", f"there are {limits.sessions} sessions already")
        elif there >= limits.sessions_per_address:
            error = SessionRefusedError(
                "per_address", f"your address has {limits.sessions_per_address} sessions already"
            )
        else:
            return
        self.refuse(error.cause, f"{viewer.title} from {viewer.address}", str(error))
        raise error


def _because(why: str) -> str:
    return f": {why}" if why else ""
