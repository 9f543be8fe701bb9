"""Lists of evtui and of several versions of OpenSIPS, turned into states; and replies that are not lists."""

import pytest

from evtui.backends.remote.mi_address import UnixAddress
from evtui.backends.remote.mi_client import MiClient
from evtui.backends.remote.server_listings import (
    Seen,
    event_states,
    subscription_states,
    transport_infos,
    with_codec,
    with_totals,
)
from evtui.codecs.jsonvalue import Json, loads
from evtui.core.errors import BackendError
from evtui.core.ports import Status
from evtui.core.transport import info_of
from evtui.core.values import Params
from evtui.transports import INFOS

CLIENT = MiClient(UnixAddress("/nowhere"))
NO_SUBSCRIBERS = loads('{"Events":[]}')


def ttl_of(subscriber: str) -> float | None:
    """Read the time left of one subscriber."""
    listed = '{"Event":{"name":"E","id":0,"Subscribers":[' + subscriber + "]}}"
    (state,) = subscription_states(loads(listed), 0.0)
    return state.ttl


def test_events_are_sorted_by_id_and_counted() -> None:
    listed = loads('{"Events":[{"name":"E_B","id":1},{"name":"E_A","id":0}]}')
    subscribers = loads('{"Events":[{"name":"E_B","id":1,"Subscribers":[{"socket":"udp:a:1","expire":"never"}]}]}')
    seen = {"E_A": Seen(3, 12.5, Params((1,)))}
    states = event_states(CLIENT, listed, subscribers, lambda name: seen.get(name, Seen()))
    assert [(state.event.name, state.subscribers, state.received, state.last_at) for state in states] == [
        ("E_A", 0, 3, 12.5),
        ("E_B", 1, 0, None),
    ]
    assert {(state.raised, state.sent, state.failed, state.dropped) for state in states} == {(None,) * 4}


def test_our_own_sockets_and_those_of_other_viewers_count_as_viewers() -> None:
    viewer = '{"socket":"udp:127.69.86.84:7","expire":60}'
    subscribers = '{"socket":"udp:a:1","expire":60},{"socket":"udp:a:11","expire":60},' + viewer
    listed = loads('{"Events":[{"name":"E_A","id":0,"Subscribers":[' + subscribers + "]}]}")
    (event,) = event_states(CLIENT, loads('{"Events":[{"name":"E_A","id":0}]}'), listed, lambda _: Seen(), {"udp:a:1"})
    states = subscription_states(listed, 0.0, {"udp:a:1"})
    assert (event.subscribers, event.viewers) == (1, 2)
    assert [state.viewer for state in states] == [True, False, True]


def test_a_static_event_comes_with_its_documentation_and_the_servers_id() -> None:
    (state,) = event_states(
        CLIENT, loads('{"Events":[{"name":"E_PIKE_BLOCKED","id":40}]}'), NO_SUBSCRIBERS, lambda _: Seen()
    )
    assert (state.event.id, state.event.module) == (40, "pike")
    assert state.event.parameters[0].name == "ip"


@pytest.mark.parametrize("listed", ['{"Events":3}', '{"Events":[3]}', "[]", '"OK"', "{}"])
def test_a_reply_without_a_list_of_events_is_an_error(listed: str) -> None:
    with pytest.raises(BackendError, match="unix:/nowhere: the reply holds no list of Events"):
        event_states(CLIENT, loads(listed), NO_SUBSCRIBERS, lambda _: Seen())


@pytest.mark.parametrize(
    ("subscriber", "ttl"),
    [
        ('{"socket":"udp:a:1","expire":"never"}', None),
        ('{"socket":"udp:a:1","expire":60,"ttl":59}', 59.0),
        ('{"socket":"udp:a:1","expire":60,"ttl":"expired"}', 0.0),
        ('{"socket":"udp:a:1","expire":60}', None),  # the time left is not known
    ],
)
def test_the_time_left_is_read_as_each_version_lists_it(subscriber: str, ttl: float | None) -> None:
    assert ttl_of(subscriber) == ttl


@pytest.mark.parametrize("listed", ['{"Event":{}}', '{"Events":[]}', "{}", "3", '{"Events":3}', '{"Events":[3]}'])
def test_a_reply_without_subscribers_has_no_subscriptions(listed: str) -> None:
    assert subscription_states(loads(listed), 0.0) == ()


def test_totals_are_those_of_the_engine_and_the_others_are_not_told() -> None:
    status = with_totals(Status("x"), loads('{"evi:raised":4,"evi:sent":3,"evi:failed":0,"mi:requests":9}'))
    assert (status.raised, status.sent, status.failed, status.dropped) == (4, 3, 0, None)


@pytest.mark.parametrize("nothing", [None, 3, "OK"])
def test_a_server_without_totals_and_transports_adds_none(nothing: Json) -> None:
    status = with_totals(Status("x"), nothing)
    assert (status.raised, status.sent, status.failed, status.dropped, status.queued) == (None,) * 5
    assert transport_infos(nothing) == ()


@pytest.mark.parametrize(
    ("socket", "codec"),
    [("udp:a:1", "jsonrpc"), ("udp:a:1?payload=text", "text"), ("rabbitmq:a/k", "jsonrpc"), ("xmlrpc:a:1:m", "")],
)
def test_a_payload_that_a_scheme_does_not_tell_is_not_taken_for_json(socket: str, codec: str) -> None:
    listed = loads('{"Events":[{"name":"E","id":1,"Subscribers":[{"socket":"' + socket + '","expire":"never"}]}]}')
    (state,) = subscription_states(listed, 0.0)
    info = info_of(state.subscription.socket.scheme, INFOS)
    assert with_codec(state, info, classic=False).codec == codec
    assert with_codec(state, info, classic=True).codec == (codec and "text")
