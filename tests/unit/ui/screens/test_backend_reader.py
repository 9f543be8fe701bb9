"""When the backend is polled, and what its answers become."""

from collections.abc import Awaitable, Callable, Sequence

import pytest
from msgspec.structs import replace
from textual.message import Message

from evtui.backends.embedded import EmbeddedBackend
from evtui.core.errors import BackendError
from evtui.core.fleet_port import Light, ServerState
from evtui.core.ports import JournalUse, Status, Watch
from evtui.core.records import Raised, Record
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.ui.messages import BackendAnswered, BackendFailed, StatesPolled, WatchOpened
from evtui.ui.screens.backend_reader import STEP_RECORDS, BackendReader, BurstReading, PollSchedule
from evtui.ui.state.console_state import ConsoleState, Unread
from tests.fakes.engine_fakes import FakeClock, fake_engine


def test_a_poll_is_due_at_once_and_then_every_second() -> None:
    schedule, due = PollSchedule(), list[bool]()
    due.append(schedule.is_due(0.0, stale=False))
    schedule.begin(0.0)
    due.append(schedule.is_due(5.0, stale=True))
    schedule.end(5.0)
    due += [schedule.is_due(now, stale=False) for now in (5.9, 6.0)]
    assert due == [True, False, False, True]


def test_a_change_brings_the_next_poll_forward_but_not_at_once() -> None:
    schedule = PollSchedule()
    schedule.begin(0.0)
    schedule.end(5.0)
    assert [schedule.is_due(now, stale=True) for now in (5.05, 5.15)] == [False, True]


def test_a_slow_answer_delays_the_next_poll() -> None:
    schedule = PollSchedule()
    schedule.begin(0.0)
    schedule.end(5.0, took=0.5)
    assert [schedule.is_due(now, stale=False) for now in (6.0, 14.9, 15.0)] == [False, False, True]


def test_an_answer_that_took_very_long_does_not_keep_old_states_for_minutes() -> None:
    """As when the server was stopped for a while."""
    schedule = PollSchedule()
    schedule.begin(0.0)
    schedule.end(5.0, took=9.0)
    assert [schedule.is_due(now, stale=False) for now in (14.9, 15.0)] == [False, True]


def test_after_a_slow_answer_the_backend_is_pinged_every_second() -> None:
    schedule = PollSchedule()
    schedule.begin(4.5)
    schedule.end(5.0, took=0.5)
    due = [(schedule.is_due(now, stale=False), schedule.is_ping_due(now)) for now in (5.9, 6.0)]
    schedule.begin(6.0)
    due.append((False, schedule.is_ping_due(9.0)))
    schedule.end_ping(9.0)
    due += [(schedule.is_due(now, stale=False), schedule.is_ping_due(now)) for now in (9.5, 10.0, 15.0)]
    assert due == [(False, False), (False, True), (False, False), (False, False), (False, True), (True, True)]


class Worker:
    """Keeps the work it is given, to be run by the test."""

    def __init__(self) -> None:
        self.work: list[tuple[str, Callable[[], Awaitable[Message]]]] = []

    def run(self, work: Callable[[], Awaitable[Message]], group: str) -> None:
        self.work.append((group, work))

    async def answer(self) -> tuple[str, Message]:
        group, work = self.work.pop()
        return group, await work()


class AwayBackend(EmbeddedBackend):
    """A backend that does not answer."""

    async def status(self) -> Status:
        raise BackendError("away")

    async def watch(self, events: object = ()) -> Watch:
        raise BackendError("away")


async def test_records_are_read_once_the_watch_is_open() -> None:
    engine, worker = fake_engine("E_TEST"), Worker()
    reader = BackendReader(EmbeddedBackend(engine), FakeClock(), worker.run)
    reader.open_watch()
    assert reader.read(10) == ((), Unread(), JournalUse())
    group, message = await worker.answer()
    assert group == "watch"
    assert isinstance(message, WatchOpened)
    reader.watch = message.watch
    engine.raise_event("E_TEST")
    records, unread, use = reader.read(10)
    assert [type(record) for record in records] == [Raised]
    assert (unread, use) == (Unread(), JournalUse(kept=1))
    for _ in range(5):
        engine.raise_event("E_TEST")
    serials, kept = list[int](), list[int]()
    for _ in range(4):
        records, _, use = reader.read(2)
        serials += [record.serial for record in records if isinstance(record, Raised)]
        kept.append(use.kept)
    assert serials == [2, 3, 4, 5, 6]
    assert kept == [3, 5, 6, 6]
    await reader.aclose()


async def test_a_poll_brings_status_catalogue_and_subscriptions() -> None:
    engine, worker = fake_engine("E_TEST"), Worker()
    engine.subscribe("E_TEST", "fake:a", 60)
    reader = BackendReader(EmbeddedBackend(engine), FakeClock(), worker.run)
    reader.poll()
    assert not reader.schedule.is_due(99.0, stale=True)
    group, message = await worker.answer()
    assert group == "poll"
    assert isinstance(message, StatesPolled)
    assert message.status.source == "embedded"
    assert [state.event.name for state in message.events] == ["E_TEST"]
    assert [str(state.subscription.socket) for state in message.subscriptions] == ["fake:a"]


class FleetWithTwo(EmbeddedBackend):
    """A fleet that waits for its second server for half a second."""

    light: Light = "live"

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(fake_engine())
        self.clock = clock

    async def status(self) -> Status:
        self.clock.pass_by(0.5)
        return replace(await super().status(), servers=(ServerState("a", "", "live"), ServerState("b", "", self.light)))


async def test_a_server_of_a_fleet_that_hangs_is_told_by_a_ping_and_does_not_delay_the_next_polls() -> None:
    clock, worker = FakeClock(), Worker()
    backend = FleetWithTwo(clock)
    reader, state = BackendReader(backend, clock, worker.run), ConsoleState()
    reader.poll()
    _, polled = await worker.answer()
    assert isinstance(polled, StatesPolled)
    state.take_states(polled.status, polled.events, polled.subscriptions, clock())
    reader.schedule.end(clock(), polled.took)
    clock.pass_by(1.5)
    assert not reader.schedule.is_due(clock(), stale=False)  # it took long, and nothing is known to hang
    backend.light = "silent"
    reader.ping()
    _, answered = await worker.answer()
    assert isinstance(answered, BackendAnswered)
    reader.schedule.end_ping(clock())
    state.take_answer(answered.status)
    assert state.status is not None
    assert [server.light for server in state.status.servers] == ["live", "silent"]
    assert reader.schedule.is_due(clock(), stale=False)
    reader.poll()
    _, polled = await worker.answer()
    assert isinstance(polled, StatesPolled)
    assert polled.took == 0.0


@pytest.mark.parametrize("is_watch", [True, False])
async def test_a_backend_that_does_not_answer_is_reported(is_watch: bool) -> None:
    worker = Worker()
    reader = BackendReader(AwayBackend(fake_engine()), FakeClock(), worker.run)
    if is_watch:
        reader.open_watch()
    else:
        reader.poll()
    _, message = await worker.answer()
    assert isinstance(message, BackendFailed)
    assert (message.why, message.watching) == ("away", is_watch)


async def test_a_screen_that_is_too_slow_keeps_no_more_records_than_the_journal() -> None:
    engine, worker = fake_engine("E_A", journal=Journal(max_records=30)), Worker()
    reader = BackendReader(EmbeddedBackend(engine), FakeClock(), worker.run)
    reader.open_watch()
    _, message = await worker.answer()
    assert isinstance(message, WatchOpened)
    reader.watch = message.watch
    seen: list[int] = []
    unread = Unread()
    for _ in range(20):
        for _ in range(10):
            engine.raise_event("E_A")
        records, unread, use = reader.read(2)
        seen += [record.serial for record in records if isinstance(record, Raised)]
        assert use.kept <= 30
    while records := reader.read(10)[0]:
        seen += [record.serial for record in records if isinstance(record, Raised)]
    assert seen == sorted(set(seen))
    assert seen[-1] == 200
    assert (unread.lost, unread.skipped) == (0, 200 - len(seen))


class Looks:
    """A screen that reads in steps; time moves when a step is taken, and timers are called by hand."""

    def __init__(self, engine: Engine, *, seldom: bool = False) -> None:
        self.clock, self.taken, self.came = FakeClock(), list[int](), 0
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.shown = 0
        reader = BackendReader(EmbeddedBackend(engine), self.clock, Worker().run)
        reader.watch = engine.watch()
        self.bursts = BurstReading(
            reader, self.clock, take=self.take, came=self.count,
            later=lambda seconds, call: self.timers.append((seconds, call)), show=self.show,
            shows_seldom=lambda: seldom,
        )  # fmt: skip

    def take(self, records: Sequence[Record], now: float, unread: Unread, use: JournalUse) -> None:
        assert (now, unread) == (self.clock(), Unread())
        assert use.kept <= STEP_RECORDS * 2 + 10
        self.taken.append(len(records))
        self.clock.pass_by(len(records) / 100_000)

    def count(self, records: Sequence[Record]) -> None:
        self.came += len(records)

    def show(self) -> None:
        self.shown += 1

    def fire(self) -> float:
        seconds, call = self.timers.pop()
        call()
        return seconds


def test_a_flood_is_read_in_steps_with_pauses_between_them() -> None:
    engine = fake_engine("E_TEST")
    looks = Looks(engine)
    for _ in range(2 * STEP_RECORDS + 10):
        engine.raise_event("E_TEST")
    assert looks.bursts.look() == STEP_RECORDS
    assert looks.bursts.look() == STEP_RECORDS  # a look reads on, and the timer that waits is one
    assert len(looks.timers) == 1
    assert looks.fire() == pytest.approx(3 * STEP_RECORDS / 100_000)
    assert looks.taken == [STEP_RECORDS, STEP_RECORDS, 10]
    assert looks.timers == []
    assert looks.bursts.look() == 10
    assert looks.came == 2 * STEP_RECORDS + 10
    assert looks.shown == 0


def test_where_looks_are_seldom_the_end_of_a_flood_is_shown() -> None:
    engine = fake_engine("E_TEST")
    looks = Looks(engine, seldom=True)
    for _ in range(2 * STEP_RECORDS):
        engine.raise_event("E_TEST")
    looks.bursts.look()
    shown = [looks.shown]
    while looks.timers:
        looks.fire()
        shown.append(looks.shown)
    assert shown == [0, 0, 1]
    assert looks.taken == [STEP_RECORDS, STEP_RECORDS, 0]
