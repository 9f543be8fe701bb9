"""A dispatcher over an engine with a fake transport, for tests that open no socket."""

import anyio

from evtui.backends.embedded import EmbeddedBackend
from evtui.core.ports import Clock
from evtui.engine.engine import Engine
from evtui.mi.commands.about import About
from evtui.mi.dispatch import DEFAULT_LIMITS, Dispatcher, ReplyLimits
from evtui.mi.served_backend import ServedBackend
from tests.fakes.engine_fakes import FakeClock, fake_engine

NOON = 1_000_000.0


def fake_about() -> About:
    """A process that was started 90 seconds ago."""
    return About("evtui (0.1.0 (x86_64/linux))", ("evtui", "serve"), "/srv", 4711, NOON - 90, FakeClock(NOON))


def fake_dispatcher(
    engine: Engine | None = None,
    backend: ServedBackend | None = None,
    limits: ReplyLimits = DEFAULT_LIMITS,
    clock: Clock = anyio.current_time,
) -> Dispatcher:
    """Serve an engine with the events E_T and E_OTHER, whose sockets are `fake:ADDRESS`."""
    served = backend or EmbeddedBackend(engine or fake_engine("E_T", "E_OTHER"))
    return Dispatcher(served, fake_about(), limits=limits, clock=clock)
