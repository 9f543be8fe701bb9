"""What a script may do to the world but its events: satisfies `script.host.Host`."""

import logging
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from anyio.abc import TaskGroup

from evtui.core.errors import BackendError
from evtui.script.runtime.message_scope import Scope
from evtui.script.syntax.expressions import Place
from evtui.script.syntax.tree import Route
from evtui.scripting.greenlets import CannotWaitError, GreenletRunner
from evtui.scripting.script_statistics import ScriptStatistics
from evtui.sip.reply import can_reply
from evtui.sip.sip_message import SipMessage

MOST_BESIDE = 1000
"""Pieces of work that scripts may have under way beside their routes."""

SendReply = Callable[[int, str, Scope], bool]
"""Send a reply to the scope's message; returns whether it could be sent."""

_log = logging.getLogger(__name__)


class TooBusyError(BackendError):
    """A script asked for more work beside itself than there may be."""

    def __init__(self) -> None:
        super().__init__(f"{MOST_BESIDE} pieces of work are under way beside the script already")


class ScriptHost:
    """The world as a script reaches it."""

    def __init__(
        self,
        runs: GreenletRunner,
        tasks: TaskGroup,
        statistics: ScriptStatistics,
        log: Callable[[int, str, Place, Route | None], None],
    ) -> None:
        """`log` takes what xlog and the interpreter say; work beside the script runs in `tasks`."""
        self._runs = runs
        self._tasks = tasks
        self._statistics = statistics
        self._take_log = log
        self._answers: dict[int, SendReply] = {}
        self._beside = 0
        self._complained = False

    def now(self) -> float:
        """Tell the wall time."""
        return time.time()

    def log(self, level: int, text: str, place: Place, route: Route | None) -> None:
        """Take a line of the script's log."""
        self._take_log(level, text, place, route)

    def statistic(self, name: str) -> int | None:
        """Tell the value of a statistic."""
        return self._statistics.value(name)

    def reply(self, code: int, reason: str, scope: Scope) -> int:
        """Send a reply to the scope's message: 1, or -1 when there is nobody to reply to."""
        answer = self._answers.get(id(scope.message))
        message = scope.message
        if answer is None or not isinstance(message, SipMessage) or not can_reply(message, code):
            return -1
        return 1 if answer(code, reason, scope) else -1

    def pause(self, seconds: float = 0.0) -> None:
        """Let others run. Where nobody can, a sleep is left out.

        raises RunEndedError: the run is to end.
        """
        try:
            self._runs.pause(seconds)
        except CannotWaitError as error:
            if not self._complained:
                self._complained = True
                _log.warning("a script's sleep is left out: %s", error)

    def spawn(self, work: Callable[[], object]) -> None:
        """Run a piece of work beside the script. raises TooBusyError."""
        if self._beside >= MOST_BESIDE:
            raise TooBusyError
        self._beside += 1
        self._tasks.start_soon(self._run_beside, work)

    @contextmanager
    def answering(self, message: SipMessage, answer: SendReply) -> Generator[None]:
        """Send replies to this message, the very object, by `answer` until the block ends."""
        self._answers[id(message)] = answer
        try:
            yield
        finally:
            del self._answers[id(message)]

    async def _run_beside(self, work: Callable[[], object]) -> None:
        try:
            await self._runs.run(work)
        finally:
            self._beside -= 1
