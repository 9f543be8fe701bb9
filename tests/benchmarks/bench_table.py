"""Subscribing, refreshing and expiring one subscription with 100,000 others against the same with 100 others."""

from evtui.engine.engine import Engine
from tests.benchmarks.pairs import compare, say
from tests.fakes.engine_fakes import FakeClock, fake_engine

FEW, MANY = 100, 100_000
EVENTS = 10
TURNS = 2_000
LIMIT = "the same: about 1"


def main() -> None:
    """Print the ratios."""
    few_clock, many_clock = FakeClock(), FakeClock()
    few, many = _filled(FEW, few_clock), _filled(MANY, many_clock)
    pairs = compare(lambda: _subscribe_and_end(many), lambda: _subscribe_and_end(few))
    say("subscribe + unsubscribe, 100,000 / 100 others", pairs.ratios, LIMIT, _each(pairs.ours, TURNS))
    pairs = compare(lambda: _refresh(many), lambda: _refresh(few))
    say("refresh, 100,000 / 100 others", pairs.ratios, LIMIT, _each(pairs.ours, TURNS))
    pairs = compare(lambda: _expire(many, many_clock), lambda: _expire(few, few_clock))
    say("subscribe + expire, 100,000 / 100 others", pairs.ratios, LIMIT, _each(pairs.ours, TURNS))


def _filled(count: int, clock: FakeClock) -> Engine:
    engine = fake_engine(*(f"E_{number}" for number in range(EVENTS)), clock=clock, max_subscriptions=2 * MANY)
    for number in range(count):
        engine.subscribe(f"E_{number % EVENTS}", f"fake:other/{number}", 1_000_000 + number)
    return engine


def _subscribe_and_end(engine: Engine) -> None:
    for turn in range(TURNS):
        engine.subscribe("E_1", f"fake:one/{turn % 50}", 60)
        engine.unsubscribe("E_1", f"fake:one/{turn % 50}")


def _refresh(engine: Engine) -> None:
    for turn in range(TURNS):
        engine.subscribe("E_1", f"fake:other/{1 + turn % 10 * 10}", 1_000_000 + turn)


def _expire(engine: Engine, clock: FakeClock) -> None:
    for turn in range(TURNS):
        engine.subscribe("E_1", f"fake:one/{turn % 50}", 1)
        clock.pass_by(0.02)
        engine.reap()


def _each(seconds: float, turns: int) -> str:
    return f"{seconds / turns * 1e6:.1f} us each"
