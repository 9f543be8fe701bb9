"""The outboxes of a server, read from its lists, and passwords left out of sockets."""

import pytest

from evtui.backends.remote.server_listings import outbox_states, subscription_states, with_outbox
from evtui.codecs.jsonvalue import Members
from evtui.core.redact import redact_listed

QUEUE = Members((
    ("socket", "rabbitmq:me@broker/q"), ("state", "retrying"), ("queued", 37), ("bytes", 5120), ("age", 12.5),
    ("attempt", 2), ("retry_in", 3), ("delivered", 4), ("failed", 1), ("dropped", 2), ("durable", True),
    ("last_error", "ECONNREFUSED: Connection refused"),
))  # fmt: skip


def listing(socket: str) -> Members:
    subscriber = Members((("socket", socket), ("expire", 60), ("ttl", 50)))
    return Members((("Events", [Members((("name", "E_T"), ("Subscribers", [subscriber])))]),))


def test_a_queue_is_joined_to_the_subscription_of_its_socket() -> None:
    boxes = outbox_states(Members((("Queues", [QUEUE]),)))
    (state,) = subscription_states(listing("rabbitmq:me@broker/q"), 0.0)
    joined = with_outbox(state, boxes)
    assert joined.outbox is not None
    assert (joined.queued, joined.sent, joined.failed, joined.dropped) == (37, 4, 1, 2)
    assert (joined.outbox.link, joined.outbox.age, joined.outbox.retry_in, joined.outbox.durable) == (
        "retrying", 12.5, 3.0, True,
    )  # fmt: skip
    (other,) = subscription_states(listing("rabbitmq:you@broker/q"), 0.0)
    assert with_outbox(other, boxes) is other


@pytest.mark.parametrize("listed", [None, "x", Members(()), Members((("Queues", 1),)), Members((("Queues", [1]),))])
def test_a_reply_without_a_list_has_no_queues(listed: str | Members | None) -> None:
    assert outbox_states(listed) == {}


@pytest.mark.parametrize(
    ("socket", "shown"),
    [
        ("rabbitmq:me:secret@broker/q", "rabbitmq:me@broker/q"),
        ("rabbitmq:me:se:cr@et/@broker:5672/q?k", "rabbitmq:me@broker:5672/q?k"),
        ("amqps://me:secret@broker/v/x", "amqps://me@broker/v/x"),
        ("virtual:FAILOVER rabbitmq:a:x@h/q rabbitmq:b:y@h/q", "virtual:FAILOVER rabbitmq:a@h/q rabbitmq:b@h/q"),
        ("rabbitmq:me@broker/q", "rabbitmq:me@broker/q"),
        ("udp:127.0.0.1:9000", "udp:127.0.0.1:9000"),
        ("unix:/tmp/a:b@c", "unix:/tmp/a:b@c"),
        ("udp:[::1]:9000?payload=text", "udp:[::1]:9000?payload=text"),
    ],
)
def test_a_password_is_left_out_of_any_socket(socket: str, shown: str) -> None:
    assert redact_listed(socket) == shown


def test_a_password_that_a_server_lists_is_not_shown() -> None:
    (state,) = subscription_states(listing("rabbitmq:me:secret@broker/q"), 0.0)
    assert str(state.subscription.socket) == "rabbitmq:me@broker/q"
