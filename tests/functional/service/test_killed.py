"""`kill -9` of evtui: what was accepted for a durable subscription arrives, in order, from the next run."""

import asyncio
import os
import random
import re
import signal
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from selectors import BaseSelector, SelectorKey
from typing import Any, cast

import anyio
import pytest
from anyio import to_thread

from evtui.codecs.payload import encoder
from evtui.core.transport import Notification
from evtui.core.values import Params
from tests.functional.mi.mi_datagram_client import DatagramClient
from tests.functional.processes.evtui_process import Evtui
from tests.functional.transports.test_stream import Ends, sender, target
from tests.limits import HANG

_REQUEST = re.compile(rb'\{"id":(\d+),"jsonrpc":"2.0","method":"E_T","params":\{"n":(\d+)\}\}')

EACH = 400
"""Events raised in one run."""

KILLS = int(os.environ.get("EVTUI_KILLS", "5"))
"""How often evtui is killed in a loop; `EVTUI_KILLS=50` makes a long run."""


class Peer:
    """A TCP peer that answers each request, when it is there."""

    def __init__(self) -> None:
        self.got: list[tuple[int, int]] = []
        """(id, n) of every request, in order of arrival."""
        self.port = 0
        self.mute = False

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield

    async def until(self, n: int) -> None:
        """Wait until the event numbered n is there."""
        with anyio.fail_after(HANG):
            while not self.got or self.got[-1][1] != n:  # noqa: ASYNC110 - a peer is watched
                await anyio.sleep(0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):  # a peer that goes away drops its connections
            await self._answer(reader, writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        rest = b""
        try:
            while piece := await reader.read(1 << 16):
                rest += piece
                for found in (requests := list(_REQUEST.finditer(rest))):
                    self.got.append((int(found[1]), int(found[2])))
                    if not self.mute:
                        writer.write(b'{"jsonrpc":"2.0","result":"OK","id":%s}' % found[1])
                rest = rest[requests[-1].end() :] if requests else rest
        finally:
            writer.close()


def _configure(evtui: Evtui, port: int, *settings: str) -> None:
    (evtui.directory / "evtui.toml").write_text(
        f"""
        events = ["E_T"]
        [engine]
        state = "{evtui.directory}/state.json"
        spool = "{evtui.directory}/spool.db"
        [transports.tcp]
        durable = true
        reliable_mode = true
        backoff = 0.02
        max_backoff = 0.1
        {" ".join(settings)}
        """
    )


def _raise(evtui: Evtui, first: int, count: int) -> None:
    with DatagramClient(evtui.mi_sock) as client:
        for n in range(first, first + count):
            client.ask("raise_event", "E_T", {"n": n})


async def test_killed_three_times_every_accepted_event_arrives_in_order_and_twice_only_under_one_id(
    evtui: Evtui, record_property: Callable[[str, object], None]
) -> None:
    peer, config = Peer(), str(evtui.directory / "evtui.toml")
    async with peer.listening():
        _configure(evtui, peer.port)
        with evtui.serving("--config", config) as server, DatagramClient(evtui.mi_sock) as client:
            client.ask("event_subscribe", "E_T", f"tcp:127.0.0.1:{peer.port}", 1000)
            await to_thread.run_sync(_raise, evtui, 0, EACH)
            server.process.send_signal(signal.SIGKILL)
    # The peer is away in the second run, and killed are both.
    with evtui.serving("--config", config) as server:
        await to_thread.run_sync(_raise, evtui, EACH, EACH)
        with DatagramClient(evtui.mi_sock) as client:
            (subscriber,) = client.ask("subscribers_list", "E_T")["Event"]["Subscribers"]
            assert subscriber["expire"] == 1000
            assert 900 < subscriber["ttl"] <= 1000
        server.process.send_signal(signal.SIGKILL)
    peer.mute = True  # it takes them in the third run, and never says so
    async with peer.listening():
        with evtui.serving("--config", config) as server:
            await to_thread.run_sync(_raise, evtui, 2 * EACH, EACH)
            server.process.send_signal(signal.SIGKILL)
    peer.mute = False
    async with peer.listening():
        with evtui.serving("--config", config) as server:
            await to_thread.run_sync(_raise, evtui, 3 * EACH, EACH)
            await peer.until(4 * EACH - 1)
            assert server.stop().status == 0
    record_property("came twice", check_arrivals(peer, 4 * EACH))


def check_arrivals(peer: Peer, count: int) -> int:
    """Check that events 0 to `count` came, in order, each under one id; return how many came more than once."""
    ids: dict[int, set[int]] = {}
    for number, n in peer.got:
        ids.setdefault(n, set()).add(number)
    assert {n: len(found) for n, found in ids.items() if len(found) != 1} == {}  # one id an event, whenever it came
    assert len({number for number, _ in peer.got}) == count  # and no id for two events
    arrivals = [n for _, n in peer.got]
    assert list(dict.fromkeys(arrivals)) == list(range(count))  # in order when each first came,
    assert list(dict.fromkeys(reversed(arrivals)))[::-1] == list(range(count))  # and when each last came
    return len(arrivals) - count


async def test_killed_in_a_loop_nothing_accepted_is_lost_whatever_the_peer_does(
    evtui: Evtui, record_property: Callable[[str, object], None]
) -> None:
    peer, config, chosen, raised = Peer(), str(evtui.directory / "evtui.toml"), random.Random(9), 0
    async with peer.listening():  # it has a port now
        _configure(evtui, peer.port)
    for run in range(KILLS):
        peer.mute = chosen.random() < 0.3
        async with AsyncExitStack() as stack:
            if chosen.random() < 0.7:
                await stack.enter_async_context(peer.listening())
            server = stack.enter_context(evtui.serving("--config", config))
            if run == 0:
                with DatagramClient(evtui.mi_sock) as client:
                    client.ask("event_subscribe", "E_T", f"tcp:127.0.0.1:{peer.port}")
                await anyio.sleep(1)  # the state file has it then
            some = chosen.randrange(50, EACH)
            await to_thread.run_sync(_raise, evtui, raised, some)
            raised += some
            if chosen.random() < 0.3:  # stopped and continued, it goes on
                server.process.send_signal(signal.SIGSTOP)
                await anyio.sleep(chosen.uniform(0.1, 1.0))
                server.process.send_signal(signal.SIGCONT)
                await to_thread.run_sync(_raise, evtui, raised, 10)
                raised += 10
            if chosen.random() < 0.5:
                await anyio.sleep(chosen.uniform(0.0, 0.3))
            server.process.send_signal(signal.SIGKILL)
    peer.mute = False
    async with peer.listening():
        with evtui.serving("--config", config) as server:
            await to_thread.run_sync(_raise, evtui, raised, 1)
            await peer.until(raised)
            ended = server.stop()
    assert ended.status == 0
    assert "Traceback" not in ended.err
    twice = check_arrivals(peer, raised + 1)
    record_property("figure", f"{KILLS} kills, {raised:,} durable notifications accepted, 0 lost, {twice:,} came twice")


async def test_a_process_that_is_stopped_for_seconds_goes_on_where_it_was(evtui: Evtui) -> None:
    peer, config = Peer(), str(evtui.directory / "evtui.toml")
    async with peer.listening():
        _configure(evtui, peer.port, "timeout = 2500")
        with evtui.serving("--config", config) as server, DatagramClient(evtui.mi_sock) as client:
            client.ask("event_subscribe", "E_T", f"tcp:127.0.0.1:{peer.port}", 1000)
            client.ask("event_subscribe", "E_T", "unix:/tmp/evtui-nobody", 2)
            await to_thread.run_sync(_raise, evtui, 0, EACH)
            server.process.send_signal(signal.SIGSTOP)
            await anyio.sleep(3)
            server.process.send_signal(signal.SIGCONT)
            await to_thread.run_sync(_raise, evtui, EACH, EACH)
            listed = str(client.ask("subscribers_list", "E_T"))
            assert "evtui-nobody" not in listed  # its time ran out while evtui stood still
            assert str(peer.port) in listed
            await peer.until(2 * EACH - 1)
            ended = server.stop()
    assert (ended.status, "Traceback" in ended.err) == (0, False)
    assert check_arrivals(peer, 2 * EACH) == 0


async def test_an_answer_that_came_while_evtui_stood_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was stopped while it waited hears of its time limit before it hears of its socket."""
    peer, loop = Peer(), cast("Any", asyncio.get_running_loop())
    selector: BaseSelector = loop._selector
    usual = selector.select

    def stopped(seconds: float | None = None) -> list[tuple[SelectorKey, int]]:
        if not peer.got:
            return usual(seconds)
        monkeypatch.setattr(selector, "select", usual)
        time.sleep(0.5)
        return []

    async with peer.listening():
        where = target(f"127.0.0.1:{peer.port}?reliable=true&timeout=400")
        to, ends = sender(where), Ends()
        monkeypatch.setattr(selector, "select", stopped)
        params = Params((0,), ("n",))
        await to.send([Notification("run", 1, 0.0, "E_T", params, encoder(where.codec)("E_T", params))], ends)
        await to.aclose()
    assert ends.by_place == {0: None}
    assert len(peer.got) == 1
