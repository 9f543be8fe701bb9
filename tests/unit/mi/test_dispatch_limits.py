"""Batches and long listings: their bounds, and that others are served meanwhile."""

import json
from itertools import pairwise
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from evtui.engine.engine import Engine
from evtui.mi.dispatch import TURN, ReplyLimits
from evtui.mi.protocol.results import PAGE
from tests.fakes.engine_fakes import FakeClock, fake_engine
from tests.fakes.mi_fakes import fake_dispatcher


@pytest.fixture
def engine() -> Engine:
    return fake_engine("E_T")


def _batch(method: str, size: int) -> bytes:
    return json.dumps([{"jsonrpc": "2.0", "id": id_, "method": method} for id_ in range(size)]).encode()


async def test_a_batch_of_too_many_requests_is_refused_as_a_whole() -> None:
    dispatcher = fake_dispatcher(limits=ReplyLimits(batch=3))
    assert len(json.loads(await dispatcher.json(_batch("pwd", 3)) or b"")) == 3
    refused = json.loads(await dispatcher.json(_batch("pwd", 4)) or b"")
    assert refused["error"]["code"] == -32600
    assert refused["error"]["data"] == "a batch has at most 3 requests (mi.max_batch)"
    assert (dispatcher.statistics.batches_refused, dispatcher.statistics.requests) == (1, 3)


async def test_a_batch_whose_replies_get_too_long_is_not_run_further(engine: Engine) -> None:
    dispatcher = fake_dispatcher(engine, limits=ReplyLimits(bytes=200))
    replies = json.loads(await dispatcher.json(_batch("which", 3)) or b"")
    assert "result" in replies[0]
    for reply in replies[1:]:
        assert reply["error"]["code"] == -32000
        assert "mi.max_reply" in reply["error"]["data"]
    assert [reply["id"] for reply in replies] == [0, 1, 2]
    assert dispatcher.statistics.replies_too_long == 2
    assert dispatcher.statistics.requests == 3


async def test_many_batches_at_once_make_no_round_of_the_event_loop_long() -> None:
    """By a clock that each look moves on, as if a request took a quarter of a turn."""
    clock, batches, size = FakeClock(), 60, 20

    def later() -> float:
        clock.pass_by(TURN / 4)
        return clock()

    dispatcher = fake_dispatcher(clock=later)
    served = [0]

    async def watch() -> None:
        while True:
            await checkpoint()
            served.append(dispatcher.statistics.requests)

    async with anyio.create_task_group() as around:
        around.start_soon(watch)
        async with anyio.create_task_group() as tasks:
            for _ in range(batches):
                tasks.start_soon(dispatcher.json, _batch("pwd", size))
        around.cancel_scope.cancel()
    rounds = [after - before for before, after in pairwise([*served, dispatcher.statistics.requests])]
    assert sum(rounds) == batches * size
    assert max(rounds) <= 8


async def test_a_listing_that_is_too_long_is_refused_with_the_reason(engine: Engine) -> None:
    for number in range(2 * PAGE):
        engine.subscribe("E_T", f"fake:{number}")
    dispatcher = fake_dispatcher(engine, limits=ReplyLimits(bytes=5000))
    for protocol, request in (
        (dispatcher.json, b'{"jsonrpc":"2.0","id":1,"method":"subscribers_list"}'),
        (dispatcher.datagram, b":subscribers_list:\n"),
        (dispatcher.xmlrpc, b"<methodCall><methodName>subscribers_list</methodName></methodCall>"),
    ):
        reply = await protocol(request) or b""
        assert b"Server error" in reply
        assert len(reply) < 500
    assert dispatcher.statistics.replies_too_long == 3


async def test_others_are_served_while_a_long_listing_is_made(engine: Engine) -> None:
    for number in range(5 * PAGE):
        engine.subscribe("E_T", f"fake:{number}")
    dispatcher, order = fake_dispatcher(engine), list[str]()

    async def ask_for(method: str) -> None:
        reply = await dispatcher.json(_batch(method, 1)) or b""
        assert b'"result"' in reply
        order.append(method)

    async with anyio.create_task_group() as tasks:
        for method in ("subscribers_list", "pwd", "subscribers_list", "version"):
            tasks.start_soon(ask_for, method)
    assert order == ["pwd", "version", "subscribers_list", "subscribers_list"]


async def test_what_ends_while_a_long_listing_is_made_is_left_out(engine: Engine) -> None:
    for number in range(5 * PAGE):
        engine.subscribe("E_T", f"fake:{number}")
    dispatcher = fake_dispatcher(engine)

    async def end_all() -> None:
        for number in range(5 * PAGE):
            engine.unsubscribe("E_T", f"fake:{number}")
            if not number % 50:
                await checkpoint()

    replies: list[Any] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(end_all)
        replies += json.loads(await dispatcher.json(_batch("subscribers_list", 1)) or b"")
    assert 0 < len(replies[0]["result"]["Events"][0]["Subscribers"]) < 5 * PAGE
