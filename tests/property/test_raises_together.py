"""A script whose raises leave together does what it does when each leaves at once: random scripts, run in both ways."""

from functools import partial

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from evtui.core.clocks import Clocks
from evtui.core.records import Raised, Record, Settled
from evtui.core.transport import Handler, OutboxPolicy, Target
from evtui.core.values import NO_PARAMS
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.script.compiler.program import Program
from evtui.script.runtime.message_scope import Scope
from evtui.script.syntax.parse import parse
from evtui.scripting.greenlet_runner import GreenletRunner
from evtui.scripting.script_events import ScriptEvents
from tests.fakes.engine_fakes import FakeClock, FakeTransport
from tests.fakes.queued_fakes import FakeQueuedTransport
from tests.unit.script.world import World

EVENTS = ("E_A", "E_B", "E_MANY", "E_NONE", "E_BAD", "E_ROUTE", "E_QUEUE", "E_BOTH")
RAISES = [f'raise_event("{event}", , $avp(v));' for event in EVENTS]
OTHERS = [
    "$var(x) = $var(x) + 1;", "$avp(v) = $var(x);", "$avp(v) := NULL;", 'xlog("$rc $stat(raised) $stat(sent)");',
    'xlog("$stat(failed)");', "sleep(1);", "sleep(0);", 'subscribe_event("E_A", "fake:new", 2);',
    'subscribe_event("E_NONE", "fake:a", 1);', 'subscribe_event("E_B", "fake:down");', 'raise_event("E_FRESH");',
    'if (raise_event("E_BAD")) { $var(x) = 0; } else { xlog("failed $rc"); }', "return;",
]  # fmt: skip
STATEMENTS = st.sampled_from(RAISES) | st.sampled_from(OTHERS)


def _loop(turns: int, body: str) -> str:
    return f"$var(i) = 0; while ($var(i) < {turns}) {{ {body} $var(i) = $var(i) + 1; }}"


BLOCKS = st.lists(STATEMENTS, min_size=1, max_size=5).map(" ".join)
SCRIPTS = st.lists(BLOCKS | st.builds(_loop, st.integers(1, 80), BLOCKS), min_size=1, max_size=5).map(" ".join)


class RouteTransport(FakeTransport):
    """Also takes `fake:route`, a handler in this process that raises."""

    events: ScriptEvents

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        target = super().parse(scheme, address, trusted=trusted)
        return replace(target, open=lambda: Handler(self._handle)) if address == "route" else target

    def _handle(self, _notification: object) -> None:
        for _ in range(3):
            self.events.raise_unread("E_A", NO_PARAMS, Scope())


class NoSlices:
    """Nothing is ever held."""

    waited = 0.0

    def begin(self) -> None: ...
    def flush(self) -> None: ...
    def end(self) -> None: ...


class EngineWorld(World):
    """A host whose events are those of an engine, and whose statistics are its counters."""

    def __init__(self, *, together: bool) -> None:
        super().__init__()
        self.clock = clock = FakeClock()
        self.transport = transport = RouteTransport()
        queued = FakeQueuedTransport(OutboxPolicy(max_count=45))
        transport.broken = {"down": "EIO: broken"}
        catalogue = Catalogue()
        for event in EVENTS:
            catalogue.publish(event)
        self.engine = Engine(catalogue, [transport, queued], Journal(), clock=clock, wall=FakeClock())
        slices = self.engine.held if together else NoSlices()
        clocks = Clocks(clock, clock, FakeClock(), clock.sleep)
        self.runs = GreenletRunner(self.engine.dispatcher, slices, clocks, 1e9)
        self.events = transport.events = ScriptEvents(self.engine, self.runs, lambda _work: None, clock)
        for event, addresses in {
            "E_A": ["a"], "E_B": ["b"], "E_MANY": ["m/1", "m/2", "n"], "E_BAD": ["down"], "E_ROUTE": ["a", "route"],
            "E_QUEUE": ["wait:a"], "E_BOTH": ["a", "wait:a", "b", "wait:b"],
        }.items():  # fmt: skip
            for address in addresses:
                self.engine.subscribe(event, address if ":" in address else f"fake:{address}")

    def statistic(self, name: str) -> int | None:
        return sum(int(getattr(state, name)) for state in self.engine.event_states())

    def pause(self, seconds: float = 0.0) -> None:
        self.runs.pause(seconds)


def _seen(script: str, *, together: bool) -> tuple[list[Record], list[str], object, object, int]:
    world = EngineWorld(together=together)
    program = Program(parse(f"max_while_loops=100 route {{ {script} }}"), world, world.events)
    anyio.run(partial(world.runs.run, partial(program.run, "route")))
    engine = world.engine
    by_address: dict[str, list[bytes]] = {}
    for address, payload in world.transport.sent:
        by_address.setdefault(address, []).append(payload)
    records = [_plain(record) for record in engine.journal.since(0)[0]]
    states = [replace(state, latency=None) for state in engine.subscription_states()]
    return (
        records,
        world.said,
        (engine.event_states(), states, engine.totals(), engine.outbox_states()),
        by_address,
        len(world.transport.batches),
    )


def _plain(record: Record) -> Record:
    """Leave out how long it took."""
    if isinstance(record, Raised):
        return replace(record, latencies=(0.0,) * len(record.latencies))
    return replace(record, latency=0.0) if isinstance(record, Settled) else record


@given(SCRIPTS)
@settings(max_examples=200, deadline=None)
def test_what_can_be_seen_is_the_same(script: str) -> None:
    assert _seen(script, together=True)[:4] == _seen(script, together=False)[:4]


def test_such_scripts_do_send_together() -> None:
    script = _loop(40, RAISES[0])
    together, apart = _seen(script, together=True), _seen(script, together=False)
    assert (together[:4], together[4] > 0, apart[4]) == (apart[:4], True, 0)
