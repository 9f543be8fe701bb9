"""The datagram listener over real UDP and UNIX sockets."""

import socket
import stat
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from evtui.core.errors import BadSocketError
from evtui.engine.dispatch import held_raises
from evtui.engine.dispatch.held_raises import HeldRaises
from evtui.mi.listeners import datagram
from evtui.mi.listeners.listen_error import ListenError
from tests.functional.mi.mi_world import World, datagram_server, eventually, free_port
from tests.limits import HANG

PWD = b'{"jsonrpc":"2.0","id":1,"method":"pwd"}'
ANSWER = b'{"jsonrpc":"2.0","result":{"WD":"/"},"id":1}'


@pytest.fixture
def world() -> Generator[World]:
    world = World(["E_X"])
    yield world
    world.close()


@contextmanager
def _client(server: str, directory: Path) -> Generator[socket.socket]:
    """A connected client, bound so that the server can answer."""
    scheme, _, place = server.partition(":")
    if scheme == "unix":
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as client:
            client.bind(str(directory / "client.sock"))
            client.connect(place)
            client.setblocking(False)
            yield client
        return
    host, _, port = place.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_DGRAM)) as client:
        client.connect((host.strip("[]"), int(port)))
        client.setblocking(False)
        yield client


async def _ask(client: socket.socket, request: bytes) -> bytes:
    client.send(request)
    with anyio.fail_after(HANG):
        await anyio.wait_readable(client)
    return client.recv(1 << 20)


def _address(kind: str, directory: Path) -> str:
    port = free_port(socket.SOCK_DGRAM)
    return {"udp": f"udp:127.0.0.1:{port}", "udp6": f"udp:[::1]:{port}", "unix": f"unix:{directory}/mi.sock"}[kind]


@pytest.mark.parametrize("kind", ["udp", "udp6", "unix"])
async def test_both_protocols_are_answered_to_the_sender(kind: str, world: World, tmp_path: Path) -> None:
    address = _address(kind, tmp_path)
    async with datagram_server(world.dispatcher, address) as server:
        assert server == address
        with _client(server, tmp_path) as client:
            assert await _ask(client, PWD) == ANSWER
            assert await _ask(client, b":pwd:\n") == b"200 OK\nWD:: /\n\n"
            assert await _ask(client, b":event_subscribe:\nE_X\nudp:127.0.0.1:9000\n") == b"200 OK\n\n"
    assert len(world.engine.subscription_states("E_X")) == 1


@pytest.mark.parametrize(
    ("request_bytes", "answer"),
    [
        (b"\0\xff\xfe", b"400 Parse_error"),
        (b'{"jsonrpc":"2.0"', b"400 Parse_error"),
        (b"[" * 60_000, b"400 Parse_error"),
        (b'{"a":' * 10_000, b"400 Parse_error"),
        (b"9" * 10_000, b"400 Parse_error"),
        (b":\n", b"500 command not available\n"),
        (b':event_subscribe:\n"E_X\n', b"400 parse_error\n"),
        (b":event_subscribe:\nE_X\n\xff\xfe\n", b"400 Bad parameter\n\n"),
        (b"[1]", b'[{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null}]'),
    ],
)
async def test_a_datagram_that_is_no_request_gets_a_defined_reply(
    request_bytes: bytes, answer: bytes, world: World, tmp_path: Path
) -> None:
    async with datagram_server(world.dispatcher, _address("unix", tmp_path)) as server:
        with _client(server, tmp_path) as client:
            assert await _ask(client, request_bytes) == answer
            assert await _ask(client, PWD) == ANSWER


async def test_an_empty_datagram_and_a_notification_get_no_reply(world: World, tmp_path: Path) -> None:
    async with datagram_server(world.dispatcher, _address("udp", tmp_path)) as server:
        with _client(server, tmp_path) as client:
            client.send(b"")
            client.send(b'{"jsonrpc":"2.0","method":"pwd"}')
            assert await _ask(client, PWD) == ANSWER


async def test_a_reply_too_big_for_a_datagram_is_an_internal_error_as_in_the_reference(
    world: World, tmp_path: Path
) -> None:
    for number in range(2000):
        world.engine.publish(f"E_LONG_NAME_OF_A_DYNAMIC_EVENT_{number}")
    async with datagram_server(world.dispatcher, _address("udp", tmp_path)) as server:
        with _client(server, tmp_path) as client:
            answer = await _ask(client, b'{"jsonrpc":"2.0","id":1,"method":"events_list"}')
    assert answer == b"500 Internal error"
    assert world.dispatcher.statistics.datagram_replies_too_long == 1


async def test_a_request_longer_than_the_limit_is_refused(world: World, tmp_path: Path) -> None:
    async with datagram_server(world.dispatcher, _address("unix", tmp_path), max_request=2000) as server:
        with _client(server, tmp_path) as client:
            assert b"too long" in await _ask(client, b'{"jsonrpc":"2.0","id":1,"method":"%s"}' % (b"x" * 3000))
            assert await _ask(client, PWD) == ANSWER
    assert world.dispatcher.statistics.datagrams_too_long == 1


async def test_a_client_without_an_address_is_served_and_its_lost_reply_counted(world: World, tmp_path: Path) -> None:
    async with datagram_server(world.dispatcher, _address("unix", tmp_path)):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
            client.connect(f"{tmp_path}/mi.sock")
            client.send(b":event_subscribe:\nE_X\nudp:127.0.0.1:9000\n")
        await eventually(lambda: world.dispatcher.statistics.datagram_replies_lost == 1)
    assert len(world.engine.subscription_states("E_X")) == 1


async def test_a_client_that_does_not_read_costs_the_others_nothing(world: World, tmp_path: Path) -> None:
    async with datagram_server(world.dispatcher, _address("unix", tmp_path)) as server:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf, _client(server, tmp_path) as client:
            deaf.bind(f"{tmp_path}/deaf.sock")
            for _ in range(100):
                deaf.sendto(PWD, f"{tmp_path}/mi.sock")
                await anyio.lowlevel.checkpoint()
            assert await _ask(client, PWD) == ANSWER
        await eventually(lambda: world.dispatcher.statistics.datagram_replies_lost > 0)


async def test_datagrams_that_the_kernel_dropped_are_counted(world: World, tmp_path: Path) -> None:
    async with datagram_server(world.dispatcher, _address("udp", tmp_path)) as server:
        with _client(server, tmp_path) as client:
            for _ in range(2000):  # without a pause, so that the server in this loop cannot read meanwhile
                client.send(b"x" * 60_000)
            await eventually(lambda: world.dispatcher.statistics.parse_errors > 10)
            # Only the next datagram brings the kernel's count.
            client.send(PWD)
            await eventually(lambda: world.dispatcher.statistics.datagrams_lost > 0)
            lost = world.dispatcher.statistics.datagrams_lost
            await eventually(lambda: world.dispatcher.statistics.requests == 1)
    assert 0 < lost < 2000


async def test_the_unix_socket_is_for_its_owner_alone_and_is_removed_at_the_end(world: World, tmp_path: Path) -> None:
    async with datagram_server(world.dispatcher, _address("unix", tmp_path)):
        assert stat.S_IMODE((tmp_path / "mi.sock").lstat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == []


async def test_a_second_server_on_a_live_socket_is_refused_and_harms_nothing(world: World, tmp_path: Path) -> None:
    for address in (_address("unix", tmp_path), _address("udp", tmp_path)):
        async with datagram_server(world.dispatcher, address) as server:
            with pytest.RaisesGroup(ListenError):
                async with datagram_server(world.dispatcher, address):
                    pass
            with _client(server, tmp_path) as client:
                assert await _ask(client, PWD) == ANSWER


async def test_a_live_socket_of_a_server_without_a_lock_is_not_stolen(world: World, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(f"{tmp_path}/mi.sock")
        with pytest.RaisesGroup(
            pytest.RaisesExc(ListenError, match="another server listens there", check=lambda error: error.taken)
        ):
            async with datagram_server(world.dispatcher, _address("unix", tmp_path)):
                pass
        assert (tmp_path / "mi.sock").is_socket()


async def test_a_stale_socket_is_replaced(world: World, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as killed:
        killed.bind(f"{tmp_path}/mi.sock")
    (tmp_path / "mi.sock.lock").touch()
    async with datagram_server(world.dispatcher, _address("unix", tmp_path)) as server:
        with _client(server, tmp_path) as client:
            assert await _ask(client, PWD) == ANSWER


async def test_a_file_in_the_place_of_the_socket_is_left_alone(world: World, tmp_path: Path) -> None:
    (tmp_path / "mi.sock").write_text("precious")
    with pytest.RaisesGroup(ListenError):
        async with datagram_server(world.dispatcher, _address("unix", tmp_path)):
            pass
    assert (tmp_path / "mi.sock").read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["mi.sock"]


@pytest.mark.parametrize(
    "address", ["udp:127.0.0.1", "udp::9000", "unix:relative", "tcp:127.0.0.1:1", "", "unix:/" + "x" * 200]
)
async def test_an_address_that_is_none_is_refused(address: str, world: World) -> None:
    with pytest.RaisesGroup(BadSocketError):
        async with datagram_server(world.dispatcher, address):
            pass


@pytest.mark.parametrize("kind", ["udp", "unix"])
async def test_a_quick_request_keeps_its_place_behind_one_that_takes_long(
    kind: str, world: World, tmp_path: Path
) -> None:
    async with datagram_server(world.dispatcher, _address(kind, tmp_path)) as server:
        with _client(server, tmp_path) as client:
            batch = b"[" + b",".join([PWD.replace(b'"id":1', b'"id":9')] * 200) + b"]"
            for _ in range(3):
                client.send(batch)
                client.send(PWD)
            replies: list[bytes] = []
            with anyio.fail_after(HANG):
                while len(replies) < 6:
                    await anyio.wait_readable(client)
                    replies.append(client.recv(1 << 20))
    assert [reply[:1] for reply in replies] == [b"[", b"{"] * 3


@pytest.mark.parametrize("kind", ["udp", "unix"])
async def test_raises_that_come_at_once_leave_together_and_in_order(
    world: World, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    flush = HeldRaises.flush

    def count_held(raises: HeldRaises) -> None:
        held.append(len(raises.raises))
        flush(raises)

    monkeypatch.setattr(HeldRaises, "flush", count_held)
    monkeypatch.setattr(held_raises, "HOLD", HANG)
    monkeypatch.setattr(datagram, "TURN", HANG)
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as receiver:
        receiver.bind(("127.0.0.1", 0))
        world.engine.subscribe("E_X", f"udp:127.0.0.1:{receiver.getsockname()[1]}")
        async with datagram_server(world.dispatcher, _address(kind, tmp_path)) as server:
            with _client(server, tmp_path) as client:
                for number in range(8):
                    client.send(
                        b'{"jsonrpc":"2.0","id":%d,"method":"raise_event","params":["E_X",[%d]]}' % (number, number)
                    )
                for number in range(8):
                    with anyio.fail_after(HANG):
                        await anyio.wait_readable(client)
                    assert client.recv(1 << 20) == b'{"jsonrpc":"2.0","result":"OK","id":%d}' % number
        receiver.settimeout(HANG)
        assert [receiver.recv(1 << 16) for _ in range(8)] == [
            b'{"jsonrpc":"2.0","method":"E_X","params":[%d]}' % number for number in range(8)
        ]
    assert max(held) == 6  # the first one leaves alone, and the first one that is held, too
