"""The management interface over XML-RPC: the recorded calls, the standard library's client, and what is refused."""

import json
import re
from collections.abc import Generator
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import anyio
import pytest

from evtui.core.records import Raised
from tests.functional.mi.mi_recorded import CAPTURES, comparable
from tests.functional.mi.mi_world import World, ask_http, free_port, http_server

RECORDED: dict[str, dict[str, str]] = json.loads((CAPTURES / "mi_xmlrpc.json").read_text("utf-8"))
EVENTS = [*(f"E_{number}" for number in range(18)), "E_SUB_STARTUP", "E_T"]

CALL = b'<?xml version="1.0"?><methodCall><methodName>pwd</methodName></methodCall>'


@pytest.fixture
def world() -> Generator[World]:
    world = World(EVENTS)
    yield world
    world.close()


def _request(body: bytes = CALL, path: str = "/RPC2", **headers: str | None) -> bytes:
    given: dict[str, str | None] = {"Host": "127.0.0.1", "Content-Type": "text/xml", "Content-Length": str(len(body))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items() if value is not None)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def _without_reason(reply: bytes) -> bytes:
    """Take away what we add: which part of a refused socket is wrong."""
    return re.sub(rb"(Bad parameter value): [^<]+", rb"\1", reply)


@pytest.mark.parametrize("name", RECORDED)
async def test_a_call_is_answered_as_recorded(name: str, world: World) -> None:
    world.engine.subscribe("E_SUB_STARTUP", "udp:127.0.0.1:7900")
    world.engine.subscribe("E_SUB_STARTUP", "udp:127.0.0.1:7901", 1200)
    world.clock.pass_by(55)
    port = free_port()
    async with http_server(world.dispatcher, port):
        reply = await ask_http(port, RECORDED[name]["request"].encode())
    ours = comparable("http", reply, _without_reason)
    assert ours == comparable("http", RECORDED[name]["reply"].encode())


async def test_a_refused_socket_says_which_part_is_wrong(world: World) -> None:
    port = free_port()
    async with http_server(world.dispatcher, port):
        reply = await ask_http(port, RECORDED["err400"]["request"].encode())
    assert b"<string>Bad parameter value: socket: no transport 'x'; known are udp" in reply


async def test_the_standard_librarys_client_works(world: World) -> None:
    port = free_port()

    def talk() -> dict[str, Any]:
        with ServerProxy(f"http://127.0.0.1:{port}/RPC2", allow_none=True) as proxy:
            call: Any = proxy  # its methods are made as they are named
            replies = {
                "sub": call.event_subscribe("E_T", "udp:127.0.0.1:7777", 30),
                "named": call.event_subscribe({"event": "E_T", "socket": "udp:127.0.0.1:7778", "expire": 40}),
                "list": call.subscribers_list("E_T"),
                "which": getattr(call, "evi:list")(),
                "values": call.raise_event("E_T", [1, "zwei <&>", 2.5, None, True]),
                "pairs": call.raise_event("E_T", {"a": 1, "b": "ü"}),
            }
            with pytest.raises(Fault) as unknown:
                call.no_such_command()
            with pytest.raises(Fault) as few:
                call.event_subscribe("E_T")
            return replies | {"unknown": unknown.value, "few": few.value}

    watch = world.engine.watch()
    async with http_server(world.dispatcher, port):
        replies = await anyio.to_thread.run_sync(talk)
    assert (replies["sub"], replies["named"], replies["values"], replies["pairs"]) == ("OK", "OK", "OK", "OK")
    assert [item["socket"] for item in replies["list"]["Event"]["Subscribers"]] == [
        "udp:127.0.0.1:7778",
        "udp:127.0.0.1:7777",
    ]
    assert replies["list"]["Event"]["Subscribers"][1]["expire"] == 30
    assert [event["name"] for event in replies["which"]["Events"]] == EVENTS
    raised = [record.params for record in watch.read() if isinstance(record, Raised)]
    assert [(params.values, params.names) for params in raised] == [
        ((1, "zwei <&>", 2.5, None, "true"), ()),
        ((1, "ü"), ("a", "b")),
    ]
    assert (replies["unknown"].faultCode, replies["few"].faultCode) == (-32601, -32602)
    assert replies["few"].faultString.endswith("Too few or too many parameters")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (_request(), 200),
        (_request(Content_Type="application/xml; charset=utf-8"), 200),
        (_request(Content_Type="application/json"), 415),
        (_request(Content_Type="text/plain"), 415),
        (_request(Content_Type=None), 415),
        (_request(path="/mi"), 415),
        (_request(Content_Encoding="gzip"), 415),
        (_request(Host="evil.example"), 421),
        (_request(Origin="http://127.0.0.1"), 403),
        (_request(b""), 400),
        (_request(b" " * 3000), 413),
        (_request(path="/RPC3"), 400),
        (b"GET /RPC2 HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
    ],
)
async def test_a_call_is_served_or_refused_by_its_headers(request_bytes: bytes, status: int, world: World) -> None:
    port = free_port()
    async with http_server(world.dispatcher, port, max_request=2000):
        reply = await ask_http(port, request_bytes)
    assert int(reply.split(b" ", 2)[1]) == status
    assert (b"<string>/</string>" in reply) == (status == 200)


async def test_a_token_is_required_when_one_is_set(world: World) -> None:
    port = free_port()
    async with http_server(world.dispatcher, port, token="secret"):
        without = await ask_http(port, _request())
        right = await ask_http(port, _request(Authorization="Bearer secret"))
    assert (without[:12], right[:12]) == (b"HTTP/1.1 401", b"HTTP/1.1 200")


BOMB = b'<!DOCTYPE a [<!ENTITY b "%s">]><methodCall><methodName>%s</methodName></methodCall>' % (
    b"x" * 999,
    b"&b;" * 999,
)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"no xml", -32700),
        (b"<methodCall>", -32700),
        (BOMB, -32700),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><methodCall><methodName>pwd</methodName></methodCall>', -32700),
        (b"<a/>", -32600),
        (b"<methodCall/>", -32600),
        (b"<methodCall><methodName>pwd</methodName><params><param/></params></methodCall>", -32600),
        (
            CALL.replace(b"</methodName>", b"</methodName><params><param><value><int>x</int></value></param></params>"),
            -32600,
        ),
    ],
)
async def test_what_is_not_a_call_is_a_fault_and_counted(body: bytes, code: int, world: World) -> None:
    reply = await world.dispatcher.xmlrpc(body)
    assert f"<int>{code}</int>".encode() in reply
    assert (world.dispatcher.statistics.parse_errors, world.dispatcher.statistics.requests) == (1, 0)
