"""The HTTP listener: what a browser could send is refused, what a client may send is served, every reply ends."""

from collections.abc import Generator

import anyio
import pytest

from evtui.core.errors import BadSocketError
from evtui.mi.listeners.listen_error import ListenError
from tests.functional.mi.mi_world import World, ask_http, free_port, http_server
from tests.limits import HANG

PWD = b'{"jsonrpc":"2.0","id":1,"method":"pwd"}'
ANSWER = b'{"jsonrpc":"2.0","result":{"WD":"/"},"id":1}'


@pytest.fixture
def world() -> Generator[World]:
    world = World(["E_X"])
    yield world
    world.close()


def _post(body: bytes = PWD, version: str = "1.1", **headers: str | None) -> bytes:
    given: dict[str, str | None] = {
        "Host": "127.0.0.1",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"POST /mi HTTP/{version}", *(f"{name}: {value}" for name, value in given.items() if value is not None)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def _split(response: bytes) -> tuple[int, bytes]:
    head, _, body = response.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (_post(), 200),
        (_post(version="1.0"), 200),
        (_post(version="1.0", Host=None), 200),
        (_post(Host="localhost:9999"), 200),
        (_post(Host="[::1]:9999"), 200),
        (_post(Host="[::1]"), 200),
        (_post(Content_Type="application/json; charset=utf-8"), 200),
        (_post(Content_Encoding="identity"), 200),
        (_post(Host="evil.example"), 421),
        (_post(Host="127.0.0.1.evil.example"), 421),
        (_post(Host=""), 421),
        (_post(Origin="http://127.0.0.1"), 403),
        (_post(Origin="null"), 403),
        (_post(Content_Type="text/plain"), 415),
        (_post(Content_Type="application/x-www-form-urlencoded"), 415),
        (_post(Content_Type=None), 415),
        (_post(Content_Encoding="gzip"), 415),
        (_post(Content_Encoding="deflate", body=b"x\x9c"), 415),
        (_post(b""), 400),
        (_post(b"x" * 3000), 413),
        (b"GET /mi HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        (b"OPTIONS /mi HTTP/1.1\r\nHost: localhost\r\nOrigin: http://x\r\n\r\n", 406),
        (b"POST /etc/passwd HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 400),
    ],
)
async def test_a_request_is_served_or_refused_by_its_headers(request_bytes: bytes, status: int, world: World) -> None:
    port = free_port()
    async with http_server(world.dispatcher, port, max_request=2000):
        got, body = _split(await ask_http(port, request_bytes))
    assert got == status
    assert (body == ANSWER) == (status == 200)
    assert (world.dispatcher.statistics.requests == 1) == (status == 200)


async def test_a_body_that_grows_past_the_limit_in_chunks_is_refused(world: World) -> None:
    port = free_port()
    head = _post(b"", Content_Length=None, Transfer_Encoding="chunked")
    async with http_server(world.dispatcher, port, max_request=2000):
        status, _ = _split(await ask_http(port, head + b"fff\r\n" + b"x" * 0xFFF + b"\r\n0\r\n\r\n"))
    assert status == 413
    assert world.dispatcher.statistics.http_refused == 1


async def test_a_body_of_a_megabyte_is_served(world: World) -> None:
    port = free_port()
    body = b'{"jsonrpc":"2.0","id":1,"method":"pwd","ignored":"%s"}' % (b"x" * 1_000_000)
    async with http_server(world.dispatcher, port):
        assert _split(await ask_http(port, _post(body))) == (200, ANSWER)


async def test_a_token_is_required_when_one_is_set(world: World) -> None:
    port = free_port()
    async with http_server(world.dispatcher, port, token="secret"):
        without = await ask_http(port, _post())
        wrong = await ask_http(port, _post(Authorization="Bearer secre"))
        other = await ask_http(port, _post(Authorization="Basic secret"))
        right = await ask_http(port, _post(Authorization="Bearer secret"))
    assert [_split(reply)[0] for reply in (without, wrong, other, right)] == [401, 401, 401, 200]
    assert b"WWW-Authenticate: Bearer" in without


async def test_another_host_name_can_be_allowed(world: World) -> None:
    port = free_port()
    async with http_server(world.dispatcher, port, hosts=["mi.example.org"]):
        status, _ = _split(await ask_http(port, _post(Host="MI.example.org:8888")))
    assert status == 200


async def test_the_paths_are_those_that_were_given(world: World) -> None:
    port, xml = free_port(), b"<methodCall><methodName>pwd</methodName></methodCall>"
    asked, called = _post(), _post(xml, Content_Type="text/xml")
    async with http_server(world.dispatcher, port, root="/opensips/mi", xmlrpc_root="/rpc") as url:
        assert url.endswith("/opensips/mi")
        assert _split(await ask_http(port, asked))[0] == 400
        assert _split(await ask_http(port, asked.replace(b"/mi ", b"/opensips/mi "))) == (200, ANSWER)
        assert b"methodResponse" in await ask_http(port, called.replace(b"/mi ", b"/rpc "))
        assert _split(await ask_http(port, asked.replace(b"/mi ", b"/rpc ")))[0] == 415


async def test_a_path_may_go_on_behind_the_root(world: World) -> None:
    port = free_port()
    async with http_server(world.dispatcher, port):
        for path, status in ((b"/mi/ ", 200), (b"/mi/x ", 200), (b"/mi/x/y?z ", 200), (b"/mix ", 400), (b"/m ", 400)):
            assert _split(await ask_http(port, _post().replace(b"/mi ", path)))[0] == status, path


async def test_one_path_can_serve_both_by_the_type_of_the_body(world: World) -> None:
    port, xml = free_port(), b"<methodCall><methodName>pwd</methodName></methodCall>"
    async with http_server(world.dispatcher, port, xmlrpc_root="/mi"):
        assert _split(await ask_http(port, _post())) == (200, ANSWER)
        assert b"methodResponse" in await ask_http(port, _post(xml, Content_Type="text/xml"))
        assert _split(await ask_http(port, _post(Content_Type="text/plain")))[0] == 415


async def test_a_connection_serves_one_request_after_the_other(world: World) -> None:
    port = free_port()
    async with http_server(world.dispatcher, port), await anyio.connect_tcp("127.0.0.1", port) as stream:
        await stream.send(_post() + _post(b'{"jsonrpc":"2.0","method":"pwd"}') + _post())
        got = b""
        with anyio.fail_after(HANG):
            while got.count(ANSWER) < 2:
                got += await stream.receive()
    assert got.count(b"HTTP/1.1 202 Accepted") == 1


async def test_nothing_is_left_open_when_it_stops(world: World) -> None:
    port = free_port()
    async with http_server(world.dispatcher, port):
        await ask_http(port, _post())
    with pytest.raises(OSError, match=r"onnect"):
        await anyio.connect_tcp("127.0.0.1", port)


async def test_a_port_that_is_taken_is_refused(world: World) -> None:
    port = free_port()
    async with http_server(world.dispatcher, port):
        with pytest.RaisesGroup(ListenError):
            async with http_server(world.dispatcher, port):
                pass


async def test_an_address_that_is_none_is_refused(world: World) -> None:
    with pytest.RaisesGroup(BadSocketError):
        async with http_server(world.dispatcher, 70000):
            pass
