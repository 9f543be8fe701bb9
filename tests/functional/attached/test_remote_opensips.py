"""The remote backend and the commands against a server that behaves as OpenSIPS 3 does."""

import signal
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from evtui.backends.remote.remote_requests import PermanentError
from evtui.backends.remote.watch import RemoteWatch
from evtui.backends.watched.server_backend import ServerBackend
from evtui.bootstrap.remote_server import attach
from evtui.core.errors import ServerError, UnknownEventError, UnsupportedError
from evtui.core.records import TEST_PARAMS, Restarted
from evtui.core.values import Params
from tests.functional.attached.opensips_like import EVENTS, OpensipsLike, opensips_like
from tests.functional.cli.test_cli_tail import tailing
from tests.functional.processes.evtui_process import Evtui
from tests.limits import HANG


@pytest.fixture
def opensips(evtui: Evtui) -> Iterator[OpensipsLike]:
    with opensips_like(Path(evtui.directory, "mi.sock")) as server:
        yield server


@asynccontextmanager
async def attached(server: OpensipsLike) -> AsyncGenerator[ServerBackend]:
    """Attach a backend to it."""
    async with attach(f"unix:{server.path}", {}) as found:
        yield found.backend


async def test_its_status_is_connected_without_transports_and_totals(opensips: OpensipsLike) -> None:
    async with attached(opensips) as backend:
        status = await backend.status()
    assert (status.connected, status.transports, status.raised) == (True, (), None)


async def test_a_wildcard_becomes_a_subscription_an_event(opensips: OpensipsLike) -> None:
    async with attached(opensips) as backend:
        made = await backend.subscribe("E_*O*", "udp:127.0.0.1:9", 60)
    assert [subscription.event for subscription in made] == list(EVENTS)
    assert set(opensips.subscribed) == {(event, "udp:127.0.0.1:9") for event in EVENTS}


async def test_a_test_of_one_subscriber_is_refused_without_a_request_that_it_does_not_know(
    opensips: OpensipsLike,
) -> None:
    async with attached(opensips) as backend:
        with pytest.raises(UnsupportedError, match="cannot test one subscriber: only evtui has test_subscriber"):
            await backend.test_subscriber("E_ONE", "udp:127.0.0.1:9", TEST_PARAMS)
    assert "test_subscriber" not in opensips.calls


async def test_an_unknown_event_is_told_apart_from_a_refused_socket(opensips: OpensipsLike) -> None:
    async with attached(opensips) as backend:
        with pytest.raises(UnknownEventError):
            await backend.subscribe("E_NOPE", "udp:127.0.0.1:9", 60)
        with pytest.raises(ServerError, match="400 Bad parameter value"):
            await backend.subscribe("E_ONE", "rabbitmq:localhost/key", 60)


async def test_named_parameters_are_sent_as_text_because_an_object_is_refused(opensips: OpensipsLike) -> None:
    async with attached(opensips) as backend:
        await backend.subscribe("E_ONE", "udp:127.0.0.1:9", 60)
        assert await backend.raise_event("E_ONE", Params((1,), ("a",))) is None


async def test_why_tells_what_was_seen_here_of_a_server_that_tells_nothing(opensips: OpensipsLike) -> None:
    socket = "udp:127.0.0.1:9"
    opensips.subscribed["E_ONE", socket] = 60
    async with attached(opensips) as backend:
        watch = await backend.watch()
        report = await backend.report_delivery("E_ONE")
        assert (report.socket, [step.kind for step in report.steps]) == (socket, ["subscribed"])
        opensips.notify("E_ONE")
        with anyio.fail_after(HANG):
            await watch.wait()
        report = await backend.report_delivery("E_ONE", socket)
        assert [(step.kind, step.count) for step in report.steps] == [("subscribed", 1), ("not told", 1)]
        await backend.subscribe("E_ONE", socket, 0)
        opensips.notify("E_ONE")
        with anyio.fail_after(HANG):
            while len(list(watch.read())) < 1:
                await watch.wait()
        report = await backend.report_delivery("E_ONE", socket)
        assert [(step.kind, step.cause) for step in report.steps][2:] == [
            ("unsubscribed", "this program asked for it"), ("missed", "its subscription had ended"),
        ]  # fmt: skip
        assert report.answer.startswith("It is not subscribed to E_ONE now")
        with pytest.raises(UnknownEventError):
            await backend.report_delivery("E_NOPE", socket)


def test_the_command_why_says_what_a_single_request_can_know(opensips: OpensipsLike, evtui: Evtui) -> None:
    opensips.subscribed["E_ONE", "udp:127.0.0.1:9"] = 60
    told = evtui.run("why", "E_ONE", "udp:127.0.0.1:9", "--mi", f"unix:{opensips.path}")
    assert told.status == 0
    assert "It is subscribed to E_ONE now, as the server lists it." in told.out
    assert "What to do: attach the console" in told.out


async def test_a_subscription_cannot_be_permanent(opensips: OpensipsLike) -> None:
    async with attached(opensips) as backend:
        with pytest.raises(PermanentError):
            await backend.subscribe("E_ONE", "udp:127.0.0.1:9")
    assert opensips.subscribed == {}


async def test_a_watch_subscribes_every_event_and_ends_every_one_of_them(opensips: OpensipsLike) -> None:
    async with attached(opensips) as backend:
        watch = await backend.watch()
        assert {event for event, _ in opensips.subscribed} == set(EVENTS)
        opensips.notify("E_TWO")
        with anyio.fail_after(HANG):
            await watch.wait()
        assert len(watch.read()) == 1
    assert set(opensips.subscribed.values()) == {0}


async def test_a_listing_that_does_not_fit_is_asked_for_event_by_event(opensips: OpensipsLike) -> None:
    for event in ("E_ONE", "E_TWO"):
        opensips.subscribed |= {(event, f"udp:127.0.0.1:{port}"): 60 for port in range(8000, 8020)}
    opensips.room = 1500
    async with attached(opensips) as backend:
        assert [state.subscribers for state in await backend.events()] == [0, 20, 20]
        assert len(await backend.subscriptions()) == 40
        assert (await backend.status()).gaps == ""
        opensips.subscribed |= {("E_TWO", f"udp:127.0.0.1:{port}"): 60 for port in range(8020, 8060)}
        await backend.subscribe("E_ONE", "udp:127.0.0.1:9", 60)
        assert [(state.subscribers, state.is_unlisted) for state in await backend.events()] == [
            (0, False), (21, False), (0, True)
        ]  # fmt: skip
        assert "E_TWO: the subscriptions do not fit into a datagram" in (await backend.status()).gaps
        (made,) = await backend.subscribe("E_TWO", "udp:127.0.0.1:9", 60)
        (ended,) = await backend.subscribe("E_TWO", "udp:127.0.0.1:9", 0)
    assert (made.expire, ended.expire) == (60, 60)


async def test_a_restart_is_a_record_with_the_length_of_the_hole(opensips: OpensipsLike) -> None:
    async with attached(opensips) as backend:
        watch = await backend.watch()
        assert isinstance(watch, RemoteWatch)
        opensips.restart()
        watch.feed.renew()  # what an answer after a failure does; else it is found out within five seconds
        with anyio.fail_after(HANG):
            await watch.wait()
        (record,) = watch.read()
        assert isinstance(record, Restarted)
        assert 0 <= record.hole < HANG
        assert {event for event, _ in opensips.subscribed} == set(EVENTS)


async def test_events_that_cost_the_server_much_are_watched_only_when_they_are_named(opensips: OpensipsLike) -> None:
    """OpenSIPS 4 raises them for each step of its script, once a client subscribes."""
    costly = ("E_PROFILING_SCRIPT", "E_PROFILING_PROC")
    opensips.events = (*EVENTS, *costly)
    async with attached(opensips) as backend:
        await backend.watch()
        assert {event for event, _ in opensips.subscribed} == set(EVENTS)
        watched = {state.event.name: state.is_watched for state in await backend.events()}
        await backend.watch(["E_PROF*"])
    assert watched == dict.fromkeys(EVENTS, True) | dict.fromkeys(costly, False)
    assert {event for event, _ in opensips.subscribed} == {*EVENTS, *costly}


def test_tail_follows_all_events_of_it(evtui: Evtui, opensips: OpensipsLike) -> None:
    with tailing(evtui, "--json", "--mi", f"unix:{opensips.path}") as tail:
        opensips.notify("E_ONE")
        assert tail.json()["event"] == "E_ONE"
        assert tail.stop(signal.SIGTERM) == (0, "")
    assert set(opensips.subscribed.values()) == {0}


def test_a_second_signal_does_not_leave_subscriptions_of_tail_behind(evtui: Evtui, opensips: OpensipsLike) -> None:
    """As `timeout -s INT` sends it, or a second ctrl+c while the first is being answered."""
    with tailing(evtui, "--mi", f"unix:{opensips.path}") as tail:
        opensips.when_ending = lambda: tail.process.send_signal(signal.SIGINT)
        status, _ = tail.stop(signal.SIGINT)
    assert status == 0
    assert set(opensips.subscribed.values()) == {0}
    assert len(opensips.subscribed) == len(EVENTS)


def test_what_only_evtui_has_is_not_asked_of_it(evtui: Evtui, opensips: OpensipsLike) -> None:
    for command in ("queues", "transports"):
        refused = evtui.run(command, "--mi", f"unix:{opensips.path}")
        assert (refused.status, f"this server has no {command}_list: only evtui has" in refused.err) == (1, True)
    assert set(opensips.calls) == {"which"}


def test_the_commands_work_with_it(evtui: Evtui, opensips: OpensipsLike) -> None:
    mi = ("--mi", f"unix:{opensips.path}")
    assert [item["name"] for item in evtui.run("events", "--json", *mi).json] == list(EVENTS)
    assert evtui.run("subscribe", "E_ONE", "udp:127.0.0.1:9", "60", *mi).status == 0
    assert evtui.run("raise", "E_ONE", "a=1", *mi).status == 0
    refused = evtui.run("subscribe", "E_NOPE", "udp:127.0.0.1:9", *mi)
    assert (refused.status, refused.err) == (1, "evtui: unknown event 'E_NOPE': events_list shows the published ones\n")


def test_a_wildcard_that_matches_nothing_there_does_not_claim_to_wait(evtui: Evtui, opensips: OpensipsLike) -> None:
    none = evtui.run("subscribe", "E_LATER_*", "udp:127.0.0.1:9", "60", "--mi", f"unix:{opensips.path}")
    assert none.err == "no event matches E_LATER_*: nothing was subscribed\n"
