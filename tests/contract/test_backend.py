"""One suite for every backend: for a front end an engine and a server behave the same."""

import json
from collections.abc import AsyncGenerator
from contextlib import closing

import anyio
import pytest

from evtui.core.errors import (
    BadExpireError,
    BadSocketError,
    EvtuiError,
    NoSubscriberError,
    ReadOnlyError,
    UnknownEventError,
    UnknownSchemeError,
)
from evtui.core.ports import Backend, Watch
from evtui.core.records import Raised
from evtui.core.values import NO_PARAMS, Params
from evtui.core.viewers.viewer_mark import VIEWER_HOST
from tests.contract.backends import BACKENDS, EVENTS, hosted, is_about, monotonic
from tests.functional.processes.evtui_process import Receiver
from tests.limits import HANG

SOCKET = "udp:127.0.0.1:9"


@pytest.fixture(params=BACKENDS)
async def backend(request: pytest.FixtureRequest) -> AsyncGenerator[Backend]:
    async with hosted(request.param) as opened:
        yield opened


async def raised_of(watch: Watch, count: int) -> list[Raised]:
    """Wait for the records of some raises."""
    found: list[Raised] = []
    with anyio.fail_after(HANG):
        while len(found) < count:
            await watch.wait()
            found += [record for record in watch.read() if isinstance(record, Raised)]
    return found


async def test_the_status_says_that_it_is_connected_and_which_sockets_there_are(backend: Backend) -> None:
    status = await backend.status()
    assert status.connected
    assert status.can_raise
    assert {info.scheme for info in status.transports} >= {"udp", "unix"}
    assert all(info.grammar.startswith(f"{info.scheme}:") and info.example for info in status.transports)


async def test_events_come_by_id(backend: Backend) -> None:
    states = await backend.events()
    assert [(state.event.id, state.event.name) for state in states] == list(enumerate(EVENTS))


async def test_a_subscription_is_returned_listed_and_counted(backend: Backend) -> None:
    (made,) = await backend.subscribe("E_ONE", SOCKET, 60)
    assert (made.event, str(made.socket), made.expire) == ("E_ONE", "udp:127.0.0.1:9", 60)
    assert is_about(made.expires_at, monotonic() + 60)
    (state,) = await backend.subscriptions("E_ONE")
    assert (state.subscription.event, state.subscription.socket) == ("E_ONE", made.socket)
    assert is_about(state.ttl, 60)
    assert [state.subscribers for state in await backend.events()] == [1, 0, 0]


async def test_the_newest_subscription_is_listed_first_and_a_refresh_keeps_its_place(backend: Backend) -> None:
    for port in (1, 2, 1):
        await backend.subscribe("E_ONE", f"udp:127.0.0.1:{port}", 60 + port)
    states = await backend.subscriptions("E_ONE")
    assert [state.subscription.socket.address for state in states] == ["127.0.0.1:2", "127.0.0.1:1"]


async def test_the_status_says_whether_a_subscription_can_be_permanent(backend: Backend) -> None:
    if (await backend.status()).can_be_permanent:
        (made,) = await backend.subscribe("E_ONE", SOCKET)
        assert made.expire is None
    else:
        with pytest.raises(EvtuiError, match="cannot be permanent"):
            await backend.subscribe("E_ONE", SOCKET)


async def test_expire_0_ends_a_subscription_and_says_which(backend: Backend) -> None:
    await backend.subscribe("E_ONE", SOCKET, 60)
    (ended,) = await backend.subscribe("E_ONE", SOCKET, 0)
    assert (ended.event, str(ended.socket)) == ("E_ONE", SOCKET)
    assert list(await backend.subscriptions()) == []


async def test_expire_0_of_a_socket_that_is_not_subscribed_ends_nothing(backend: Backend) -> None:
    assert await backend.subscribe("E_ONE", SOCKET, 0) == ()


async def test_a_wildcard_subscribes_every_event_that_matches(backend: Backend) -> None:
    made = await backend.subscribe("E_O*", SOCKET, 60)
    assert {subscription.event for subscription in made} == {"E_ONE", "E_OTHER"}
    assert {subscription.pattern for subscription in made} == {"E_O*"}
    assert {state.subscription.event for state in await backend.subscriptions()} == {"E_ONE", "E_OTHER"}


async def test_a_wildcard_with_0_ends_every_one_of_its_subscriptions(backend: Backend) -> None:
    await backend.subscribe("E_O*", SOCKET, 60)
    ended = await backend.subscribe("E_O*", SOCKET, 0)
    assert {subscription.event for subscription in ended} == {"E_ONE", "E_OTHER"}
    assert list(await backend.subscriptions()) == []


async def test_an_unknown_event_is_named(backend: Backend) -> None:
    with pytest.raises(UnknownEventError, match="'E_NOPE'"):
        await backend.subscribe("E_NOPE", SOCKET, 60)
    with pytest.raises(UnknownEventError, match="'E_NOPE'"):
        await backend.subscriptions("E_NOPE")
    with pytest.raises(UnknownEventError, match="'E_NOPE'"):
        await backend.raise_event("E_NOPE", NO_PARAMS)


async def test_an_unknown_transport_is_named(backend: Backend) -> None:
    with pytest.raises(UnknownSchemeError) as refused:
        await backend.subscribe("E_ONE", "pigeon:home", 60)
    assert refused.value.scheme == "pigeon"
    assert set(refused.value.known) >= {"udp", "unix"}


@pytest.mark.parametrize(
    ("socket", "part"), [("udp:127.0.0.1:99999", "port"), ("unix:relative", "path"), ("udp:169.254.1.1:9", "host")]
)
async def test_the_wrong_part_of_a_socket_is_named(backend: Backend, socket: str, part: str) -> None:
    with pytest.raises(BadSocketError) as refused:
        await backend.subscribe("E_ONE", socket, 60)
    assert (refused.value.socket, refused.value.part) == (socket, part)


async def test_a_negative_expire_is_refused(backend: Backend) -> None:
    with pytest.raises(BadExpireError):
        await backend.subscribe("E_ONE", SOCKET, -1)


async def test_a_watch_sees_what_is_raised_after_it_began_in_order(backend: Backend) -> None:
    await backend.subscribe("E_ONE", SOCKET, 60)
    await backend.raise_event("E_ONE", Params(("before",)))
    watch = await backend.watch()
    for params in (Params((1, "two", None)), Params(("a", "b"), ("x", "x")), NO_PARAMS):
        await backend.raise_event("E_ONE", params)
    records = await raised_of(watch, 3)
    assert [record.params for record in records] == [
        Params((1, "two", None)),
        Params(("a", "b"), ("x", "x")),
        NO_PARAMS,
    ]
    assert {record.event for record in records} == {"E_ONE"}
    assert watch.lost == 0
    await watch.aclose()


async def test_a_watch_of_some_events_sees_no_others(backend: Backend) -> None:
    watch = await backend.watch(["E_TWO"])
    for event in ("E_ONE", "E_TWO"):
        await backend.raise_event(event, NO_PARAMS)
    assert [record.event for record in await raised_of(watch, 1)] == ["E_TWO"]
    await watch.aclose()


async def test_a_closed_watch_leaves_no_subscription(backend: Backend) -> None:
    watch = await backend.watch()
    await watch.aclose()
    assert list(await backend.subscriptions()) == []


async def test_the_subscriber_of_a_watch_is_a_viewer_and_counts_as_no_subscriber(backend: Backend) -> None:
    await backend.subscribe("E_ONE", SOCKET, 60)
    watch = await backend.watch()
    listed = await backend.subscriptions()
    (state,) = [state for state in listed if not state.viewer]
    assert (state.subscription.event, str(state.subscription.socket)) == ("E_ONE", SOCKET)
    assert sum(not state.viewer for state in await backend.subscriptions("E_ONE")) == 1
    events = await backend.events()
    assert [event.subscribers for event in events] == [1, 0, 0]
    # An engine that tells its records needs no subscription to be watched.
    watches = 0 if (await backend.status()).tells_all else 1
    assert [event.viewers for event in events] == [watches] * 3
    assert sum(state.viewer for state in listed) == 3 * watches
    await watch.aclose()
    assert [event.viewers for event in await backend.events()] == [0, 0, 0]


async def test_another_viewer_counts_as_no_subscriber(backend: Backend) -> None:
    await backend.subscribe("E_ONE", f"udp:{VIEWER_HOST}:9", 60)
    await backend.subscribe("E_ONE", SOCKET, 60)
    (event, *_) = await backend.events()
    assert (event.subscribers, event.viewers) == (1, 1)
    assert [state.viewer for state in await backend.subscriptions("E_ONE")] == [False, True]
    await backend.subscribe("E_ONE", f"udp:{VIEWER_HOST}:9", 0)
    (event, *_) = await backend.events()
    assert (event.subscribers, event.viewers) == (1, 0)


async def test_a_record_has_its_payload_and_counts_in_the_catalogue(backend: Backend) -> None:
    watch = await backend.watch()
    await backend.subscribe("E_ONE", SOCKET, 60)
    await backend.raise_event("E_ONE", Params(("v",), ("n",)))
    (record,) = await raised_of(watch, 1)
    assert record.payloads == (b'{"jsonrpc":"2.0","method":"E_ONE","params":{"n":"v"}}',)
    assert all(delivery.error is None for delivery in record.deliveries())
    (state, *_) = await backend.events()
    told = (await backend.status()).tells_all
    assert (state.raised, state.received) == ((1, 0) if told else (None, 1))
    assert state.last_params == Params(("v",), ("n",))
    await watch.aclose()


async def test_a_raise_without_subscribers_is_a_record_of_none(backend: Backend) -> None:
    raised = await backend.raise_event("E_ONE", NO_PARAMS)
    assert raised is not None
    assert raised.subscribers == 0


@pytest.mark.parametrize("name", BACKENDS)
async def test_read_only_refuses_what_changes_anything(name: str) -> None:
    async with BACKENDS[name](read_only=True) as backend:
        assert (await backend.status()).read_only
        with pytest.raises(ReadOnlyError):
            await backend.subscribe("E_ONE", SOCKET, 60)
        with pytest.raises(ReadOnlyError):
            await backend.raise_event("E_ONE", NO_PARAMS)
        with pytest.raises(ReadOnlyError):
            await backend.test_subscriber("E_ONE", SOCKET, NO_PARAMS)


async def test_one_subscriber_alone_gets_a_test_and_is_told_of(backend: Backend) -> None:
    with closing(Receiver()) as receiver, closing(Receiver()) as other:
        for each in (other, receiver):
            await backend.subscribe("E_ONE", each.socket, 60)
        test = await backend.test_subscriber("E_ONE", receiver.socket, Params((1, "b"), ("a", "a")))
        assert (test.event, str(test.socket), test.outcome, test.reason) == ("E_ONE", receiver.socket, "sent", None)
        assert test.latency is not None
        assert json.loads(receiver.receive()) == {"jsonrpc": "2.0", "method": "E_ONE", "params": {"a": "b"}}
        await backend.raise_event("E_ONE", Params((7,)))
        assert json.loads(other.receive())["params"] == [7]
    (state,) = [state for state in await backend.events() if state.event.name == "E_ONE"]
    assert state.raised in {1, None}


async def test_a_test_of_nobody_is_refused(backend: Backend) -> None:
    with pytest.raises(NoSubscriberError):
        await backend.test_subscriber("E_ONE", SOCKET, NO_PARAMS)
    with pytest.raises(UnknownEventError):
        await backend.test_subscriber("E_NOPE", SOCKET, NO_PARAMS)
    with pytest.raises(BadSocketError, match="port"):
        await backend.test_subscriber("E_ONE", "udp:127.0.0.1:99999", NO_PARAMS)


async def test_a_raise_says_whom_it_reached_and_whom_it_did_not(backend: Backend) -> None:
    gone = "unix:/tmp/evtui-test-gone.sock"
    await backend.subscribe("E_ONE", gone, 60)
    await backend.subscribe("E_ONE", "tcp:127.0.0.1:9", 60)
    with closing(Receiver()) as receiver:
        await backend.subscribe("E_ONE", receiver.socket, 60)
        for params in (NO_PARAMS, Params((1, "b"), ("a", "a")), Params(("x",))):
            record = await backend.raise_event("E_ONE", params)
            assert record is not None
            assert (record.subscribers, record.plan.queued, record.params) == (3, 1, params)
            told = {str(each.socket): each for each in record.deliveries()}
            assert told[receiver.socket].error is None
            assert told[receiver.socket].latency >= 0
            assert "ENOENT" in (told[gone].error or "")
            assert told["tcp:127.0.0.1:9"].queued
            received = json.loads(receiver.receive())
            assert received.get("params") == (
                [*params.values] if params.values == ("x",) else {"a": "b"} if params else None
            )
