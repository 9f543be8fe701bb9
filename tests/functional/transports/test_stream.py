"""JSON-RPC over TCP against peers that split, merge, delay, refuse, close, send wrong replies, stop and come back."""

import itertools
import json
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from typing import Any

import anyio
import pytest
from anyio.abc import SocketStream

from evtui.codecs.payload import encoder
from evtui.core.errors import DeliveryError
from evtui.core.transport import Notification, Queued, Sender, Target
from evtui.core.values import Params
from evtui.transports.stream.transport import StreamTransport
from tests.functional.transports.stream_peers import TALKER, Peer, ReceiverProcess, peer, reply
from tests.limits import HANG


class Ends:
    """How the notifications of a batch ended, by their place."""

    def __init__(self) -> None:
        self.by_place: dict[int, str | None] = {}

    def __call__(self, place: int, why: str | None) -> None:
        self.by_place.setdefault(place, why)

    def all_delivered(self, first: int, behind: int) -> None:
        for place in range(first, behind):
            self(place, None)


def target(address: str, scheme: str = "tcp") -> Target:
    return StreamTransport("jsonrpc" if scheme == "jsonrpc" else "tcp").parse(scheme, address, trusted=True)


def sender(where: Target) -> Sender:
    opened = where.open()
    assert isinstance(opened, Queued)
    assert opened.policy.timeout is None
    return opened.sender


def notifications(where: Target, *values: object, event: str = "E_X") -> list[Notification]:
    write = encoder(where.codec)
    found: list[Notification] = []
    for serial, value in enumerate(values, 1):
        params = Params((value,)) if isinstance(value, int | str) else Params()
        found.append(Notification("run", serial, 0.0, event, params, write(event, params)))
    return found


async def send(to: Sender, batch: Sequence[Notification]) -> Ends:
    ends = Ends()
    with anyio.fail_after(HANG):
        await to.send(batch, ends)
    return ends


async def refused(to: Sender, batch: Sequence[Notification]) -> tuple[str, Ends]:
    ends = Ends()
    with anyio.fail_after(HANG), pytest.raises(DeliveryError) as refusal:
        await to.send(batch, ends)
    return refusal.value.reason, ends


async def delivered_at_last(
    to: Sender, left: Sequence[Notification], after: Callable[[int], None] = lambda _attempt: None
) -> None:
    """Send as an outbox does: what was not settled in one attempt goes out again in the next."""
    with anyio.fail_after(HANG):
        for attempt in itertools.count(1):
            ends = Ends()
            with suppress(DeliveryError):
                await to.send(left[: to.window], ends)
            assert sorted(ends.by_place) == list(range(len(ends.by_place)))
            left = left[len(ends.by_place) :]
            if not left:
                return
            after(attempt)


def _has(count: int, listener: Peer) -> bool:
    return len(listener.got) == count


async def acknowledge(_peer: Peer, stream: SocketStream, objects: list[Any]) -> None:
    await stream.send(b"".join(reply(item["id"]) for item in objects))


async def test_notifications_leave_in_order_over_one_connection_with_nothing_between_them() -> None:
    async with peer() as listener:
        where = target(f"127.0.0.1:{listener.port}")
        to = sender(where)
        for start in (0, 1000, 2000):
            ends = await send(to, notifications(where, *range(start, start + 1000)))
            assert ends.by_place == dict.fromkeys(range(1000))
        await listener.until(lambda it: len(it.got) == 3000)
        await to.aclose()
    assert listener.raw.startswith(b'{"jsonrpc":"2.0","method":"E_X","params":[0]}{"jsonrpc":"2.0"')
    assert [item["params"] for item in listener.got] == [[number] for number in range(3000)]
    assert listener.connections == 1


async def test_a_method_in_the_socket_and_the_shape_of_2_4() -> None:
    async with peer() as listener:
        where = target(f"127.0.0.1:{listener.port}/notify", "jsonrpc")
        to = sender(where)
        await send(to, notifications(where, None, 1))
        await listener.until(lambda it: len(it.got) == 2)
        await to.aclose()
    assert listener.raw == (
        b'{"id":null,"jsonrpc":"2.0","method":"notify","params":{}}'
        b'{"id":null,"jsonrpc":"2.0","method":"notify","params":[1]}'
    )


async def test_what_a_peer_says_to_notifications_is_thrown_away_so_that_neither_waits_for_the_other() -> None:
    talker = ReceiverProcess(TALKER)
    try:
        where = target(f"127.0.0.1:{talker.port}?timeout=5000")
        to = sender(where)
        batch = notifications(where, *["x" * 100_000] * 200)
        ends = await send(to, batch)
        await to.aclose()
        assert await talker.ended() == [str(sum(len(notification.payload) for notification in batch))]
    finally:
        talker.kill()
    assert ends.by_place == dict.fromkeys(range(200))


async def test_what_a_peer_says_between_notifications_does_not_pile_up() -> None:
    async def talk(_peer: Peer, stream: SocketStream, _objects: list[Any]) -> None:
        await stream.send(b"thank you " * 20_000)

    async with peer(talk) as listener:
        where = target(f"127.0.0.1:{listener.port}?timeout=5000")
        to = sender(where)
        for number in range(100):  # 20 MB, more than the system keeps
            await send(to, notifications(where, number))
            await listener.until(partial(_has, number + 1))
        await to.aclose()
    assert listener.connections == 1


async def test_a_connection_that_the_peer_closed_is_replaced_before_anything_is_lost_on_it() -> None:
    async with peer() as listener:
        where = target(f"127.0.0.1:{listener.port}")
        to = sender(where)
        for number in range(5):
            await send(to, notifications(where, number))
            await listener.until(partial(_has, number + 1))
            await listener.open[-1].aclose()
        await to.aclose()
    assert [item["params"] for item in listener.got] == [[0], [1], [2], [3], [4]]
    assert listener.connections == 5


async def test_a_missing_peer_is_reported_and_a_later_attempt_reaches_it() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = int(probe.getsockname()[1])
    where = target(f"127.0.0.1:{port}")
    to = sender(where)
    reason, ends = await refused(to, notifications(where, 1))
    assert (reason, ends.by_place) == ("ECONNREFUSED: Connection refused", {})
    async with peer(port=port) as listener:
        await send(to, notifications(where, 1))
        await listener.until(lambda it: len(it.got) == 1)
        await to.aclose()


async def test_a_peer_that_takes_nothing_is_given_up_after_its_time_and_what_it_took_is_not_sent_again() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as deaf:
        where = target(f"127.0.0.1:{deaf.getsockname()[1]}?timeout=200")
        to = sender(where)
        reason, ends = await refused(to, notifications(where, *["x" * 100_000] * 200))
        await to.aclose()
    assert reason == "the peer took nothing for 0.2 s"
    assert 0 < len(ends.by_place) < 200
    assert sorted(ends.by_place) == list(range(len(ends.by_place)))


@pytest.mark.parametrize("pieces", [1, 3, 1000])
async def test_requests_are_acknowledged_by_replies_however_these_are_cut(pieces: int) -> None:
    async def cut(_peer: Peer, stream: SocketStream, objects: list[Any]) -> None:
        said = b"\r\n".join(reply(item["id"], result={"text": 'a "}" {'}) for item in objects)
        size = max(1, len(said) // pieces)
        for start in range(0, len(said), size):
            await stream.send(said[start : start + size])

    async with peer(cut) as listener:
        where = target(f"127.0.0.1:{listener.port}?reliable=true")
        to = sender(where)
        assert (await send(to, notifications(where, *range(50)))).by_place == dict.fromkeys(range(50))
        assert (await send(to, notifications(where, *range(50, 60)))).by_place == dict.fromkeys(range(10))
        await to.aclose()
    assert [item["params"] for item in listener.got] == [[number] for number in range(60)]
    assert listener.connections == 1
    assert listener.raw.startswith(b'{"id":1,"jsonrpc":"2.0","method":"E_X","params":[0]}')


async def test_replies_in_any_order_settle_the_requests_with_their_ids() -> None:
    async def backwards(it: Peer, stream: SocketStream, _objects: list[Any]) -> None:
        if len(it.got) == 20:
            for item in reversed(it.got):
                wrong = (
                    {"error": {"code": -32000, "message": "no"}}
                    if item["params"][0] % 2
                    else {"result": None, "error": None}
                )
                await stream.send(reply(item["id"], **wrong))

    async with peer(backwards) as listener:
        where = target(f"127.0.0.1:{listener.port}/m?reliable=true", "jsonrpc")
        to = sender(where)
        ends = await send(to, notifications(where, *range(20)))
        await to.aclose()
    assert ends.by_place == {place: "error -32000: no" if place % 2 else None for place in range(20)}
    assert list(ends.by_place) == list(reversed(range(20)))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"OK\n", "wrong reply"),
        (b'{"jsonrpc":"2.0","result":1}', "wrong reply: a reply with the id null"),
        (b'{"jsonrpc":"2.0","result":1,"id":"1"}', "wrong reply"),
        (reply(77), "wrong reply: a reply with the id 77, which no request has"),
        (reply(2) + reply(2), "wrong reply: a reply with the id 2"),
        (b'{"a":"' + b"x" * (1 << 21), "wrong reply: an object of more than 1048576 bytes"),
        (b"", "the peer closed the connection"),
    ],
)
async def test_what_is_no_reply_breaks_the_link_and_the_next_attempt_has_a_new_one(said: bytes, why: str) -> None:
    async def first_wrong_replies(it: Peer, stream: SocketStream, objects: list[Any]) -> None:
        if it.connections > 1:
            await acknowledge(it, stream, objects)
            return
        await stream.send(reply(1) + said)
        if not said:
            await stream.aclose()

    async with peer(first_wrong_replies) as listener:
        where = target(f"127.0.0.1:{listener.port}?reliable=true&timeout=5000")
        to = sender(where)
        batch = notifications(where, 1, 2, 3)
        reason, ends = await refused(to, batch)
        assert why in reason
        assert ends.by_place.pop(0) is None
        again = await send(to, batch[1 + len(ends.by_place) :])
        assert len(again.by_place) == 2 - len(ends.by_place)
        await to.aclose()
    assert listener.connections == 2


async def test_a_silent_peer_fails_after_its_time_and_a_slow_one_that_answers_each_in_time_does_not() -> None:
    async def slowly(_peer: Peer, stream: SocketStream, objects: list[Any]) -> None:
        for item in objects:
            if item["params"] == ["never"]:
                return
            await anyio.sleep(0.1)  # 15 of them last longer than the peer has for one
            await stream.send(reply(item["id"]))

    async with peer(slowly) as listener:
        where = target(f"127.0.0.1:{listener.port}?reliable=true&timeout=1200")
        to = sender(where)
        ends = await send(to, notifications(where, *range(15)))
        assert ends.by_place == dict.fromkeys(range(15))
        reason, ends = await refused(to, notifications(where, 0, "never", 2))
        assert (reason, ends.by_place) == ("no answer in 1.2 s", {0: None})
        await to.aclose()


async def test_a_request_that_comes_again_has_the_id_it_had() -> None:
    async def second_time(it: Peer, stream: SocketStream, objects: list[Any]) -> None:
        if it.connections == 1:
            await stream.aclose()
        else:
            await acknowledge(it, stream, objects)

    async with peer(second_time) as listener:
        where = target(f"127.0.0.1:{listener.port}?reliable=true")
        to = sender(where)
        await refused(to, notifications(where, 1, 2))
        await send(to, notifications(where, 1, 2))
        await to.aclose()
    assert [item["id"] for item in listener.got][-2:] == [1, 2]
    assert listener.got[0] == listener.got[-2]


@pytest.mark.parametrize("option", ["", "&reliable=true"])
async def test_a_send_that_is_cancelled_leaves_a_sender_that_delivers_whole_objects(option: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as deaf:
        port = int(deaf.getsockname()[1])
        where = target(f"127.0.0.1:{port}?timeout=60000{option}")
        to = sender(where)
        with anyio.move_on_after(0.1) as scope:
            await to.send(notifications(where, *["x" * 100_000] * 200), Ends())
        assert scope.cancelled_caught
    async with peer(acknowledge if option else None, port) as listener:
        await send(to, notifications(where, 1))
        await listener.until(lambda it: len(it.got) == 1)
        await to.aclose()
    assert json.loads(listener.raw)["params"] == [1]


async def test_a_peer_that_is_stopped_times_out_and_gets_the_rest_when_it_goes_on() -> None:
    receiver = ReceiverProcess()
    try:
        where = target(f"127.0.0.1:{receiver.port}?reliable=true&timeout=300")
        to = sender(where)
        await delivered_at_last(to, notifications(where, 0))
        receiver.signal(signal.SIGSTOP)
        reason, ends = await refused(to, notifications(where, 1, 2))
        assert (reason, ends.by_place) == ("no answer in 0.3 s", {})
        receiver.signal(signal.SIGCONT)
        await delivered_at_last(to, notifications(where, 1, 2))
        await to.aclose()
    finally:
        receiver.kill()
    seen = [json.loads(line)[0] for line in receiver.lines]
    assert list(dict.fromkeys(seen)) == [0, 1, 2]


async def test_a_peer_that_is_killed_and_restarted_in_the_middle_loses_nothing_that_was_acknowledged() -> None:
    receiver = ReceiverProcess()
    try:
        where = target(f"127.0.0.1:{receiver.port}?reliable=true&timeout=2000")
        to = sender(where)

        def restart_now_and_then(attempt: int) -> None:
            if attempt in {3, 6, 9}:
                receiver.restart()

        await delivered_at_last(to, notifications(where, *range(600)), restart_now_and_then)
        await to.aclose()
    finally:
        receiver.kill()
    seen = [json.loads(line)[0] for line in receiver.lines]
    assert list(dict.fromkeys(seen)) == list(range(600))
