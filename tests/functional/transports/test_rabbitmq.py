"""The RabbitMQ transport against a real broker."""

from datetime import UTC, datetime

import aio_pika
import pytest
from anyio import create_task_group, to_thread

from evtui.core.errors import BadSocketError, DeliveryError
from evtui.transports.rabbitmq.settings import RabbitmqSettings
from evtui.transports.rabbitmq.transport import RabbitmqTransport
from tests.functional.processes.waiting import deliver, notification, notifications, until
from tests.functional.transports.rabbit_client import client, read, read_until
from tests.functional.transports.rabbit_node import PASSWORD, SIDE_VHOST, USER, RabbitNode
from tests.functional.transports.rabbit_sockets import Deliveries, deliver_all, sender_to

LOGIN = "ev%40tui:p%2Fw%3A1%40%20%25@"
SIDE = "vhost=side%2F100%25"


async def test_a_batch_arrives_in_order_with_its_properties(rabbit: RabbitNode) -> None:
    async with client(rabbit) as channel, sender_to(rabbit, "evtui.order") as sender:
        queue = await channel.declare_queue("evtui.order", exclusive=True)
        batch = notifications(range(1, 501))
        assert (await deliver(sender, batch)).delivered == list(range(500))
        found = await read(queue, 500)
        assert [message.body for message in found] == [each.payload for each in batch]
        assert [message.message_id for message in found] == [each.message_id for each in batch]
        first = found[0]
        assert (first.content_type, first.delivery_mode, first.app_id) == ("application/json", 1, "evtui")
        assert first.timestamp == datetime.fromtimestamp(batch[0].at, tz=UTC)


async def test_persistent_and_text_messages_have_the_properties_for_it(rabbit: RabbitNode) -> None:
    rest = "persistent;payload=text?evtui.text"
    async with client(rabbit) as channel, sender_to(rabbit, rest) as sender:
        queue = await channel.declare_queue("evtui.text", exclusive=True)
        codec = RabbitmqTransport().parse("rabbitmq", f"127.0.0.1/{rest}", trusted=True).codec
        await deliver(sender, [notification(1, {"a": "b"}, codec=codec)])
        (message,) = await read(queue, 1)
        assert (message.content_type, message.delivery_mode) == ("text/plain", 2)
        assert message.body == b"E_T\na::b"


@pytest.mark.parametrize("written", ["exchange=evtui.ex?", "evtui.ex?"])
@pytest.mark.parametrize(
    ("kind", "binding", "key"),
    [("direct", "a.b", "a.b"), ("topic", "a.*", "a.b"), ("fanout", "", "whatever")],
)
async def test_an_exchange_of_any_type_routes_them(
    rabbit: RabbitNode, written: str, kind: str, binding: str, key: str
) -> None:
    async with client(rabbit) as channel, sender_to(rabbit, written + key) as sender:
        exchange = await channel.declare_exchange("evtui.ex", aio_pika.ExchangeType(kind), auto_delete=True)
        queue = await channel.declare_queue("", exclusive=True)
        await queue.bind(exchange, binding)
        await deliver(sender, notifications([1]))
        (message,) = await read(queue, 1)
        assert (message.exchange, message.routing_key) == ("evtui.ex", key)


async def test_a_message_longer_than_a_frame_arrives_whole(rabbit: RabbitNode) -> None:
    async with client(rabbit) as channel, sender_to(rabbit, "evtui.long") as sender:
        queue = await channel.declare_queue("evtui.long", exclusive=True)
        long = notification(1, {"text": "x" * 500_000})
        await deliver(sender, [long])
        (message,) = await read(queue, 1)
        assert message.body == long.payload


async def test_a_message_that_no_queue_takes_has_failed_and_the_rest_has_not(rabbit: RabbitNode) -> None:
    async with client(rabbit) as channel, sender_to(rabbit, "evtui.now") as sender:
        assert (await deliver(sender, notifications(range(3)))).refused == dict.fromkeys(range(3), "312 NO_ROUTE")
        queue = await channel.declare_queue("evtui.now", exclusive=True)
        assert (await deliver(sender, notifications(range(3)))).delivered == [0, 1, 2]
        await read(queue, 3)


async def test_one_event_for_two_queues_is_returned_for_the_missing_queue_only(rabbit: RabbitNode) -> None:
    transport = RabbitmqTransport()
    async with (
        client(rabbit) as channel,
        sender_to(rabbit, "evtui.there", transport=transport) as there,
        sender_to(rabbit, "evtui.missing", transport=transport) as missing,
    ):
        await channel.declare_queue("evtui.there", exclusive=True)
        done, lost = Deliveries(), Deliveries()
        async with create_task_group() as tasks:
            tasks.start_soon(deliver_all, there, notifications(range(2000)), done)
            tasks.start_soon(deliver_all, missing, notifications(range(2000)), lost)
        assert (done.delivered, done.refused, done.reasons) == (2000, {}, [])
        assert (lost.delivered, len(lost.refused), lost.reasons) == (0, 2000, [])


async def test_a_message_that_is_not_mandatory_is_delivered_without_a_queue(rabbit: RabbitNode) -> None:
    async with sender_to(rabbit, "mandatory=false?evtui.nowhere") as sender:
        assert (await deliver(sender, notifications([1]))).delivered == [0]


async def test_names_and_passwords_with_any_sign_reach_the_broker(rabbit: RabbitNode) -> None:
    assert (USER, PASSWORD, SIDE_VHOST) == ("ev@tui", "p/w:1@ %", "side/100%")
    async with (
        client(rabbit, SIDE_VHOST) as channel,
        sender_to(rabbit, f"{SIDE}?evtui.side", login=LOGIN) as sender,
    ):
        queue = await channel.declare_queue("evtui.side", exclusive=True)
        assert (await deliver(sender, notifications([1]))).delivered == [0]
        await read(queue, 1)


@pytest.mark.parametrize(
    ("login", "rest", "reason"),
    [
        ("guest:wrong@", "q", "ACCESS_REFUSED: wrong password for 'guest', or no such user"),
        ("nobody@", "q", "ACCESS_REFUSED: wrong password for 'nobody', or no such user"),
        ("", "vhost=missing?q", "NOT_ALLOWED: no virtual host 'missing', or none for 'guest'"),
        (LOGIN, "q", "NOT_ALLOWED: no virtual host '/', or none for 'ev@tui'"),
        ("", "exchange=evtui.missing?q", "NOT_FOUND - no exchange 'evtui.missing' in vhost '/'"),
        (
            LOGIN,
            f"{SIDE};exchange=amq.topic?q",
            "ACCESS_REFUSED - access to exchange 'amq.topic' in vhost 'side/100%' refused for user 'ev@tui'",
        ),
    ],
)
async def test_a_refusal_has_its_reason_and_the_notifications_stay_unsettled(
    rabbit: RabbitNode, login: str, rest: str, reason: str
) -> None:
    async with sender_to(rabbit, rest, login=login) as sender:
        for _ in range(3):
            with pytest.raises(DeliveryError) as caught:
                await deliver(sender, notifications([1, 2]))
            assert caught.value.reason.replace(" - write access", " - access") == reason  # 3.13 says which access


async def test_a_missing_exchange_does_not_fail_other_publishers_of_the_connection(rabbit: RabbitNode) -> None:
    transport = RabbitmqTransport()
    async with (
        client(rabbit) as channel,
        sender_to(rabbit, "evtui.good", transport=transport) as good,
        sender_to(rabbit, "evtui.missing?q", transport=transport) as bad,
    ):
        queue = await channel.declare_queue("evtui.good", exclusive=True)
        await deliver(good, notifications([0]))
        for number in range(1, 6):
            with pytest.raises(DeliveryError):
                await deliver(bad, notifications([1]))
            done = Deliveries()
            await deliver_all(good, notifications([number]), done)
            assert done.reasons == []
        assert [each.message_id for each in await read(queue, 6)] == [f"run-{number}" for number in range(6)]
        exchange = await channel.declare_exchange("evtui.missing", auto_delete=True)
        await queue.bind(exchange, "q")
        assert (await deliver(bad, notifications([7]))).delivered == [0]


async def test_a_publisher_with_batches_in_flight_beside_missing_exchanges_has_no_failure(rabbit: RabbitNode) -> None:
    transport, count = RabbitmqTransport(), 12_000
    good, reasons = Deliveries(), list[str]()

    async def miss(number: int) -> None:
        async with sender_to(rabbit, f"evtui.missing{number}?q", transport=transport) as bad:
            await until(lambda: good.delivered >= number * 1000)  # in the midst of the other's batches
            with pytest.raises(DeliveryError) as caught:
                await deliver(bad, notifications([1]))
            reasons.append(caught.value.reason)

    async with client(rabbit) as channel, sender_to(rabbit, "evtui.busy", transport=transport) as busy:
        queue = await channel.declare_queue("evtui.busy", exclusive=True)
        async with create_task_group() as tasks:
            for number in range(1, 11):
                tasks.start_soon(miss, number)
            tasks.start_soon(deliver_all, busy, notifications(range(count)), good)
        found = [each.message_id for each in await read_until(queue, f"run-{count - 1}")]
    assert (good.delivered, good.reasons, good.refused) == (count, [], {})
    assert list(dict.fromkeys(found)) == [f"run-{number}" for number in range(count)]
    assert sorted(reasons) == sorted(f"NOT_FOUND - no exchange 'evtui.missing{n}' in vhost '/'" for n in range(1, 11))


async def test_a_message_that_is_too_large_for_the_broker_fails_alone(rabbit: RabbitNode) -> None:
    async with client(rabbit) as channel, sender_to(rabbit, "evtui.large") as sender:
        queue = await channel.declare_queue("evtui.large", exclusive=True)
        batch = [notification(1), notification(2, {"text": "x" * 1_100_000}), notification(3)]
        done = Deliveries()
        await deliver_all(sender, batch, done)
        assert (done.delivered, list(done.refused)) == (2, ["run-2"])
        assert "larger than configured max size" in done.refused["run-2"]
        await deliver(sender, notifications([4]))
        names = [each.message_id for each in await read_until(queue, "run-4")]
        assert list(dict.fromkeys(names)) == ["run-1", "run-3", "run-4"]  # the first may have come twice


async def test_notifications_that_a_full_queue_refuses_stay_unsettled(rabbit: RabbitNode) -> None:
    async with client(rabbit) as channel, sender_to(rabbit, "evtui.full") as sender:
        queue = await channel.declare_queue(
            "evtui.full", exclusive=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"}
        )
        await deliver(sender, notifications([1]))
        with pytest.raises(DeliveryError, match="nack"):
            await deliver(sender, notifications([2]))
        await queue.purge()
        assert (await deliver(sender, notifications([2]))).delivered == [0]


async def test_all_subscriptions_of_a_login_share_one_connection_and_one_channel(rabbit: RabbitNode) -> None:
    transport = RabbitmqTransport()
    async with (
        client(rabbit) as channel,
        sender_to(rabbit, "evtui.one", transport=transport) as one,
        sender_to(rabbit, "evtui.two", transport=transport) as two,
    ):
        for name in ("evtui.one", "evtui.two"):
            await channel.declare_queue(name, exclusive=True)
        for sender in (one, two):
            await deliver(sender, notifications(range(10)))
        (row,) = await _connections(rabbit)
        assert row.split()[1] == "1"


async def test_the_connection_is_closed_with_its_last_sender_and_opened_with_the_next(rabbit: RabbitNode) -> None:
    transport = RabbitmqTransport()
    async with client(rabbit) as channel:
        await channel.declare_queue("evtui.again", exclusive=True)
        for _ in range(2):
            async with sender_to(rabbit, "evtui.again", transport=transport) as sender:
                assert (await deliver(sender, notifications([1]))).delivered == [0]
            assert await _connections(rabbit) == []


async def test_an_idle_connection_that_the_broker_closed_is_opened_again_without_a_failure(rabbit: RabbitNode) -> None:
    async with client(rabbit) as channel, sender_to(rabbit, "evtui.idle") as sender:
        queue = await channel.declare_queue("evtui.idle", exclusive=True)
        await deliver(sender, notifications([1]))
        (row,) = await _connections(rabbit)
        await to_thread.run_sync(rabbit.ctl, "close_connection", row.split()[0], "tests")
        assert await _connections(rabbit) == []
        assert (await deliver(sender, notifications([2]))).delivered == [0]
        await read(queue, 2)


async def _connections(rabbit: RabbitNode) -> list[str]:
    """List the connections of evtui: its process in the broker and its channels."""
    rows = await to_thread.run_sync(rabbit.ctl, "list_connections", "pid", "channels", "client_properties")
    return [row for row in rows.splitlines() if '"evtui"' in row]


async def test_a_refused_address_class_is_named_with_the_setting_that_allows_it() -> None:
    with pytest.raises(
        BadSocketError, match=r"host: 169\.254\.1\.1 is link-local: allow it in transports\.rabbitmq\.allow"
    ):
        RabbitmqTransport().parse("rabbitmq", "169.254.1.1/q", trusted=False).open()
    allowed = RabbitmqTransport(RabbitmqSettings(allow=("link-local",)))
    allowed.parse("rabbitmq", "169.254.1.1/q", trusted=False).open()
