"""What a script may do outside of itself, except with events: satisfies `Host` of `script.runtime.host_ports`."""

import logging
import os
import random
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, TypeAlias

from anyio.abc import TaskGroup

from evtui.core.errors import BackendError
from evtui.core.ports import Clock
from evtui.script.runtime.message_scope import Scope
from evtui.script.syntax.expressions import Place
from evtui.script.syntax.tree import Route
from evtui.scripting.greenlet_runner import CannotWaitError, GreenletRunner
from evtui.scripting.script_statistics import ScriptStatistics
from evtui.scripting.sip.reply import can_reply
from evtui.scripting.sip.sip_message import SipMessage

MAX_SPAWNED: Final = 1000
"""Functions that scripts may have running concurrently with their routes."""

SendReply: TypeAlias = Callable[[int, str, Scope], bool]
"""Send a reply with a status code and a reason to the scope's message; returns whether it could be sent."""

_log = logging.getLogger(__name__)
_DICE: Final = random.SystemRandom()


class TooBusyError(BackendError):
    """A script has too many functions running concurrently."""

    def __init__(self) -> None:
        super().__init__(f"the script has {MAX_SPAWNED} concurrent functions running, no more are started")


class ScriptHost:
    """Satisfies the port `Host` for one engine."""

    def __init__(
        self,
        greenlets: GreenletRunner,
        tasks: TaskGroup,
        statistics: ScriptStatistics,
        log: Callable[[int, str, Place, Route | None], None],
        wall: Clock,
    ) -> None:
        """`log` gets the lines of xlog and of the interpreter. Spawned functions run in `tasks`."""
        self._greenlets = greenlets
        self._tasks = tasks
        tasks.start_soon(greenlets.turns.give)
        self._statistics = statistics
        self._log = log
        self._wall = wall
        self._senders: dict[int, SendReply] = {}
        self._spawned = 0
        self._warned = False

    def now(self) -> float:
        """Return the wall time: seconds since 1970."""
        return self._wall()

    def log(self, level: int, text: str, place: Place, route: Route | None) -> None:
        """Take a line of the script's log."""
        self._log(level, text, place, route)

    def statistic(self, name: str) -> int | None:
        """Return the value of a statistic; None when there is none of that name."""
        return self._statistics.value(name)

    def random(self) -> float:
        """Return a random number from 0 up to 1."""
        return _DICE.random()

    def environment(self, name: str) -> str | None:
        """Return a variable of the process's environment; None when there is none."""
        return os.environ.get(name)

    def reply(self, code: int, reason: str, scope: Scope) -> int:
        """Send a reply to the scope's message: return 1, or -1 when it cannot be sent."""
        send = self._senders.get(id(scope.message))
        message = scope.message
        if send is None or not isinstance(message, SipMessage) or not can_reply(message, code):
            return -1
        self._greenlets.flush()
        return 1 if send(code, reason, scope) else -1

    def pause(self, seconds: float = 0.0) -> None:
        """Let other runs go on. A sleep is left out where the run cannot wait: a warning says so once.

        raises RunEndedError: the run must end.
        """
        try:
            self._greenlets.pause(seconds)
        except CannotWaitError as error:
            if not self._warned:
                self._warned = True
                _log.warning("a script's sleep is left out: %s", error)

    def spawn(self, work: Callable[[], object]) -> None:
        """Run a function concurrently with the script. raises TooBusyError."""
        if self._spawned >= MAX_SPAWNED:
            raise TooBusyError
        self._spawned += 1
        self._tasks.start_soon(self._run_spawned, work)

    @contextmanager
    def replying(self, message: SipMessage, send: SendReply) -> Generator[None]:
        """Send replies to this very message object with `send` until the block ends."""
        self._senders[id(message)] = send
        try:
            yield
        finally:
            del self._senders[id(message)]

    async def _run_spawned(self, work: Callable[[], object]) -> None:
        try:
            await self._greenlets.run(work)
        finally:
            self._spawned -= 1
