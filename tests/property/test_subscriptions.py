"""The engine's subscriptions against a model made of dicts: after any changes in any order, both hold the same."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from evtui.codecs import jsonrpc, text
from evtui.core.records import (
    Expired,
    Published,
    Raised,
    Record,
    Refreshed,
    Refused,
    Restarted,
    Retrying,
    Settled,
    Subscribed,
    Unsubscribed,
)
from evtui.core.values import NO_PARAMS
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from tests.fakes.engine_fakes import FakeClock, FakeTransport
from tests.property.subscription_model import Model

NAMES = ["E_A1", "E_A2", "E_A3", "E_A4", "E_B1", "E_B2"]
PATTERNS = ["E_A*", "E_?1", "*"]
SOCKETS = ["fake:x/1", "fake:x/2", "fake:y/1", "fake:y/2", "fake:x/1?payload=text"]
"""Neighbours of one group are served by one call; the payload a socket asks for is part of what it is."""

names = st.sampled_from(NAMES)
asked = st.sampled_from([*NAMES, *PATTERNS])
sockets = st.sampled_from(SOCKETS)
expiries = st.one_of(st.none(), st.integers(1, 10), st.just(2**63))


class Subscriptions(RuleBasedStateMachine):
    """An engine with a clock that only moves when told to, beside the model."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.transport = FakeTransport()
        self.served: list[str] = []
        self.transport.on_send = self.served.append
        self.engine = Engine(Catalogue(), [self.transport], Journal(), clock=lambda: self.model.now, wall=FakeClock())
        self.records = self.engine.watch()

    @initialize()
    def publish_one(self) -> None:
        self.publish(NAMES[0])

    @rule(name=names)
    def publish(self, name: str) -> None:
        assert self.engine.publish(name).name == name
        self.happened(self.model.publish(name))

    @rule(asked=asked, socket=sockets, expire=expiries)
    def subscribe(self, asked: str, socket: str, expire: int | None) -> None:
        if not self.means_something(asked):
            return
        made = self.engine.subscribe(asked, socket, expire)
        self.happened(self.model.subscribe(asked, socket, expire))
        assert [(subscription.event, str(subscription.socket)) for subscription in made] == [
            (name, socket) for name in self.model.matching(asked)
        ]

    @rule(asked=asked, socket=sockets)
    def unsubscribe(self, asked: str, socket: str) -> None:
        if not self.means_something(asked):
            return
        ended = self.engine.unsubscribe(asked, socket)
        records = self.model.unsubscribe(asked, socket)
        assert [f"unsubscribed {subscription.event} {subscription.socket}" for subscription in ended] == records
        self.happened(records)

    @rule(seconds=st.sampled_from([0.25, 1.0, 3.0, 10.0]))
    def time_passes(self, seconds: float) -> None:
        expected = self.model.advance(seconds)
        self.engine.reap()
        assert sorted(self.read()) == sorted(expected)

    @rule(seconds=st.sampled_from([1.0, 5.0]), name=names)
    @precondition(lambda self: len(self.model.events) > 0)
    def an_event_is_raised_before_the_reaper_wakes(self, seconds: float, name: str) -> None:
        if name not in self.model.events:
            return
        expired = self.model.advance(seconds)
        self.serve(name, expired)

    @rule(name=names)
    def raise_event(self, name: str) -> None:
        if name in self.model.events:
            self.serve(name, [])

    @rule(socket=sockets)
    def a_peer_goes_or_comes_back(self, socket: str) -> None:
        if self.transport.broken.pop(bare(socket), None) is None:
            self.transport.broken[bare(socket)] = "EDOWN"

    @invariant()
    def the_listing_is_the_models(self) -> None:
        now = self.model.now
        assert [
            (str(s.subscription.socket), s.subscription.expire, s.ttl, s.sent, s.failed, s.last_error)
            for name in self.model.events
            for s in self.engine.subscription_states(name)
        ] == [
            (socket, entry.expire, entry.left(now), entry.sent, entry.failed, entry.last_error)
            for event in self.model.events.values()
            for socket, entry in reversed(event.entries.items())
        ]

    @invariant()
    def the_counters_are_the_models(self) -> None:
        assert [(s.event.name, s.subscribers, s.raised, s.sent, s.failed) for s in self.engine.event_states()] == [
            (name, len(event.entries), event.raised, event.sent, event.failed)
            for name, event in self.model.events.items()
        ]

    def means_something(self, asked: str) -> bool:
        """A wildcard always does; a plain name must be published (else it is an error, tested elsewhere)."""
        return asked in PATTERNS or asked in self.model.events

    def serve(self, name: str, expired: list[str]) -> None:
        self.served.clear()
        self.transport.sent.clear()
        raised = self.engine.raise_event(name)
        expected = self.model.raise_event(name, {socket for socket in SOCKETS if self.is_down(socket)})
        assert self.served == [bare(socket) for socket in expected]
        assert self.transport.sent == [(bare(s), payload(name, s)) for s in expected if not self.is_down(s)]
        assert [(str(d.socket), d.error) for d in raised.deliveries()] == [
            (socket, "EDOWN" if self.is_down(socket) else None) for socket in expected
        ]
        happened = self.read()
        assert sorted(happened[:-1]) == sorted(expired)
        assert happened[-1] == f"raised {name}"

    def is_down(self, socket: str) -> bool:
        return bare(socket) in self.transport.broken

    def happened(self, expected: list[str]) -> None:
        assert self.read() == expected

    def read(self) -> list[str]:
        assert self.records.lost == 0
        return [describe(record) for record in self.records.read()]


def bare(socket: str) -> str:
    """Return the peer's address, without scheme and option."""
    return socket.removeprefix("fake:").partition("?")[0]


def payload(name: str, socket: str) -> bytes:
    """Write what a subscriber is sent."""
    encode = text.encode if socket.endswith("?payload=text") else jsonrpc.encode_notification
    return encode(name, NO_PARAMS)


def describe(record: Record) -> str:
    """Say a record as the model does."""
    match record:
        case Raised() | Published() | Refused():
            return f"{type(record).__name__.lower()} {record.event}"
        case Subscribed() | Refreshed() | Unsubscribed() | Expired():
            return f"{type(record).__name__.lower()} {record.subscription.event} {record.subscription.socket}"
        case Settled() | Retrying() | Restarted():
            raise AssertionError("nothing waits here, and no server is watched")


TestSubscriptions = Subscriptions.TestCase
TestSubscriptions.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
