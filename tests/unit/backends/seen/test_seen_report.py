"""What is said of a server that keeps no history: only what follows from its lists and from the own feed."""

import math
from collections.abc import Sequence

from evtui.backends.seen.seen_report import report_seen
from evtui.backends.seen.seen_subscriptions import MAX_SEEN, SeenSubscriptions
from evtui.core.delivery_report import DeliveryReport
from evtui.core.ports import SubscriptionState
from evtui.core.records import DispatchGroup, DispatchPlan, Raised
from evtui.core.values import NO_PARAMS, Socket, Subscription
from tests.fakes.engine_fakes import FakeClock

UDP = Socket("udp", "192.0.2.1:9000")
_PLAN = DispatchPlan(("jsonrpc",), (DispatchGroup((Socket("udp", "127.69.86.84:1"),), 0),), 1)


class World:
    """A server whose subscriptions are listed, and a feed that receives what it raises."""

    def __init__(self) -> None:
        self.wall = FakeClock(1000.0)
        self.seen = SeenSubscriptions(self.wall)
        self.raises: list[Raised] = []

    def look(self, *states: SubscriptionState, after: float = 1.0) -> None:
        self.wall.pass_by(after)
        self.seen.take(states, lambda _event: True)

    def raise_event(self, event: str = "E_T", after: float = 0.5) -> None:
        self.wall.pass_by(after)
        self.raises.append(Raised(len(self.raises), self.wall(), event, NO_PARAMS, _PLAN, (b"",), (math.nan,)))

    def report(self, socket: str = str(UDP), *, is_own: bool = False) -> DeliveryReport:
        return report_seen("E_T", socket, self.seen, self.raises, 1000.0, is_own=is_own)


def listed(ttl: float | None = 60.0, socket: Socket = UDP, *, viewer: bool = False) -> SubscriptionState:
    return SubscriptionState(Subscription("E_T", socket, 60), ttl, viewer=viewer)


def told(report: DeliveryReport) -> Sequence[tuple[str, int]]:
    return [(step.kind, step.count) for step in report.steps]


def test_a_raise_while_the_socket_is_listed_is_not_told_and_one_while_it_is_not_was_missed() -> None:
    world = World()
    world.look(listed())
    world.look(listed(59))
    world.raise_event()
    world.raise_event()
    world.look(listed(57))
    world.look()
    world.look()
    world.raise_event()
    world.raise_event("E_OTHER")
    world.look()
    world.look(listed(60))
    report = world.report()
    assert told(report) == [("subscribed", 1), ("not told", 2), ("unsubscribed", 1), ("missed", 1), ("subscribed", 1)]
    assert report.steps[2].cause == "a client ended it, or a restart of the server did: it does not tell which"
    assert report.steps[3].advice == "subscribe it again, or renew it before it expires"
    assert report.answer.startswith("It is subscribed to E_T now, as the server lists it. This server does not tell")


def test_a_raise_at_about_the_time_of_a_change_is_not_told() -> None:
    world = World()
    world.look()
    world.raise_event()
    world.look(listed())
    assert told(world.report()) == [("subscribed", 1), ("not told", 1)]
    assert world.report().steps[1].cause == "the subscription changed at about the same time"


def test_before_the_first_list_nothing_is_known() -> None:
    world = World()
    world.raise_event()
    world.look(listed())
    assert [step.cause for step in world.report().steps if step.kind == "not told"] == [
        "this program had not asked yet which sockets are subscribed"
    ]


def test_an_expiry_and_a_renewal_are_seen_by_the_time_left() -> None:
    world = World()
    world.look(listed(10))
    world.look(listed(60), after=5)
    world.look(listed(1), after=59)
    world.look(after=2)
    assert [step.kind for step in world.report().steps] == ["subscribed", "renewed", "expired"]
    assert world.report().answer.startswith("It is not subscribed to E_T now")


def test_what_this_program_did_itself_is_said() -> None:
    world = World()
    world.look()
    world.seen.note_own((Subscription("E_T", UDP, 60),), 60)
    world.look(listed(59))
    world.seen.note_own((Subscription("E_T", UDP, 60),), 0)
    world.look()
    assert [(step.kind, step.cause) for step in world.report().steps] == [
        ("subscribed", "this program asked for it"), ("unsubscribed", "this program asked for it"),
    ]  # fmt: skip


def test_viewers_are_no_subscribers_and_the_own_feed_got_what_it_received() -> None:
    world = World()
    own = Socket("udp", "127.69.86.84:5")
    world.look(listed(socket=own, viewer=True))
    assert world.seen.last_socket("E_T") == ""
    assert world.report("").answer.startswith("No socket is subscribed to E_T, as the server lists it.")
    world.raise_event()
    assert told(world.report(str(own), is_own=True)) == [("delivered", 1)]


def test_a_list_with_gaps_ends_nothing() -> None:
    world = World()
    world.look(listed())
    world.seen.take((), lambda _event: False)
    assert world.seen.is_listed("E_T", str(UDP))


def test_a_single_request_says_how_to_see_more() -> None:
    world = World()
    world.look(listed())
    report = report_seen("E_T", str(UDP), world.seen, (), None, is_own=False)
    assert "attach the console" in report.advice


def test_what_is_remembered_is_bounded() -> None:
    world = World()
    for number in range(20):
        world.look(*(listed(socket=Socket("udp", f"192.0.2.1:{number * 1000 + each}")) for each in range(1000)))
    assert len(world.seen._changes) <= MAX_SEEN  # pyright: ignore[reportPrivateUsage]
