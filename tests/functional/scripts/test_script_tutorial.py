"""Every example of the tutorial, run; what comes out is what the server of its day sent (captures/classic).

The page as it is stored has lost things: closing braces, the addresses of its sockets. What is run is not the page but
`tutorial.cfg`, in which they are put back, its loose lines stand in routes, and the examples are tied together so that
one call goes through them. Nothing else is changed; `RESTORED`, `WRAPPED` and `TIED` list every line that is not on the
page, and the first test holds the two files against each other. One of these lines changes what comes out: the page's
event_route prints `$avp(pike-ip)` but never fetches it. It is tried here with the fetch that the page's text asks for,
and as it is printed.
"""

import json
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from tests.functional.scripts.script_world import Caller, Receiver, World, scripted, sip_place
from tests.paths import TEST_DATA

DATA = TEST_DATA
TUTORIAL = (DATA / "scripts_run" / "tutorial.cfg").read_text()
STORED = (DATA / "scripts_run" / "tutorial_as_stored.txt").read_text()
RESTORED = ("}", 'fetch_event_params("ip=$avp(pike-ip)");')
"""Lines that the page has lost: closing braces, and the fetch in the event_route."""
WRAPPED = ("route[RAISE_ONE] {", "route[RAISE_TWO] {", "route[RAISE_THREE] {")
"""Routes around examples that are loose lines on the page (and the values they raise, which it shows once)."""
TIED = ("route(EXAMPLES_SUBSCRIBED);", "route(ACC_VARS);", 't_on_reply("acc");', 'sl_send_reply("200", "OK");')
"""Calls that make one script of the examples."""
RECORDED: Any = json.loads((DATA / "captures" / "classic" / "accounting.json").read_text())


@pytest.fixture
def permanent() -> Iterator[Receiver]:
    with closing(Receiver()) as receiver:
        yield receiver


@pytest.fixture
def expiring() -> Iterator[Receiver]:
    with closing(Receiver()) as receiver:
        yield receiver


@asynccontextmanager
async def tutorial(
    directory: Path, permanent: Receiver, expiring: Receiver, *, interval: int = 3600, extra: str = "", **script: object
) -> AsyncGenerator[World]:
    text = TUTORIAL.replace("@PERMANENT@", str(permanent.port)).replace("@EXPIRING@", str(expiring.port))
    async with scripted(directory, text.replace("@INTERVAL@", str(interval)) + extra, **script) as world:
        yield world


def _lines(text: str) -> list[str]:
    """List what stands in lines: without indents, comments, and the addresses that were lost and put back."""
    bare = (line.partition("#")[0].strip() for line in text.split("\n"))
    return [re.sub(r'"udp:127[^"]*"', '"udp:"', line).replace("@INTERVAL@", "3600") for line in bare if line]


def test_the_script_is_the_page_and_the_listed_lines() -> None:
    ours = _lines(TUTORIAL)
    head = ours.index("startup_route() {")
    subscribing = ours.index("route[EXAMPLES_SUBSCRIBED] {")
    ours = ours[head:subscribing] + ours[ours.index("}", subscribing) + 1 :]
    page = _lines(STORED)
    assert [line for line in page if line not in ours] == []
    allowed = {*RESTORED, *WRAPPED, *TIED}
    assert {line for line in ours if line not in page} - allowed == set()
    assert allowed - set(ours) == set()
    assert "fetch_event_params" not in STORED


async def test_subscribing_at_startup_is_for_ever(tmp_path: Path, permanent: Receiver, expiring: Receiver) -> None:
    async with tutorial(tmp_path, permanent, expiring) as world:
        states = world.engine.subscription_states("E_PIKE_BLOCKED")
        assert [(str(state.subscription.socket), state.subscription.expire) for state in states] == [
            (f"udp:127.0.0.1:{permanent.port}", None), ("route:E_PIKE_BLOCKED", None),
        ]  # fmt: skip


async def test_a_timer_route_subscribes_with_an_expiry_after_its_interval(
    tmp_path: Path, permanent: Receiver, expiring: Receiver
) -> None:
    async with tutorial(tmp_path, permanent, expiring, interval=1) as world:
        assert len(world.engine.subscription_states("E_PIKE_BLOCKED")) == 2
        await world.until(lambda: len(world.engine.subscription_states("E_PIKE_BLOCKED")) == 3)
        newest = world.engine.subscription_states("E_PIKE_BLOCKED")[0].subscription
        assert (str(newest.socket), newest.expire) == (f"udp:127.0.0.1:{expiring.port}", 1200)


@pytest.mark.parametrize(
    ("route", "sent"),
    [
        ("RAISE_ONE", "E_SCRIPT_EVENT\n\n"),
        ("RAISE_TWO", "E_SCRIPT_EVENT\nvalue2\nvalue1\n\n"),
        ("RAISE_THREE", "E_SCRIPT_EVENT\nparam2::value2\nparam1::value1\n\n"),
    ],
)
async def test_events_are_raised_with_one_two_and_three_parameters(
    tmp_path: Path, permanent: Receiver, expiring: Receiver, route: str, sent: str
) -> None:
    async with tutorial(tmp_path, permanent, expiring) as world:
        await world.run(route)
        assert await permanent.next() == sent


async def test_a_tcp_load_above_the_limit_raises_an_event_and_one_below_does_not(
    tmp_path: Path, permanent: Receiver, expiring: Receiver
) -> None:
    async with tutorial(tmp_path, permanent, expiring, statistics={"tcp-load": 80}) as world:
        await world.run("TCP_LOAD_CHECK")
        assert permanent.nothing()
        world.script.give_statistic("tcp-load", 320)
        await world.run("TCP_LOAD_CHECK")
        assert await permanent.next() == RECORDED["udp_events_in_order"][-1]


async def test_without_a_value_the_load_is_null_and_no_event_is_raised(
    tmp_path: Path, permanent: Receiver, expiring: Receiver
) -> None:
    async with tutorial(tmp_path, permanent, expiring) as world:
        await world.run("TCP_LOAD_CHECK")
        assert permanent.nothing()


async def call(world: World, permanent: Receiver) -> list[str]:
    """Make the captured call and return the events it raised."""
    with closing(Caller(world.sip)) as caller:
        caller.send("INVITE sip:bob@127.0.0.1 SIP/2.0", "1 INVITE")
        events = [await permanent.next()]
        caller.send("SIP/2.0 180 Ringing", "1 INVITE", tag=True)
        caller.send("SIP/2.0 200 OK", "1 INVITE", tag=True)
        events.append(await permanent.next())
        caller.send("BYE sip:bob@127.0.0.1 SIP/2.0", "2 BYE", tag=True)
        events.append(await permanent.next())
        reply = await caller.next()
        assert reply.startswith("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:")
        assert "CSeq: 2 BYE\r\n" in reply
    return events


def recorded(events: list[str]) -> list[str]:
    return [event.replace("20761", "20611") for event in events]


async def test_the_accounting_of_a_call_is_what_the_server_sent(
    tmp_path: Path, permanent: Receiver, expiring: Receiver
) -> None:
    async with tutorial(tmp_path, permanent, expiring, sip=sip_place()) as world:
        assert await call(world, permanent) == RECORDED["udp_events_in_order"][:3]


async def test_with_onreply_avp_mode_the_reply_has_the_values_of_its_request(
    tmp_path: Path, permanent: Receiver, expiring: Receiver
) -> None:
    extra = 'modparam("tm", "onreply_avp_mode", 1)\n'
    async with tutorial(tmp_path, permanent, expiring, extra=extra, sip=sip_place()) as world:
        assert await call(world, permanent) == recorded(RECORDED["with modparam tm onreply_avp_mode 1, 1 call"])


async def test_a_reply_to_nothing_raises_nothing(tmp_path: Path, permanent: Receiver, expiring: Receiver) -> None:
    async with tutorial(tmp_path, permanent, expiring, sip=sip_place()) as world:
        with closing(Caller(world.sip, "another@call")) as caller:
            caller.send("SIP/2.0 200 OK", "1 INVITE", tag=True)
            caller.socket.sendto(b"\xff\0 rubbish \r\n\r\n", world.sip)
            caller.send("BYE sip:bob@127.0.0.1 SIP/2.0", "2 BYE", tag=True)
            assert (await permanent.next()).startswith("E_SCRIPT_CALL_STOP\n")
        assert (world.script.sip_statistics.replies, world.script.sip_statistics.malformed) == (1, 1)


async def test_an_event_route_prints_the_blocked_ip(tmp_path: Path, permanent: Receiver, expiring: Receiver) -> None:
    async with tutorial(tmp_path, permanent, expiring) as world:
        world.engine.raise_event("E_PIKE_BLOCKED", {"ip": "127.0.0.1"})
        assert await permanent.next() == RECORDED["pike"]["udp_7930_permanent"][0]
        await world.logged("IP 127.0.0.1 has been blocked")


async def test_the_event_route_as_it_is_printed_knows_no_ip(
    tmp_path: Path, permanent: Receiver, expiring: Receiver
) -> None:
    """The captures do not contain this case: they only show that an AVP that was never set is `<null>` in a log."""
    printed = "event_route[E_PIKE_BLOCKED] {\n" + TUTORIAL.rpartition("event_route[E_PIKE_BLOCKED] {\n")[2]
    without = "\n".join(line for line in printed.split("\n") if "fetch_event_params" not in line)
    assert all(line in _lines(STORED) for line in _lines(without) if line != "}")
    async with scripted(tmp_path, f"xlog_level=3\n{without}") as world:
        world.engine.raise_event("E_PIKE_BLOCKED", {"ip": "127.0.0.1"})
        await world.logged("IP <null> has been blocked")
    event_route: Any = json.loads((DATA / "captures" / "classic" / "event_route.json").read_text())
    (unset,) = [line for case in event_route if case["case"] == "E_X_noparam" for line in case["log"] if "a=" in line]
    assert " a=<null> " in unset
