"""The remote backend and the commands against a server that behaves as OpenSIPS 2.4 does."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import anyio
import pytest

from evtui.backends.remote.mi_client import MiClient
from evtui.backends.watched.server_backend import ServerBackend
from evtui.bootstrap.remote_server import attach
from evtui.codecs.display_text import UNTOLD
from evtui.core.errors import AwayError, BackendError, UnknownEventError, UnsupportedError
from evtui.core.ports import EventState
from evtui.core.records import Raised
from evtui.core.values import Params
from tests.functional.attached.classic_server import EVENTS, ClassicServer, classic_over_fifo, classic_over_udp
from tests.functional.attached.opensips_like import OpensipsLike, opensips_like
from tests.functional.cli.test_cli_tail import tailing
from tests.functional.processes.evtui_process import Evtui
from tests.limits import HANG


@pytest.fixture
def over_udp() -> Iterator[tuple[ClassicServer, str]]:
    with classic_over_udp() as found:
        yield found


@pytest.fixture
def opensips(tmp_path: Path) -> Iterator[OpensipsLike]:
    with opensips_like(tmp_path / "mi.sock") as server:
        yield server


@pytest.fixture(params=["udp", "fifo"])
def classic(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[ClassicServer, str]]:
    with classic_over_udp() if request.param == "udp" else classic_over_fifo(tmp_path) as found:
        yield found


@asynccontextmanager
async def attached(address: str) -> AsyncGenerator[ServerBackend]:
    """Attach a backend to it."""
    async with attach(address, {}) as found:
        yield found.backend


async def test_it_is_told_apart_by_one_request_that_it_refuses_or_over_a_fifo_by_none(
    classic: tuple[ClassicServer, str],
) -> None:
    server, address = classic
    async with attached(address) as backend:
        assert [state.event.name for state in await backend.events()] == list(EVENTS)
        status = await backend.status()
    assert (status.connected, status.transports, status.can_raise) == (True, (), False)
    assert len(server.errors) == (1 if address.startswith("udp:") else 0)


async def test_several_first_requests_at_once_find_it_out_once(classic: tuple[ClassicServer, str]) -> None:
    server, address = classic
    async with attach(address, {}) as found, anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(found.client.call, "which")
    assert len(server.errors) == (1 if address.startswith("udp:") else 0)


def _refuse(client: MiClient) -> None:
    """Do what a refused datagram does."""
    client.speaks_lines = None


async def test_when_it_is_back_it_is_asked_in_its_own_protocol_first(over_udp: tuple[ClassicServer, str]) -> None:
    server, address = over_udp
    async with attach(address, {}) as found:
        await found.client.call("which")
        _refuse(found.client)
        await found.client.call("which")
        assert found.client.speaks_lines is True
    assert len(server.errors) == 1


async def test_where_the_address_says_so_it_is_asked_in_its_protocol_at_once(
    over_udp: tuple[ClassicServer, str],
) -> None:
    server, address = over_udp
    async with attached(f"{address}?protocol=lines") as backend:
        assert [state.event.name for state in await backend.events()] == list(EVENTS)
        assert (await backend.status()).source == address
    assert server.errors == []


async def test_a_newer_server_does_not_speak_what_the_address_says(opensips: OpensipsLike) -> None:
    async with attach(f"unix:{opensips.path}?protocol=lines", {}) as found:
        for _ in range(2):
            with pytest.raises(BackendError, match="the answer is not of the line protocol: '400 Parse_error'"):
                await found.client.call("which")


async def test_a_newer_server_where_a_2_x_was_is_told_apart(opensips: OpensipsLike) -> None:
    async with attach(f"unix:{opensips.path}", {}) as found:
        _refuse(found.client)
        found.client._was_classic = True  # pyright: ignore[reportPrivateUsage]
        await found.client.call("which")
        assert found.client.speaks_lines is False


async def test_subscribing_refreshing_and_ending_are_reported_as_it_lists_them(
    classic: tuple[ClassicServer, str],
) -> None:
    server, address = classic
    async with attached(address) as backend:
        (made,) = await backend.subscribe("E_ONE", "udp:127.0.0.1:9", 60)
        (refreshed,) = await backend.subscribe("E_ONE", "udp:127.0.0.1:9", 90)
        (listed,) = await backend.subscriptions("E_ONE")
        (ended,) = await backend.subscribe("E_ONE", "udp:127.0.0.1:9", 0)
        assert await backend.subscriptions("E_ONE") == ()
        assert (await backend.events())[1].subscribers == 0
    assert (made.expire, refreshed.expire, ended.expire) == (60, 90, 90)
    assert listed.ttl is not None  # it does not list the time left, which is known of what was subscribed here
    assert 80 < listed.ttl <= 90
    assert server.subscribers["E_ONE"] == [("udp:127.0.0.1:9", 0)]


async def test_the_time_left_of_another_clients_subscription_is_not_known(
    over_udp: tuple[ClassicServer, str],
) -> None:
    server, address = over_udp
    server.subscribers["E_ONE"].append(("udp:127.0.0.1:9", 1200))
    async with attached(address) as backend:
        (state,) = await backend.subscriptions("E_ONE")
    assert (state.subscription.expire, state.ttl) == (1200, None)


async def test_raising_is_refused_in_words_and_nothing_is_sent(over_udp: tuple[ClassicServer, str]) -> None:
    server, address = over_udp
    async with attached(address) as backend:
        await backend.status()
        with pytest.raises(UnsupportedError, match=r"OpenSIPS 2\.x has no command that raises.*nothing was sent"):
            await backend.raise_event("E_ONE", Params((1,), ("a",)))
        assert "raise_event()" in (await backend.status()).why_no_raise
    assert not any(command == "raise_event" for command, _ in server.calls)


async def test_an_unknown_event_is_named(over_udp: tuple[ClassicServer, str]) -> None:
    async with attached(over_udp[1]) as backend:
        with pytest.raises(UnknownEventError):
            await backend.subscribe("E_NOPE", "udp:127.0.0.1:9", 60)
        with pytest.raises(UnknownEventError):
            await backend.subscriptions("E_NOPE")


async def test_an_event_with_more_subscriptions_than_it_lists_is_named_and_not_asked_for_again(
    over_udp: tuple[ClassicServer, str],
) -> None:
    server, address = over_udp
    server.subscribers["E_CORE_THRESHOLD"] = [(f"udp:127.0.0.1:{port}", 60) for port in range(8000, 8040)]
    server.subscribers["E_ONE"] = [(f"udp:127.0.0.1:{port}", 60) for port in range(9000, 9060)]
    async with attached(address) as backend:
        states: Sequence[EventState] = ()
        for _ in range(3):
            states = await backend.events()
            backend._remote._listing.forget()  # pyright: ignore[reportPrivateUsage]
        counts = {state.event.name: (state.is_unlisted, state.subscribers) for state in states}
        assert (counts["E_CORE_THRESHOLD"], counts["E_TWO"]) == ((False, 40), (False, 1))
        assert counts["E_ONE"][0]
        assert "E_ONE: OpenSIPS 2.x lists no more than 50 subscriptions" in (await backend.status()).gaps
        (ended,) = await backend.subscribe("E_ONE", "udp:127.0.0.1:9059", 0)
        assert str(ended.socket) == "udp:127.0.0.1:9059"
        assert await backend.subscribe("E_ONE", "udp:127.0.0.1:9999", 0) == ()
    listings = [arguments for command, arguments in server.calls if command == "subscribers_list"]
    assert listings.count(("E_ONE",)) == 1
    assert () not in listings


async def test_a_watch_receives_its_classic_text_and_ends_its_subscriptions(classic: tuple[ClassicServer, str]) -> None:
    server, address = classic
    async with attached(address) as backend:
        watch = await backend.watch()
        server.notify("E_TWO", "ip::192.0.2.1", "plain::x")
        with anyio.fail_after(HANG):
            await watch.wait()
        (record,) = watch.read()
        assert isinstance(record, Raised)
        assert record.params == Params(("192.0.2.1", "x"), ("ip", "plain"))
    own = [expire for event in EVENTS for where, expire in server.subscribers[event] if where.startswith("udp:")]
    assert own == [0] * len(EVENTS)


async def test_another_server_at_the_same_address_is_told_apart_again(tmp_path: Path) -> None:
    with ExitStack() as running:
        _, address = running.enter_context(classic_over_fifo(tmp_path))
        async with attach(address, {}) as found:
            await found.client.call("which")
            assert found.client.speaks_lines is True
            running.close()
            with pytest.raises(AwayError):
                await found.client.call("which")
            assert found.client.speaks_lines is None


def test_the_commands_work_with_it(evtui: Evtui, over_udp: tuple[ClassicServer, str]) -> None:
    server, address = over_udp
    mi = ("--mi", address)
    assert [item["name"] for item in evtui.run("events", "--json", *mi).json] == list(EVENTS)
    assert evtui.run("subscribe", "E_ONE", "udp:127.0.0.1:9", "60", *mi).out == (
        "E_ONE udp:127.0.0.1:9 subscribed for 60 s\n"
    )
    listed = evtui.run("subscribers", *mi).out.split()
    assert listed[4:] == ["E_ONE", "udp:127.0.0.1:9", "60", UNTOLD, "E_TWO", "route:E_TWO", "never", "never"]
    assert evtui.run("unsubscribe", "E_ONE", "udp:127.0.0.1:9", *mi).out == "E_ONE udp:127.0.0.1:9 unsubscribed\n"
    refused = evtui.run("raise", "E_ONE", "a=1", *mi)
    assert (refused.status, "OpenSIPS 2.x has no command that raises an event" in refused.err) == (1, True)
    assert evtui.run("mi", "uptime", "--json", *mi).json["Up since"] == server.up_since


def test_tail_follows_it(evtui: Evtui, over_udp: tuple[ClassicServer, str]) -> None:
    server, address = over_udp
    with tailing(evtui, "--json", "--mi", address) as tail:
        server.notify("E_ONE", "a::1")
        assert tail.json()["params"] == {"a": "1"}


def test_a_route_is_neither_ended_nor_subscribed_twice(evtui: Evtui, over_udp: tuple[ClassicServer, str]) -> None:
    server, address = over_udp
    ended = evtui.run("unsubscribe", "E_TWO", "route:E_TWO", "--mi", address)
    again = evtui.run("subscribe", "E_TWO", "route:E_TWO", "--mi", address)
    assert (ended.status, again.status) == (1, 1)
    assert ended.err == (
        "evtui: OpenSIPS cannot end route:E_TWO of E_TWO: a subscription of route: lasts until the server stops; "
        "nothing was sent\n"
    )
    assert "OpenSIPS would add a second subscription; nothing was sent" in again.err
    assert server.subscribers["E_TWO"] == [("route:E_TWO", None)]


def test_what_the_server_added_instead_of_refreshing_is_said(evtui: Evtui, over_udp: tuple[ClassicServer, str]) -> None:
    where, mi = "xmlrpc:127.0.0.1:9:method", ("--mi", over_udp[1])
    assert evtui.run("subscribe", "E_ONE", where, "60", *mi).status == 0
    again = evtui.run("subscribe", "E_ONE", where, "90", *mi)
    ended = evtui.run("unsubscribe", "E_ONE", where, *mi)
    assert "it added one more subscription, and serves E_ONE 2 times until the old one expires" in again.err
    assert "the server answered OK and still lists xmlrpc:127.0.0.1:9:method at E_ONE" in ended.err
    assert (again.status, ended.status) == (1, 1)
    spelled = evtui.run("unsubscribe", "E_ONE", "xmlrpc:127.0.0.1:9/RPC2:method", *mi)
    assert "which it may spell in its own way: xmlrpc:127.0.0.1:9:method; nothing ended" in spelled.err
