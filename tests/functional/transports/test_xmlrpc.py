"""XML-RPC against the standard library's server and against strict, slow, dead and mad ones."""

import signal
import socket
import threading
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from typing import Any
from xmlrpc.client import Binary, dumps, loads
from xmlrpc.client import Fault as LibraryFault
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from evtui.codecs.payload import encoder
from evtui.core.errors import DeliveryError
from evtui.core.transport import Notification, Target
from evtui.core.values import Params, ParamsLike
from evtui.transports.xmlrpc.transport import XmlrpcTransport
from tests.functional.processes.waiting import Pad, deliver, waiting
from tests.functional.transports.stream_peers import ReceiverProcess
from tests.limits import HANG

OK = dumps((True,), methodresponse=True).encode()


def target(port: int, rest: str = ":notify", host: str = "127.0.0.1") -> Target:
    return XmlrpcTransport().parse("xmlrpc", f"{host}:{port}{rest}", trusted=True)


def notifications(where: Target, *many: ParamsLike) -> list[Notification]:
    write, found = encoder(where.codec), list[Notification]()
    for serial, like in enumerate(many, 1):
        params = Params.of(like)
        found.append(Notification("run", serial, 0.0, "E_X", params, write("E_X", params)))
    return found


async def send(where: Target, *many: ParamsLike) -> Pad:
    sender = waiting(where).sender
    try:
        return await deliver(sender, notifications(where, *many))
    finally:
        await sender.aclose()


class _Handler(SimpleXMLRPCRequestHandler):
    protocol_version = "HTTP/1.1"
    rpc_paths = ("/RPC2", "/other/path")
    connections = 0
    heads: Sequence[tuple[str, str]] = ()

    def setup(self) -> None:
        type(self).connections += 1
        super().setup()

    def do_POST(self) -> None:  # noqa: N802 - the library's name
        type(self).heads = list(self.headers.items())
        super().do_POST()


class Library:
    """A server of the standard library with one method, `notify`."""

    def __init__(self) -> None:
        self.got: list[tuple[Any, ...]] = []
        self.handler: type[_Handler] = type("Handler", (_Handler,), {})
        self._server = SimpleXMLRPCServer(("127.0.0.1", 0), self.handler, logRequests=False, allow_none=True)
        self.port = int(self._server.server_address[1])
        self._server.register_function(self._notify, "notify")

    @contextmanager
    def serving(self) -> Generator["Library"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(HANG)

    def _notify(self, *params: Any) -> bool:
        self.got.append(params)
        if params[-1] == "refuse":
            raise LibraryFault(4, "not <this>")
        return True


@pytest.fixture
def library() -> Generator[Library]:
    with Library().serving() as server:
        yield server


async def test_calls_arrive_in_order_over_one_connection(library: Library) -> None:
    where = target(library.port)
    pad = await send(where, *[(number, "zwei <&>\r\n") for number in range(200)])
    assert pad.told == [(place, None) for place in range(200)]
    assert library.got == [("E_X", number, "zwei <&>\r\n") for number in range(200)]
    assert library.handler.connections == 1


async def test_what_the_library_reads_of_names_and_structs(library: Library) -> None:
    named: dict[str, str | int | float | None] = {"a": 1, "b": "ü", "c": 2.5, "d": None, "e": "\x01\udcff", "f": 2**40}
    assert (await send(target(library.port, ":notify?struct=true"), named, ())).refused == {}
    (event, got), alone = library.got
    assert (event, alone) == ("E_X", ("E_X",))
    assert isinstance(got["e"], Binary)
    assert got["e"].data == b"\x01\xff"
    assert {**got, "e": 0} == {"a": 1, "b": "ü", "c": 2.5, "d": "", "e": 0, "f": str(2**40)}


async def test_the_path_and_the_host_are_as_named(library: Library) -> None:
    assert (await send(target(library.port, "/other/path:notify", "localhost"), ())).refused == {}
    heads = dict(library.handler.heads)
    assert (heads["Host"], heads["Content-Type"]) == (f"localhost:{library.port}", "text/xml")
    library.handler.protocol_version = "HTTP/1.0"  # a kept connection it would go on to read the call itself from
    assert (await send(target(library.port, "/elsewhere:notify"), ())).refused == {0: "HTTP 404"}


async def test_a_fault_is_a_failure_for_good_and_the_next_call_is_made(library: Library) -> None:
    pad = await send(target(library.port), ("refuse",), ("take",))
    assert pad.told == [(0, "fault 4: not <this>"), (1, None)]
    pad = await send(target(library.port, ":unknown"), ())
    assert pad.refused[0].startswith("fault 1: ")
    assert "unknown" in pad.refused[0]


class Raw:
    """A server that answers each request with the bytes of a list, the last one for ever; it reads strictly."""

    def __init__(self, *said: bytes, close: bool = False) -> None:
        self.port = 0
        self.bodies: list[bytes] = []
        self.connections = 0
        self._said = list(said)
        self._close = close

    async def serve(self, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
            self.port = listener.extra(SocketAttribute.local_port)
            task_status.started()
            await listener.serve(self._handle)

    async def _handle(self, stream: SocketStream) -> None:
        self.connections += 1
        raw = b""
        async with stream:
            async for piece in stream:
                raw += piece
                head, blank, body = raw.partition(b"\r\n\r\n")
                length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                if not blank or len(body) < int(length[0].partition(b":")[2]):
                    continue
                self.bodies.append(body)
                raw = b""
                said = self._said.pop(0) if len(self._said) > 1 else self._said[0]
                if said:
                    await stream.send(said)
                if self._close:
                    return


def http(status: str, body: bytes = b"", *heads: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *heads]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


FAULT = dumps(LibraryFault(9, "down"), methodresponse=True).encode()
BOMB = (
    b'<!DOCTYPE a [<!ENTITY b "c">]><methodResponse><params><param><value>&b;</value></param></params></methodResponse>'
)


async def _ask(server: Raw, *many: ParamsLike, rest: str = ":notify") -> Pad:
    pad = Pad()
    async with anyio.create_task_group() as tasks:
        await tasks.start(server.serve)
        try:
            pad = await send(target(server.port, rest), *many)
        finally:
            tasks.cancel_scope.cancel()
    return pad


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (http("200 OK", OK), None),
        (http("200 OK", b"<html>"), "the reply is not XML-RPC: not XML: "),
        (http("200 OK", b""), "the reply is not XML-RPC: not XML: "),
        (http("200 OK", b"<methodResponse/>"), "the reply is not XML-RPC: no methodResponse with params or a fault"),
        (http("200 OK", BOMB), "the reply is not XML-RPC: XML with a document type or entities is refused"),
        (http("200 OK", OK + b" " * (1 << 20)), "a reply of more than 1048576 bytes"),
        (http("200 OK", b"\x1f\x8b", "Content-Encoding: gzip"), "the reply is not XML-RPC: not XML: "),
        (http("204 No Content"), "HTTP 204"),
        (http("302 Found", b"", "Location: http://127.0.0.1:1/"), "HTTP 302: redirects are not followed"),
        (http("403 Forbidden"), "HTTP 403"),
        (http("500 Oops", FAULT), "fault 9: down"),
    ],
)
async def test_what_a_reply_means_for_good(said: bytes, why: str | None) -> None:
    pad = await _ask(Raw(said), ())
    assert [place for place, _ in pad.told] == [0]
    assert (pad.told[0][1] or "").startswith(why or "")
    assert (pad.told[0][1] is None) == (why is None)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (http("500 Oops"), "HTTP 500"),
        (http("503 Later"), "HTTP 503"),
        (http("429 Slowly"), "HTTP 429"),
        (b"SSH-2.0-x\r\n", "^the reply is not HTTP: Bad status line$"),
        (b"", "the peer closed the connection"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<meth", "the peer closed the connection within its reply"),
    ],
)
async def test_what_asks_to_come_again(said: bytes, why: str) -> None:
    with pytest.RaisesGroup(pytest.RaisesExc(DeliveryError, match=why), flatten_subgroups=True):
        await _ask(Raw(said, close=True), ())


async def test_a_strict_server_reads_every_call_with_a_struct(library: Library) -> None:
    server = Raw(http("200 OK", OK))
    await _ask(server, {"a": 1, "b": "<&>"}, (1, None), rest=":m?struct=true")
    read: list[Any] = [loads(body) for body in server.bodies]
    assert read == [(("E_X", {"a": 1, "b": "<&>"}), "m"), (("E_X", 1, ""), "m")]
    assert server.connections == 1


async def test_a_connection_that_the_server_closed_between_calls_is_replaced() -> None:
    server = Raw(http("200 OK", OK), close=True)
    async with anyio.create_task_group() as tasks:
        await tasks.start(server.serve)
        where = target(server.port)
        sender = waiting(where).sender
        for number in range(5):
            assert (await deliver(sender, notifications(where, (number,)))).delivered == [0]
        await sender.aclose()
        tasks.cancel_scope.cancel()
    assert server.connections == 5


async def test_a_call_that_is_cancelled_leaves_a_sender_that_calls_again() -> None:
    server = Raw(b"", http("200 OK", OK))
    async with anyio.create_task_group() as tasks:
        await tasks.start(server.serve)
        where = target(server.port)
        sender = waiting(where).sender
        with anyio.move_on_after(0.1) as scope:
            await sender.send(notifications(where, (1,)), Pad())
        assert scope.cancelled_caught
        assert (await deliver(sender, notifications(where, (1,)))).delivered == [0]
        await sender.aclose()
        tasks.cancel_scope.cancel()
    assert server.connections == 2


async def test_a_dead_server_costs_the_others_of_the_transport_nothing(library: Library) -> None:
    transport = XmlrpcTransport()
    with closing(socket.create_server(("127.0.0.1", 0))) as deaf:
        silent = transport.parse("xmlrpc", f"127.0.0.1:{deaf.getsockname()[1]}:m", trusted=True)
        lively = transport.parse("xmlrpc", f"127.0.0.1:{library.port}:notify", trusted=True)
        dead = [waiting(silent).sender for _ in range(150)]
        alive = waiting(lively).sender
        async with anyio.create_task_group() as tasks:
            for sender in dead:
                tasks.start_soon(sender.send, notifications(silent, ()), Pad())
            assert (await deliver(alive, notifications(lively, (1,)))).delivered == [0]
            tasks.cancel_scope.cancel()
        for sender in (*dead, alive):
            await sender.aclose()


_SERVER = """
import sys
from xmlrpc.server import SimpleXMLRPCServer
server = SimpleXMLRPCServer(("127.0.0.1", int(sys.argv[1])), logRequests=False)
server.register_function(lambda event, number: print(number, flush=True) or True, "notify")
print("ready", flush=True)
server.serve_forever()
"""


async def test_a_server_that_is_stopped_killed_and_restarted_gets_every_call_in_order() -> None:
    server = ReceiverProcess(_SERVER)
    where = target(server.port)
    sender = waiting(where).sender
    try:
        for number in range(120):
            if number == 30:
                server.signal(signal.SIGSTOP)
                with anyio.move_on_after(0.2) as scope:
                    await sender.send(notifications(where, (number,)), Pad())
                assert scope.cancelled_caught
                server.signal(signal.SIGCONT)
            if number == 60:
                server.kill()
                with pytest.raises(DeliveryError):
                    await sender.send(notifications(where, (number,)), Pad())
                server.start()
            assert (await deliver(sender, notifications(where, (number,)))).delivered == [0]
        await sender.aclose()
    finally:
        server.kill()
    assert list(dict.fromkeys(map(int, server.lines))) == list(range(120))
