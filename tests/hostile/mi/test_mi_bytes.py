"""Names that are not UTF-8: every reply can be decoded, and what a listing prints can be given back."""

import json
from collections.abc import Generator
from typing import Any

import pytest

from tests.functional.mi.mi_world import World

NOT_UTF_8 = b"unix:/tmp/\xff\xfe"
PRINTED = r"unix:/tmp/\xff\xfe"


@pytest.fixture
def world() -> Generator[World]:
    world = World(["E_X"])
    world.engine.publish("E_\udcff")
    yield world
    world.close()


async def _ask(world: World, method: str, *params: object) -> Any:
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    reply = await world.dispatcher.json(json.dumps(request).encode())
    assert reply is not None
    return json.loads(reply.decode())


async def _subscribe(world: World) -> None:
    request = b'{"jsonrpc":"2.0","id":1,"method":"event_subscribe","params":["E_X","%s"]}' % NOT_UTF_8
    assert await world.dispatcher.json(request) == b'{"jsonrpc":"2.0","result":"OK","id":1}'


async def test_a_socket_that_is_not_utf_8_is_printed_so_that_it_can_be_decoded(world: World) -> None:
    await _subscribe(world)
    listed = await _ask(world, "subscribers_list", "E_X")
    assert [each["socket"] for each in listed["result"]["Event"]["Subscribers"]] == [PRINTED]


async def test_a_socket_is_matched_as_it_is_printed(world: World) -> None:
    await _subscribe(world)
    assert (await _ask(world, "event_subscribe", "E_X", PRINTED, 60))["result"] == "OK"
    assert len(world.engine.subscription_states("E_X")) == 1
    assert (await _ask(world, "subscribers_list", "E_X", PRINTED))["result"]["Event"]["Subscriber"]["expire"] == 60
    assert (await _ask(world, "event_subscribe", "E_X", PRINTED, 0))["result"] == "OK"
    assert world.engine.subscription_states("E_X") == ()


async def test_a_socket_with_backslashes_is_matched_as_it_is_printed(world: World) -> None:
    assert (await _ask(world, "event_subscribe", "E_X", r"unix:/tmp/\x5cxff"))["result"] == "OK"
    (state,) = world.engine.subscription_states("E_X")
    assert str(state.subscription.socket) == r"unix:/tmp/\xff"
    listed = await _ask(world, "subscribers_list", "E_X")
    assert [each["socket"] for each in listed["result"]["Event"]["Subscribers"]] == [r"unix:/tmp/\x5cxff"]


async def test_an_event_is_named_as_it_is_printed(world: World) -> None:
    listed = await _ask(world, "events_list")
    assert r"E_\xff" in [each["name"] for each in listed["result"]["Events"]]
    assert (await _ask(world, "event_subscribe", r"E_\xff", "udp:127.0.0.1:9000"))["result"] == "OK"
    assert (await _ask(world, "raise_event", r"E_\xff"))["result"] == "OK"


async def test_every_protocol_prints_it_the_same_way(world: World) -> None:
    await _subscribe(world)
    line = await world.dispatcher.datagram(b":subscribers_list:\nE_X\n")
    xml = await world.dispatcher.xmlrpc(b"<methodCall><methodName>subscribers_list</methodName></methodCall>")
    assert line is not None
    assert PRINTED in line.decode()
    assert f"<string>{PRINTED}</string>" in xml.decode()


@pytest.mark.parametrize("request_bytes", [
    b'{"jsonrpc":"2.0","id":"\xff","method":"nosuch"}',
    b'{"jsonrpc":"2.0","id":1,"method":"event_subscribe","params":["E_X","\xff:1"]}',
    b'{"jsonrpc":"2.0","id":1,"method":"event_subscribe","params":["E_X","rabbitmq:\xff/x"]}',
    b'{"jsonrpc":"2.0","id":1,"method":"help","params":["\xff"]}',
    b":\xff:\n", b":event_subscribe:\nE_X\n\xff:1\n", b":help:\n\xff\n",
])  # fmt: skip
async def test_a_refusal_of_what_is_not_utf_8_can_be_decoded(request_bytes: bytes, world: World) -> None:
    reply = await world.dispatcher.datagram(request_bytes)
    assert reply is not None
    reply.decode()
