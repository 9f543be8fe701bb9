"""What a run finds in its state file: taken up at once, or tried again for as long as it lasts; the file is its own."""

import logging
import time
from collections.abc import Callable, Sequence
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
from tests.fakes import FakeClock, FakeTransport, fake_engine


class NameServer(FakeTransport):
    """Knows no host until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.knows = False
        self.meanwhile: Callable[[], object] = lambda: None
        """What happens while it is asked."""

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        target = super().parse(scheme, address, trusted=trusted)
        return replace(target, open=partial(self._resolve, target))

    def _resolve(self, target: Target) -> Opened:
        self.asked += 1
        self.meanwhile()
        if not self.knows:
            raise BadSocketError(str(target.socket), "host", "it does not resolve")
        return target.open()


class Sleeper:
    """Sleeps by the fake clock, and does something after so many sleeps."""

    def __init__(self, clock: FakeClock, knows_after: int, names: NameServer) -> None:
        self.pauses: list[float] = []
        self._clock = clock
        self._knows_after = knows_after
        self._names = names

    async def __call__(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._clock.pass_by(seconds)
        self._names.knows = len(self.pauses) >= self._knows_after


def keeper_of(
    file: Path, orders: Sequence[SavedSubscription], knows_after: int
) -> tuple[SubscriptionPersistence, Engine, Sleeper, NameServer]:
    write_state(file, orders, time.time())
    clock, names = FakeClock(), NameServer()
    engine = fake_engine("E_A", transport=names, clock=clock)
    sleeper = Sleeper(clock, knows_after, names)
    return SubscriptionPersistence(engine, file, clock=clock, sleep=sleeper), engine, sleeper, names


async def test_a_host_that_resolves_later_is_subscribed_then_with_what_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    orders = [SavedSubscription("E_A", "fake:a", 600, 500.0), SavedSubscription("E_A", "fake:b")]
    keeper, engine, sleeper, _ = keeper_of(tmp_path / "state", orders, knows_after=6)
    with caplog.at_level(logging.INFO):
        await keeper.resume()
        assert engine.subscription_states() == ()
        await keeper.take_up()
    assert sleeper.pauses == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]
    states = {str(state.subscription.socket): state for state in engine.subscription_states()}
    assert set(states) == {"fake:a", "fake:b"}
    assert 300 < (states["fake:a"].ttl or 0) <= 305
    assert states["fake:b"].ttl is None
    assert caplog.text.count("it does not resolve") == 2  # one a subscription, not one an attempt
    assert caplog.text.count("is subscribed again") == 2
    await keeper.write()
    assert len(read_state(tmp_path / "state", time.time())) == 2  # not both deferred and subscribed


async def test_it_is_tried_for_as_long_as_its_time_lasts_and_no_longer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keeper, engine, sleeper, names = keeper_of(
        tmp_path / "state", [SavedSubscription("E_A", "fake:a", 60, 30.0)], knows_after=3
    )
    await keeper.resume()
    await keeper.write()
    assert len(read_state(tmp_path / "state", time.time())) == 1
    await keeper.take_up()
    assert sleeper.pauses == [5.0, 10.0, 20.0]
    assert names.asked == 3
    assert engine.subscription_states() == ()
    assert "ran out" in caplog.text
    await keeper.write()
    assert read_state(tmp_path / "state", time.time()) == []


async def test_what_somebody_subscribed_in_the_meantime_stays_as_it_is(tmp_path: Path) -> None:
    keeper, engine, _, names = keeper_of(
        tmp_path / "state", [SavedSubscription("E_A", "fake:a", 600, 500.0)], knows_after=1
    )
    await keeper.resume()
    names.knows = True
    engine.subscribe("E_A", "fake:a")
    await keeper.take_up()
    (state,) = engine.subscription_states()
    assert state.ttl is None


@pytest.mark.parametrize("meant_by", ["E_A", "E_*"])
async def test_what_is_unsubscribed_before_its_host_resolves_does_not_come_back(tmp_path: Path, meant_by: str) -> None:
    orders = [SavedSubscription("E_A", "fake:a", 600, 500.0, None), SavedSubscription("E_A", "fake:b")]
    keeper, engine, _, names = keeper_of(tmp_path / "state", orders, knows_after=1)
    await keeper.resume()
    watch = engine.watch()
    (ended,) = engine.unsubscribe(meant_by, "fake:a")
    assert (ended.event, str(ended.socket)) == ("E_A", "fake:a")
    assert [type(record) for record in watch.read()] == [Unsubscribed]  # so that the file is written again
    await keeper.write()
    assert [order.source for order in read_state(tmp_path / "state", time.time())] == ["fake:b"]
    await keeper.take_up()
    assert [str(state.subscription.socket) for state in engine.subscription_states()] == ["fake:b"]
    assert names.asked == 3


async def test_a_wildcard_that_waits_for_its_host_is_unsubscribed_by_its_name_only(tmp_path: Path) -> None:
    orders = [SavedSubscription("E_*", "fake:a", standing=True), SavedSubscription("E_LATE", "fake:a", pattern="E_*")]
    keeper, engine, _, _ = keeper_of(tmp_path / "state", orders, knows_after=1)
    await keeper.resume()
    assert len(engine.unsubscribe("E_LATE", "fake:a")) == 1  # known, though only the file names it
    assert [order.event for order in engine.deferred] == ["E_*"]
    assert len(engine.unsubscribe("E_*", "fake:a")) == 1
    assert not engine.deferred


async def test_a_new_subscription_stands_for_the_one_that_waits_for_its_host(tmp_path: Path) -> None:
    keeper, engine, _, names = keeper_of(
        tmp_path / "state", [SavedSubscription("E_A", "fake:a", 600, 500.0)], knows_after=1
    )
    await keeper.resume()
    with pytest.raises(BadSocketError):
        engine.subscribe("E_A", "fake:a", 60)
    assert engine.deferred  # refused: nothing has changed
    names.knows = True
    engine.subscribe("E_A", "fake:a", 60)
    engine.unsubscribe("E_A", "fake:a")
    await keeper.take_up()
    assert engine.subscription_states() == ()
    await keeper.write()
    assert read_state(tmp_path / "state", time.time()) == []


async def test_what_is_unsubscribed_while_its_host_is_being_resolved_does_not_come_back(tmp_path: Path) -> None:
    keeper, engine, _, names = keeper_of(tmp_path / "state", [SavedSubscription("E_A", "fake:a")], knows_after=1)
    await keeper.resume()
    names.meanwhile = lambda: engine.unsubscribe("E_A", "fake:a")
    await keeper.take_up()
    assert engine.subscription_states() == ()


async def test_writings_at_the_same_time_do_not_spoil_each_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keeper, _, _, names = keeper_of(
        tmp_path / "state", [SavedSubscription("E_A", f"fake:{n}") for n in range(500)], knows_after=1
    )
    names.knows = True
    await keeper.resume()
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(keeper.write)
    assert caplog.text == ""
    assert len(read_state(tmp_path / "state", time.time())) == 500
