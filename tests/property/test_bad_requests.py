"""Whatever a request says, the engine does it or refuses it as a RequestError: no other exception is raised."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evtui.codecs.jsonvalue import decode_text
from evtui.core.errors import RequestError
from evtui.core.values import Params
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.transports.datagram.transport import DatagramTransport
from tests.fakes.engine_fakes import FakeClock

ANY_TEXT = st.one_of(st.text(max_size=80), st.binary(max_size=80).map(decode_text))
PIECES = [
    "udp:",
    "unix:",
    "/",
    "127.0.0.1",
    "::1",
    "[",
    "]",
    ":",
    "9",
    "0",
    "65536",
    "?payload=",
    "text",
    "\0",
    "é",
    "\udcff",
]
NEARLY = st.lists(st.sampled_from(PIECES)).map("".join)
SOCKETS = st.one_of(NEARLY, ANY_TEXT, st.tuples(st.sampled_from(["udp:", "unix:/", "udp:["]), ANY_TEXT).map("".join))
EVENTS = st.one_of(st.sampled_from(["E_X", "E_*", "*", "[", "E_["]), ANY_TEXT)
EXPIRES = st.one_of(st.none(), st.integers(), st.just(2**63), st.sampled_from([True, 1.5, "60", float("nan")]))


@pytest.fixture(scope="module", name="engine")
def _engine() -> Iterator[Engine]:
    made = Engine(Catalogue(), [DatagramTransport()], Journal(), clock=FakeClock(), wall=FakeClock())
    made.publish("E_X")
    yield made
    made.close()


@given(event=EVENTS, socket=SOCKETS, expire=EXPIRES, trusted=st.booleans())
@example(event="E_X", socket="", expire=1, trusted=False)
@example(event="E_X", socket="udp", expire=1, trusted=False)
@example(event="E_X", socket="unix:/\ud800", expire=1, trusted=True)
@example(event="E_X", socket="udp:\ud800:9", expire=1, trusted=True)
def test_a_subscription_is_made_or_refused(
    engine: Engine, event: str, socket: str, expire: int, *, trusted: bool
) -> None:
    with suppress(RequestError):
        target = engine.parse(socket, trusted=trusted)
        if not target.blocks:  # a name would be asked of a name server
            engine.apply(event, target, expire)
            engine.raise_event("E_X")
            engine.unsubscribe(event, socket)


@given(socket=SOCKETS)
def test_what_a_listing_prints_is_the_socket_again(engine: Engine, socket: str) -> None:
    with suppress(RequestError):
        printed = str(engine.parse(socket).socket)
        assert str(engine.parse(printed).socket) == printed
        assert engine.parse(printed).socket == engine.parse(socket).socket


@given(name=ANY_TEXT)
def test_an_event_is_published_once_or_its_name_is_refused(engine: Engine, name: str) -> None:
    with suppress(RequestError):
        event = engine.publish(name)
        assert event.name == name
        assert engine.publish(name).id == event.id


@given(
    name=EVENTS,
    values=st.lists(st.one_of(ANY_TEXT, st.integers(), st.floats(), st.booleans(), st.binary()), max_size=4),
)
def test_an_event_is_raised_or_refused(engine: Engine, name: str, values: list[str | int | float]) -> None:
    with suppress(RequestError):
        raised = engine.raise_event(name, values)
        assert raised.params == Params(tuple(values))
