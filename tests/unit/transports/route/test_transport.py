"""Routes of a script as subscribers of an engine."""

import pytest

from evtui.core.errors import BadSocketError
from evtui.core.transport import Handler, Notification
from evtui.core.values import Params
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.transports.route.transport import RouteTransport
from tests.fakes.engine_fakes import FakeClock, FakeTransport


class Heard:
    def __init__(self) -> None:
        self.notifications: list[Notification] = []

    def __call__(self, notification: Notification) -> str | None:
        self.notifications.append(notification)
        return None


def engine_with(routes: RouteTransport, *events: str) -> Engine:
    catalogue = Catalogue()
    for event in events:
        catalogue.publish(event)
    return Engine(catalogue, [FakeTransport(), routes], Journal(), clock=FakeClock(), wall=FakeClock())


def test_a_route_is_subscribed_by_its_name_and_gets_the_parameters() -> None:
    heard, routes = Heard(), RouteTransport()
    routes.serve({"E_X": Handler(heard)})
    engine = engine_with(routes, "E_X")
    engine.subscribe("E_X", "route:E_X")
    engine.raise_event("E_X", {"ip": "1.2.3.4"})
    assert [(notification.event, notification.params) for notification in heard.notifications] == [
        ("E_X", Params(("1.2.3.4",), ("ip",)))
    ]
    assert [str(state.subscription.socket) for state in engine.subscription_states("E_X")] == ["route:E_X"]


def test_a_route_may_serve_another_event_expire_and_be_unsubscribed() -> None:
    heard, routes = Heard(), RouteTransport()
    routes.serve({"E_X": Handler(heard)})
    engine = engine_with(routes, "E_X", "E_Y")
    (made,) = engine.subscribe("E_Y", "route:E_X", 60, trusted=False)
    assert made.expire == 60
    engine.raise_event("E_Y")
    engine.unsubscribe("E_Y", "route:E_X")
    engine.raise_event("E_Y")
    assert [notification.event for notification in heard.notifications] == ["E_Y"]


def test_a_route_that_the_script_does_not_have_is_refused_with_those_it_has() -> None:
    routes = RouteTransport()
    routes.serve({"E_X": Handler(Heard()), "E_Y": Handler(Heard())})
    with pytest.raises(BadSocketError, match="no event_route of that name; there are E_X, E_Y") as refusal:
        routes.parse("route", "E_Z", trusted=True)
    assert refusal.value.part == "name"


@pytest.mark.parametrize("scheme", ["route", "routing"])
def test_without_a_script_the_scheme_knows_no_names(scheme: str) -> None:
    with pytest.raises(BadSocketError, match="name: "):
        RouteTransport().parse(scheme, "E_X", trusted=True)


def test_a_route_that_has_gone_is_not_found_any_more() -> None:
    routes = RouteTransport()
    takers = {"E_X": Handler(Heard())}
    routes.serve(takers)
    target = routes.parse("route", "E_X", trusted=True)
    del takers["E_X"]
    with pytest.raises(BadSocketError):
        target.open()


def test_it_is_served_after_those_that_subscribed_later() -> None:
    order: list[str] = []
    transport, routes = FakeTransport(), RouteTransport()
    transport.on_send = order.append

    def handle(notification: Notification) -> None:
        order.append(f"route {notification.event}")

    routes.serve({"E_X": Handler(handle)})
    catalogue = Catalogue()
    catalogue.publish("E_X")
    engine = Engine(catalogue, [transport, routes], Journal(), clock=FakeClock(), wall=FakeClock())
    engine.subscribe("E_X", "route:E_X")
    engine.subscribe("E_X", "fake:a")
    engine.raise_event("E_X")
    assert order == ["a", "route E_X"]
