"""What the console reads from its backend: new records at any time, and its states about once a second.

Records are pulled from a watch and cost no waiting. Opening the watch and asking for states does: both run as workers,
and their answers reach the screen as messages.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeAlias

from textual.message import Message

from evtui.core.errors import EvtuiError
from evtui.core.ports import Backend, Clock, JournalUse, Status, Watch
from evtui.core.records import Record
from evtui.ui.messages import BackendAnswered, BackendFailed, StatesPolled, WatchOpened
from evtui.ui.state.console_state import Unread

POLL_SECONDS = 1.0
"""Between two polls of the states."""

STEP_RECORDS = 2_500
"""Records that are read at once: some milliseconds. While more waits, the next step follows soon."""

_SHORTEST_PAUSE = 0.02
_PAUSE_OF_STEP = 3
"""Seconds between two steps, and as a multiple of what a step took: to read takes a quarter of the time at most."""

_SOONEST_SECONDS = 0.1
"""Between two polls when a record says that the states changed."""

_SLOW_ANSWER = 20
"""The next poll waits so many times as long as the last answer took: asking takes at most 5 % of the time."""

PING_SECONDS = 1.0
"""Seconds after an answer in which a server is asked for the least that it can answer, while no poll is due."""

_LONGEST_PAUSE = 10.0
"""Seconds. An answer that took long because the server was stopped must not keep old states on the screen."""

TakeRecords: TypeAlias = Callable[[Sequence[Record], float, Unread, JournalUse], object]
"""Takes records, oldest first, that were read at a monotonic second, what was not read so far, the journal's use."""

Later: TypeAlias = Callable[[float, Callable[[], None]], object]
"""Calls something after some seconds."""

RunWorker: TypeAlias = Callable[[Callable[[], Awaitable[Message]], str], object]
"""Runs some work in a group of workers and posts the message that it ends with."""


class PollSchedule:
    """When to poll: every second, sooner when the states are known to have changed, later when answers are slow.

    No poll is due while another is under way. Times are monotonic seconds.
    """

    def __init__(self) -> None:
        self.asked_at: float | None = None
        """When the question was asked that has no answer yet; None when there is none."""
        self._is_hurried = False
        self._next_at = 0.0
        self._ping_at = 0.0

    def is_due(self, now: float, *, stale: bool) -> bool:
        """Say whether to poll; `stale` says that a record told of a change since the last poll."""
        soonest = self._next_at - POLL_SECONDS + _SOONEST_SECONDS
        return self.asked_at is None and (now >= self._next_at or (stale and now >= soonest))

    def is_ping_due(self, now: float) -> bool:
        """Say whether to find out only that the backend answers: the next poll is far, as after a slow answer."""
        return self.asked_at is None and now >= self._ping_at

    def begin(self, now: float) -> None:
        """Take note that a poll or a ping is under way, and what it asked for first was just asked."""
        self.asked_at = now

    def end_ping(self, now: float) -> None:
        """Take note that a ping was answered."""
        self.asked_at = None
        self._ping_at = now + PING_SECONDS

    def end(self, now: float, took: float = 0.0) -> None:
        """Take note that a poll was answered, or failed, after `took` seconds."""
        self.end_ping(now)
        pause = 0.0 if self._is_hurried else min(_LONGEST_PAUSE, max(POLL_SECONDS, _SLOW_ANSWER * took))
        self._is_hurried = False
        self._next_at = now + pause

    def hurry(self) -> None:
        """Poll again at once, also when a poll is under way: what answers is another."""
        self._is_hurried = self.asked_at is not None
        self._next_at = 0.0


class BackendReader:
    """Reads a backend for a screen, which `run` starts workers on."""

    def __init__(self, backend: Backend, monotonic: Clock, run: RunWorker) -> None:
        self.schedule = PollSchedule()
        self.watch: Watch | None = None
        """The records, once the screen has got the message that the watch is open."""
        self._backend = backend
        self._monotonic = monotonic
        self._run = run
        self._waiting: Sequence[Record] = ()
        """Records that were read, but not returned yet: never more than the journal holds."""
        self._dropped = 0
        """Records that the journal had evicted before they were returned."""

    def read(self, limit: int) -> tuple[Sequence[Record], Unread, JournalUse]:
        """Return the records that are new, oldest first, what was not read so far, and what the journal holds.

        Of more than `limit` records the rest is returned by the next calls.
        """
        if self.watch is None:
            return (), Unread(), JournalUse()
        records: Sequence[Record] = (*self._waiting, *self.watch.read()) if self._waiting else self.watch.read()
        use = self.watch.journal
        if (evicted := len(records) - use.kept) > 0:
            self._dropped += evicted
            records = records[evicted:]
        records, self._waiting = records[:limit], records[limit:]
        skipped = self.watch.skipped
        kept = max(0, use.kept - len(self._waiting))
        unread = Unread(self.watch.lost - skipped, skipped + self._dropped)
        return records, unread, JournalUse(kept, use.evicted)

    def start_over(self) -> None:
        """Drop what was read and not returned yet."""
        self._waiting, self._dropped = (), 0

    def begin(self, watch: Watch) -> None:
        """Read records from a watch; a server that is watched may answer otherwise than before."""
        self.watch = watch
        self.schedule.hurry()

    def open_watch(self) -> None:
        """Begin to watch the records; ends in `WatchOpened` or `BackendFailed`."""
        self._run(partial(_open_watch, self._backend), "watch")

    def poll(self) -> None:
        """Ask for the states; ends in `StatesPolled` or `BackendFailed`."""
        self.schedule.begin(self._monotonic())
        self._run(partial(_poll_states, self._backend, self._monotonic, self.schedule), "poll")

    def ping(self) -> None:
        """Find out whether the backend answers; ends in `BackendAnswered` or `BackendFailed`."""
        self.schedule.begin(self._monotonic())
        self._run(partial(_ping, self._backend, self.schedule), "poll")

    async def aclose(self) -> None:
        """Stop watching."""
        if self.watch is not None:
            with suppress(EvtuiError):
                await self.watch.aclose()


class BurstReading:
    """Reads what is new in short steps, and goes on between two looks while more waits.

    A step must not keep keys and other clients waiting, and what it leaves must be read before the journal evicts it.
    """

    def __init__(
        self, reader: BackendReader, monotonic: Clock, *, take: TakeRecords,
        came: Callable[[Sequence[Record]], object], later: Later, show: Callable[[], None],
        shows_seldom: Callable[[], bool],
    ) -> None:  # fmt: skip
        """`take` gets what a step read, and `came` the records if there were any.

        Where looks are seldom, `show` is called behind the last of some steps between two of them.
        """
        self._reader, self._monotonic = reader, monotonic
        self._take, self._came, self._later, self._show = take, came, later, show
        self._shows_seldom = shows_seldom
        self._goes_on = False
        self._taken = 0

    def look(self) -> int:
        """Read one step; returns how many records were read since the last look."""
        self._read()
        taken, self._taken = self._taken, 0
        return taken

    def _read(self) -> None:
        began = self._monotonic()
        records, unread, use = self._reader.read(STEP_RECORDS)
        self._take(records, began, unread, use)
        if records:
            self._came(records)
        self._taken += len(records)
        if len(records) == STEP_RECORDS and not self._goes_on:
            self._goes_on = True
            pause = max(_SHORTEST_PAUSE, _PAUSE_OF_STEP * (self._monotonic() - began))
            self._later(pause, self._read_on)

    def _read_on(self) -> None:
        self._goes_on = False
        self._read()
        if not self._goes_on and self._shows_seldom():
            self._show()


async def _open_watch(backend: Backend) -> WatchOpened | BackendFailed:
    try:
        return WatchOpened(await backend.watch())
    except EvtuiError as error:
        return BackendFailed(str(error), watching=True)


async def _ping(backend: Backend, schedule: PollSchedule) -> BackendAnswered | BackendFailed:
    try:
        status = await backend.status()
    except EvtuiError as error:
        return BackendFailed(str(error))
    if _waits_for_one(status):
        schedule.hurry()
    return BackendAnswered(status) if status.connected else BackendFailed(status.detail or "no connection")


async def _poll_states(backend: Backend, monotonic: Clock, schedule: PollSchedule) -> StatesPolled | BackendFailed:
    start = monotonic()
    try:
        status = await backend.status()
        schedule.begin(monotonic())
        catalogue = await backend.events()
        schedule.begin(monotonic())
        subscriptions = await backend.subscriptions()
    except EvtuiError as error:
        return BackendFailed(str(error))
    took = 0.0 if _waits_for_one(status) else monotonic() - start
    return StatesPolled(status, catalogue, subscriptions, took)


def _waits_for_one(status: Status) -> bool:
    """Say whether a server of a fleet does not answer: the poll waited for it, the others are asked as before."""
    return any(server.light != "live" for server in status.servers)
