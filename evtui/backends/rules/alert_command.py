"""Runs the command that the configuration names when a watch rule fires.

No shell reads it: the configuration lists the program and its arguments. What happened is on its standard input, as one
line of JSON, and in its environment. It has a bounded time, and a bounded number of them run at once.
"""

import logging
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from subprocess import DEVNULL, PIPE
from typing import Final

import anyio
from anyio.abc import Process, TaskGroup
from msgspec import Struct

from evtui.codecs.jsonvalue import Members, dump_bytes
from evtui.core.records import event_of
from evtui.filters.rules.fired_text import fired_members
from evtui.filters.rules.rule_set import Fired

MOST_CHARACTERS: Final = 4096
"""Of a value in the environment; its standard input has the whole."""

_log = logging.getLogger(__name__)


class CommandRules(Struct, frozen=True):
    """The command and its bounds."""

    words: Sequence[str]
    """The program and its arguments."""
    timeout: float
    """Seconds that it may take; then it is killed, with all that it began."""
    parallel: int
    """How many run at once; a rule that fires meanwhile starts none."""


class AlertCommand:
    """Starts the command, and counts how that went."""

    def __init__(self, rules: CommandRules, environ: Mapping[str, str], tasks: TaskGroup) -> None:
        """`environ` is the environment of this process; the commands run in `tasks`."""
        self._rules = rules
        self._environ = environ
        self._tasks = tasks
        self._running = 0
        self.started = 0
        self.failed = 0
        """Commands that could not be started, had an exit status other than 0, or were killed."""
        self.skipped = 0
        """Commands that were not started because enough of them ran."""

    def start(self, fired: Fired) -> None:
        """Start the command for a rule that fired, unless enough of them run."""
        if self._running >= self._rules.parallel:
            self.skipped += 1
            _log.warning(
                "rule %s: its command is not started, %d of them run: %d so far", fired.name, self._running,
                self.skipped,
            )  # fmt: skip
            return
        self._running += 1
        self.started += 1
        self._tasks.start_soon(self._run, fired)

    async def _run(self, fired: Fired) -> None:
        try:
            why = await self._outcome(fired)
        except OSError as error:
            why = error.strerror or str(error)
        finally:
            self._running -= 1
        if why:
            self.failed += 1
            _log.warning("rule %s: its command %s: %d so far", fired.name, why, self.failed)

    async def _outcome(self, fired: Fired) -> str:
        """Run the command; returns why it failed, empty when it did not."""
        words, timeout = list(self._rules.words), self._rules.timeout
        process = await anyio.open_process(
            words, stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL, env={**self._environ, **alert_environ(fired)},
            start_new_session=True,
        )  # fmt: skip
        try:
            with anyio.move_on_after(timeout) as limit:
                await _hand_over(process, dump_bytes(Members(fired_members(fired))) + b"\n")
                await process.wait()
        finally:
            await _end(process)
        if limit.cancelled_caught:
            return f"was killed after {timeout:g} s"
        return f"ended with exit status {process.returncode}" if process.returncode else ""


def alert_environ(fired: Fired) -> dict[str, str]:
    """Return what the command finds in its environment."""
    record = fired.record
    values = {
        "EVTUI_RULE": fired.name,
        "EVTUI_CONDITION": fired.text,
        "EVTUI_TIMES": str(fired.times),
        "EVTUI_EVENT": "" if record is None else event_of(record),
        "EVTUI_SUBSCRIBER": "" if fired.socket is None else str(fired.socket),
    }
    # An environment cannot have the character NUL.
    return {name: _environ_text(value) for name, value in values.items()}


def _environ_text(value: str) -> str:
    raw = value.replace("\0", "")[:MOST_CHARACTERS].encode("utf-8", "surrogateescape")
    return os.fsdecode(raw)


async def _hand_over(process: Process, line: bytes) -> None:
    """Write to the command, which may not read it."""
    assert process.stdin is not None
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
        await process.stdin.send(line)
        await process.stdin.aclose()


async def _end(process: Process) -> None:
    """Kill the command with all that it began, if it still runs, and take its end."""
    with anyio.CancelScope(shield=True):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.aclose()
