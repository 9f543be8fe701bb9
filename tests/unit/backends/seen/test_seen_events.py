"""What a consumer remembers: messages that came, and events that were seen; both with a bound."""

from evtui.backends.amqp.deduplicator import Deduplicator
from evtui.backends.amqp.delivery_frames import ConsumedMessage
from evtui.backends.seen.seen_events import SeenEvents
from evtui.core.values import NO_PARAMS, Params
from evtui.engine.catalogue import static_events


def message(name: str | None, *, key: str = "k", body: bytes = b"x", redelivered: bool = False) -> ConsumedMessage:
    return ConsumedMessage(1, redelivered, "ex", key, body, name)


def test_a_message_that_comes_again_is_known_from_publisher_and_broker() -> None:
    once = Deduplicator()
    assert once.is_new(message("a"))
    assert not once.is_new(message("a"))
    assert not once.is_new(message("a", redelivered=True))


def test_the_same_id_on_another_route_or_with_another_body_is_another_message() -> None:
    once = Deduplicator()
    assert [once.is_new(item) for item in (message("a"), message("a", key="l"), message("a", body=b"y"))] == [True] * 3


def test_one_without_an_id_is_always_new() -> None:
    once = Deduplicator()
    assert once.is_new(message(None))
    assert once.is_new(message(None))


def test_the_oldest_is_forgotten_first() -> None:
    once = Deduplicator(remembered=2)
    for name in ("a", "b", "c"):
        once.is_new(message(name))
    assert not once.is_new(message("b"))
    assert once.is_new(message("a"))


def test_documented_events_keep_their_ids_and_others_follow_as_they_appear() -> None:
    seen = SeenEvents()
    documented = static_events()
    seen.add("E_OURS", 5.0, Params((1,)))
    seen.add(documented[3].name, 6.0, NO_PARAMS)
    seen.add("E_OURS", 7.0, Params((2,)))
    states = seen.states()
    assert [state.event.id for state in states] == list(range(len(documented) + 1))
    assert (states[-1].event.name, states[-1].received, states[-1].last_at) == ("E_OURS", 2, 7.0)
    assert (states[-1].raised, states[-1].subscribers) == (None, None), "a broker does not tell"
    assert states[-1].last_params == Params((2,))
    assert (states[3].event, states[3].received) == (documented[3], 1)


def test_names_past_the_bound_are_counted_only() -> None:
    seen = SeenEvents(max_events=1)
    for name in ("a", "b", "c", "a"):
        seen.add(name, 1.0, NO_PARAMS)
    assert seen.states()[-1].event.name == "a"
    assert seen.states()[-1].received == 2
    assert seen.left_out == 2
