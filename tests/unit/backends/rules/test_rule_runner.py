"""Rules over a real engine with clocks that stand until they are moved."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
from msgspec.structs import replace

from evtui.backends.embedded import EmbeddedBackend
from evtui.backends.rules.rule_runner import RuleRunner
from evtui.core.clocks import Clocks
from evtui.core.records import Settled
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.filters.rules.parse_rule import parse_rule
from evtui.filters.rules.rule_set import Fired, RuleSet
from tests.fakes.engine_fakes import FakeClock, fake_clocks, fake_engine
from tests.limits import HANG
from tests.unit.ui.records import queued, raised


class Watched:
    """An engine, rules that run over it, and what fired."""

    def __init__(self, engine: Engine, rules: dict[str, str]) -> None:
        self.engine = engine
        self.clock = FakeClock()
        self.looks = 0
        self.fired: list[Fired] = []
        self._go_on = anyio.Event()
        clocks = fake_clocks(self.clock, sleep=self._sleep)
        self.clocks = Clocks(clocks.monotonic, engine_wall(engine), clocks.processor, clocks.sleep)
        parsed = {name: parse_rule(text, 0.0) for name, text in rules.items()}
        self.runner = RuleRunner(EmbeddedBackend(engine), RuleSet(parsed, self.clock()), self.clocks, self.fired.append)

    async def _sleep(self, _: float) -> None:
        self.looks += 1
        self._go_on = anyio.Event()
        await self._go_on.wait()

    async def look(self, seconds: float = 0.0) -> list[str]:
        """Let time pass and the runner look; returns the names of the rules that fired meanwhile."""
        self.clock.pass_by(seconds)
        before, looks = len(self.fired), self.looks
        with anyio.fail_after(HANG):
            self._go_on.set()
            while self.looks == looks:
                await anyio.lowlevel.checkpoint()
        return [fired.name for fired in self.fired[before:]]


def engine_wall(engine: Engine) -> FakeClock:
    wall = engine._wall  # pyright: ignore[reportPrivateUsage]
    assert isinstance(wall, FakeClock)
    return wall


@asynccontextmanager
async def watched(engine: Engine, **rules: str) -> AsyncGenerator[Watched]:
    found = Watched(engine, rules)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(found.runner.run)
        with anyio.fail_after(HANG):
            while not found.looks:
                await anyio.lowlevel.checkpoint()
        yield found
        tasks.cancel_scope.cancel()


async def test_a_raise_counts_once_however_many_subscribers_it_had() -> None:
    engine = fake_engine("E_A")
    for number in range(3):
        engine.subscribe("E_A", f"fake:{number}")
    async with watched(engine, raises="E_A > 2 in 10 s", deliveries="to=fake:* > 2 in 10 s") as found:
        engine.raise_event("E_A")
        assert await found.look(0.2) == ["deliveries"]
        engine.raise_event("E_A")
        engine.raise_event("E_A")
        assert await found.look(0.2) == ["raises"]
        fired = found.fired[-1]
        assert fired.record is not None
        assert (fired.text, fired.times) == ("E_A > 2 in 10 s", 1)


async def test_silence_fires_with_no_record_at_all() -> None:
    engine = fake_engine("E_A")
    async with watched(engine, silence="no E_A for 60 s") as found:
        assert await found.look(59) == []
        assert await found.look(1) == ["silence"]
        assert await found.look(100) == []
        engine.raise_event("E_A")
        assert await found.look(1) == []
        assert await found.look(61) == ["silence"]


async def test_a_rule_that_is_switched_off_fires_no_more() -> None:
    engine = fake_engine("E_A")
    async with watched(engine, silence="no E_A for 60 s") as found:
        found.runner.rules.switch("silence", found.clock())
        assert await found.look(100) == []
        found.runner.rules.switch("silence", found.clock())
        assert await found.look(59) == []
        assert await found.look(1) == ["silence"]


async def test_queues_are_looked_at_once_a_second() -> None:
    engine = fake_engine("E_A")
    async with watched(engine, queue="queue < 1", full="queue > 80 %") as found:
        assert await found.look(0.5) == ["queue"] or found.fired
        assert [fired.name for fired in found.fired] == ["queue"]


async def test_what_the_journal_evicts_before_it_is_read_is_counted() -> None:
    engine = fake_engine("E_A", journal=Journal(10))
    async with watched(engine, silence="no E_A for 60 s") as found:
        for _ in range(30):
            engine.raise_event("E_A")
        await found.look(1)
        assert found.runner.missed == 20


def test_a_queued_delivery_that_fails_later_counts_with_the_parameters_of_its_raise() -> None:
    rules = RuleSet({name: parse_rule(text, 0.0) for name, text in {
        "failed": "ip=192.0.2.1 failed >= 1 in 1 s", "raised": "E_TEST >= 2 in 1 s", "settled": "kind=settled",
    }.items()}, 0.0)  # fmt: skip
    raised = queued()
    end = Settled(raised.serial, 1.0, "E_TEST", raised.plan.groups[0].sockets[0], "failed", 0.5, 1, "gone")
    assert [fired.name for fired in rules.take([raised], [0.0], 0.0)] == []
    assert [fired.name for fired in rules.take([end], [0.5], 0.0)] == ["failed", "settled"]
    assert [each.state.rows for each in rules.rules] == [1, 1, 1]


def test_a_test_notification_counts_nothing() -> None:
    rules = RuleSet({"any": parse_rule("E_TEST >= 1 in 1 s", 0.0), "sent": parse_rule("sent >= 1 in 1 s", 0.0)}, 0.0)
    tested = replace(raised("E_TEST"), is_test=True)
    assert [fired.name for fired in rules.take([tested], [0.0], 0.0)] == []
    assert [fired.name for fired in rules.take([raised("E_TEST")], [0.0], 0.0)] == ["any", "sent"]


def test_raises_with_failures_are_not_taken_for_others_of_their_plan() -> None:
    rules = RuleSet({"failed": parse_rule("failed >= 3 in 1 s", 0.0)}, 0.0)
    plain = raised("E_TEST", subscribers=3)
    bad = replace(raised("E_TEST", subscribers=3, failed=(0, 2)), plan=plain.plan)
    assert [fired.name for fired in rules.take([plain, bad, plain], [0.0, 0.1, 0.2], 0.0)] == []
    (fired,) = rules.take([bad], [0.3], 0.0)
    assert fired.socket == plain.plan.groups[0].sockets[2]
    assert rules.rules[0].state.rows == 4
