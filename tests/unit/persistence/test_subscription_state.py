"""The subscriptions of a state file: made again at once, or tried again until their time runs out."""

import logging
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio
import pytest
from msgspec.structs import replace

from evtui.core.errors import BadSocketError
from evtui.core.records import Unsubscribed
from evtui.core.transport import Opened, SavedSubscription, Target
from evtui.engine.engine import Engine
from evtui.persistence.subscription_state import SubscriptionPersistence
from evtui.storage.state_file import read_state, write_state
from tests.fakes.engine_fakes import FakeClock, FakeTransport, fake_clocks, fake_engine
from tests.limits import HANG

WALL = 1_800_000_000.0
"""The wall time of the fake clocks."""


class NameServer(FakeTransport):
    """A transport whose hosts do not resolve until a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.lookups = 0
        self.resolves = False
        self.during_lookup: Callable[[], object] = lambda: None

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        target = super().parse(scheme, address, trusted=trusted)
        return replace(target, open=partial(self._resolve, target))

    def _resolve(self, target: Target) -> Opened:
        self.lookups += 1
        self.during_lookup()
        if not self.resolves:
            raise BadSocketError(str(target.socket), "host", "it does not resolve")
        return target.open()


class Sleeper:
    """Sleeps by the fake clock; after so many sleeps the hosts resolve."""

    def __init__(self, clock: FakeClock, resolves_after: int, names: NameServer) -> None:
        self.pauses: list[float] = []
        self._clock = clock
        self._resolves_after = resolves_after
        self._names = names

    async def __call__(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._clock.pass_by(seconds)
        self._names.resolves = len(self.pauses) >= self._resolves_after


def persisted(
    file: Path, saved: Sequence[SavedSubscription], resolves_after: int
) -> tuple[SubscriptionPersistence, Engine, Sleeper, NameServer]:
    write_state(file, saved, WALL)
    clock, names = FakeClock(), NameServer()
    engine = fake_engine("E_A", transport=names, clock=clock)
    sleeper = Sleeper(clock, resolves_after, names)
    return SubscriptionPersistence(engine, file, fake_clocks(clock, sleep=sleeper)), engine, sleeper, names


async def restore(persistence: SubscriptionPersistence) -> None:
    async with anyio.create_task_group() as tasks:
        await persistence.restore(tasks)


async def test_a_host_that_resolves_later_is_subscribed_then_with_what_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    saved = [SavedSubscription("E_A", "fake:a", 600, 500.0), SavedSubscription("E_A", "fake:b")]
    persistence, engine, sleeper, _ = persisted(tmp_path / "state", saved, resolves_after=6)
    with caplog.at_level(logging.INFO):
        await restore(persistence)
        assert engine.subscription_states() == ()
        await persistence.retry_deferred()
    assert sleeper.pauses == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]
    states = {str(state.subscription.socket): state for state in engine.subscription_states()}
    assert set(states) == {"fake:a", "fake:b"}
    assert 300 < (states["fake:a"].ttl or 0) <= 305
    assert states["fake:b"].ttl is None
    assert caplog.text.count("it does not resolve") == 2  # one a subscription, not one an attempt
    assert caplog.text.count("is subscribed again") == 2
    await persistence.write()
    assert len(read_state(tmp_path / "state", WALL)) == 2  # not both deferred and subscribed


async def test_it_is_tried_for_as_long_as_its_time_lasts_and_no_longer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    persistence, engine, sleeper, names = persisted(
        tmp_path / "state", [SavedSubscription("E_A", "fake:a", 60, 30.0)], resolves_after=3
    )
    await restore(persistence)
    await persistence.write()
    assert len(read_state(tmp_path / "state", WALL)) == 1
    await persistence.retry_deferred()
    assert sleeper.pauses == [5.0, 10.0, 20.0]
    assert names.lookups == 3
    assert engine.subscription_states() == ()
    assert "ran out" in caplog.text
    await persistence.write()
    assert read_state(tmp_path / "state", WALL) == []


async def test_a_subscription_made_in_the_meantime_stays_as_it_is(tmp_path: Path) -> None:
    persistence, engine, _, names = persisted(
        tmp_path / "state", [SavedSubscription("E_A", "fake:a", 600, 500.0)], resolves_after=1
    )
    await restore(persistence)
    names.resolves = True
    engine.subscribe("E_A", "fake:a")
    await persistence.retry_deferred()
    (state,) = engine.subscription_states()
    assert state.ttl is None


@pytest.mark.parametrize("ended_by", ["E_A", "E_*"])
async def test_a_subscription_ended_before_its_host_resolves_does_not_come_back(tmp_path: Path, ended_by: str) -> None:
    saved = [SavedSubscription("E_A", "fake:a", 600, 500.0, None), SavedSubscription("E_A", "fake:b")]
    persistence, engine, _, names = persisted(tmp_path / "state", saved, resolves_after=1)
    await restore(persistence)
    watch = engine.watch()
    (ended,) = engine.unsubscribe(ended_by, "fake:a")
    assert (ended.event, str(ended.socket)) == ("E_A", "fake:a")
    assert [type(record) for record in watch.read()] == [Unsubscribed]  # so that the file is written again
    await persistence.write()
    assert [each.source for each in read_state(tmp_path / "state", WALL)] == ["fake:b"]
    await persistence.retry_deferred()
    assert [str(state.subscription.socket) for state in engine.subscription_states()] == ["fake:b"]
    assert names.lookups == 3


async def test_a_deferred_wildcard_is_unsubscribed_by_its_name_only(tmp_path: Path) -> None:
    saved = [SavedSubscription("E_*", "fake:a", is_wildcard=True), SavedSubscription("E_LATE", "fake:a", pattern="E_*")]
    persistence, engine, _, _ = persisted(tmp_path / "state", saved, resolves_after=1)
    await restore(persistence)
    assert len(engine.unsubscribe("E_LATE", "fake:a")) == 1  # its event is known, though only the file names it
    assert [each.event for each in engine.deferred] == ["E_*"]
    assert len(engine.unsubscribe("E_*", "fake:a")) == 1
    assert not engine.deferred


@pytest.mark.parametrize("deferred", [False, True])
async def test_a_restart_changes_nothing_in_the_listings_also_not_of_later_events(
    tmp_path: Path, deferred: bool
) -> None:
    """Two engines get the same requests; one of them ends in between and goes on from the state file."""
    clock = FakeClock()
    whole = fake_engine("E_A", clock=clock)
    for event, socket, expire in [("E_A", "a", None), ("E_*", "b", 600), ("E_L*", "c", None), ("*", "d", 60)]:
        whole.subscribe(event, f"fake:{socket}", expire)
    persistence, restarted, _, names = persisted(tmp_path / "state", whole.saved_subscriptions(), resolves_after=1)
    names.resolves = not deferred
    await restore(persistence)
    names.resolves = True
    await persistence.retry_deferred()
    clock.pass_by(5.0 * deferred)  # the pause before the retry
    listed: list[set[object]] = []
    for engine in (whole, restarted):
        engine.publish("E_LATE")
        listed.append({state.subscription for state in engine.subscription_states()})
        assert {state.subscription.pattern for state in engine.subscription_states("E_LATE")} == {"E_*", "E_L*", "*"}
        listed.append({each.subscription for each in engine.subscription_states("E_LATE")})
    assert listed[:2] == listed[2:]


async def test_a_deferred_wildcard_that_is_ended_says_its_pattern(tmp_path: Path) -> None:
    saved = [SavedSubscription("E_*", "fake:a", is_wildcard=True), SavedSubscription("E_A", "fake:a", pattern="E_*")]
    persistence, engine, _, _ = persisted(tmp_path / "state", saved, resolves_after=1)
    await restore(persistence)
    assert {each.pattern for each in engine.unsubscribe("E_*", "fake:a")} == {"E_*"}


async def test_a_new_subscription_replaces_the_deferred_one(tmp_path: Path) -> None:
    persistence, engine, _, names = persisted(
        tmp_path / "state", [SavedSubscription("E_A", "fake:a", 600, 500.0)], resolves_after=1
    )
    await restore(persistence)
    with pytest.raises(BadSocketError):
        engine.subscribe("E_A", "fake:a", 60)
    assert engine.deferred  # refused: nothing has changed
    names.resolves = True
    engine.subscribe("E_A", "fake:a", 60)
    engine.unsubscribe("E_A", "fake:a")
    await persistence.retry_deferred()
    assert engine.subscription_states() == ()
    await persistence.write()
    assert read_state(tmp_path / "state", WALL) == []


async def test_a_subscription_ended_while_its_host_is_resolved_does_not_come_back(tmp_path: Path) -> None:
    persistence, engine, _, names = persisted(
        tmp_path / "state", [SavedSubscription("E_A", "fake:a")], resolves_after=1
    )
    await restore(persistence)
    names.during_lookup = lambda: engine.unsubscribe("E_A", "fake:a")
    await persistence.retry_deferred()
    assert engine.subscription_states() == ()


async def test_concurrent_writes_do_not_damage_the_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    persistence, _, _, names = persisted(
        tmp_path / "state", [SavedSubscription("E_A", f"fake:{n}") for n in range(500)], resolves_after=1
    )
    names.resolves = True
    await restore(persistence)
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(persistence.write)
    assert caplog.text == ""
    assert len(read_state(tmp_path / "state", WALL)) == 500


class Pauses:
    """Sleeps by the fake clock and notes for how long."""

    def __init__(self, clock: FakeClock) -> None:
        self.all: list[float] = []
        self._clock = clock

    async def __call__(self, seconds: float) -> None:
        self.all.append(seconds)
        await self._clock.sleep(seconds)


@asynccontextmanager
async def kept(file: Path) -> AsyncGenerator[tuple[Engine, Pauses]]:
    """Run the persistence of an engine with the event E_A."""
    clock = FakeClock()
    engine, pauses = fake_engine("E_A", clock=clock), Pauses(clock)
    persistence = SubscriptionPersistence(engine, file, fake_clocks(clock, sleep=pauses))
    await persistence.begin(frozenset())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(persistence.run)
        yield engine, pauses
        tasks.cancel_scope.cancel()


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(HANG):
        while not condition():  # noqa: ASYNC110 - a file is watched
            await anyio.sleep(0.005)


def sources(file: Path) -> list[str]:
    return sorted(each.source for each in read_state(file, WALL))


@pytest.mark.parametrize("count", [10, 3000])
async def test_random_changes_are_in_the_file_without_a_pause_of_more_than_a_second(tmp_path: Path, count: int) -> None:
    chosen, file = random.Random(count), tmp_path / "state"
    async with kept(file) as (engine, pauses):
        for n in range(count):
            engine.subscribe("E_A", f"fake:{n}", chosen.choice([None, 1000, 2000]))
            await anyio.lowlevel.checkpoint()
        for _ in range(count):
            n = chosen.randrange(count)
            engine.subscribe(chosen.choice(["E_A", "E_*"]), f"fake:{n}", chosen.choice([0, 0, 1000]))
            if n % 10 == 0:
                await anyio.sleep(0.001)
        await until(lambda: sources(file) == sorted(each.source for each in engine.saved_subscriptions()))
        assert max(pauses.all, default=0.0) < 1
    assert (tmp_path / "state.journal").exists()


@pytest.mark.parametrize("pattern", ["E_\udcff*", "E_\ud800*", "E_NOTHING_*"])  # noqa: PT014 - they differ
async def test_a_wildcard_of_any_bytes_that_matches_nothing_yet_is_kept_and_ended(tmp_path: Path, pattern: str) -> None:
    file = tmp_path / "state"
    async with kept(file) as (engine, _):
        engine.subscribe(pattern, "fake:a")
        await until(lambda: [each.event for each in read_state(file, WALL)] == [pattern])
        engine.unsubscribe(pattern, "fake:a")
        await until(lambda: list(read_state(file, WALL)) == [])


async def test_subscriptions_are_kept_again_when_the_file_can_be_written_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    file = folder / "state"
    async with kept(file) as (engine, pauses):
        folder.rename(tmp_path / "elsewhere")
        engine.subscribe("E_A", "fake:a")
        await until(lambda: "not kept" in caplog.text and len(pauses.all) > 5)
        folder.mkdir()
        await until(lambda: file.exists() and sources(file) == ["fake:a"])
        assert caplog.text.count("not kept") == 1
        await until(lambda: "are kept again" in caplog.text)


async def test_a_deferred_subscription_that_is_ended_leaves_a_long_file(tmp_path: Path) -> None:
    file = tmp_path / "state"
    many = [SavedSubscription("E_A", f"fake:{n}", 600, 500.0) for n in range(600)]
    persistence, engine, _, _ = persisted(file, many, resolves_after=1000)
    await restore(persistence)
    await persistence.begin(frozenset())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(persistence._write_changes)  # pyright: ignore[reportPrivateUsage]
        engine.unsubscribe("E_A", "fake:7")
        await until(lambda: len(read_state(file, WALL)) == 599)
        tasks.cancel_scope.cancel()
    assert "fake:7" not in sources(file)
