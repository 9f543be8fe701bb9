"""The client of the management interface against servers that misbehave."""

import asyncio
import itertools
import json
import os
import select
import socket
import tempfile
import tracemalloc
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import anyio
import pytest

from evtui.backends.remote.exchange.late_replies import MOST_KEPT, LateReplies
from evtui.backends.remote.mi_address import FifoAddress, HttpAddress, MiAddress, UnixAddress
from evtui.backends.remote.mi_client import MiClient, NoRoomError
from evtui.core.errors import BackendError, BadParamsError, ServerError
from tests.functional.mi.blocking_client import BlockingClient
from tests.functional.processes.waiting import until
from tests.limits import HANG


@pytest.fixture(params=[MiClient, BlockingClient])
def mi_client(request: pytest.FixtureRequest) -> type[MiClient]:
    """One that waits in the event loop of the test, and one that commands use, which waits without any."""
    kind: type[MiClient] = request.param
    return kind


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="evtui-t-") as name:
        yield Path(name)


@pytest.fixture
def answering(directory: Path) -> Iterator[Callable[..., UnixAddress]]:
    """Reply to one request on a UNIX socket with the given datagrams; ID stands for the id of the request.

    As OpenSIPS does, it replies from another socket than it listens on.
    """
    threads: list[Thread] = []
    path = directory / "mi.sock"
    with (
        closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as sock,
        closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as other,
    ):
        sock.bind(str(path))
        sock.settimeout(HANG)

        def answer(*replies: bytes) -> UnixAddress:
            def run() -> None:
                request, peer = sock.recvfrom(1 << 16)
                call_id = request.split(b'"id":"')[1].split(b'"')[0]
                for reply in replies:
                    other.sendto(reply.replace(b"ID", call_id), peer)

            threads.append(Thread(target=run))
            threads[0].start()
            return UnixAddress(str(path))

        yield answer
        for thread in threads:
            thread.join(HANG)


async def test_a_late_reply_to_another_request_is_skipped(
    answering: Callable[..., UnixAddress], mi_client: type[MiClient]
) -> None:
    address = answering(b'{"jsonrpc":"2.0","result":"old","id":"other"}', b'{"jsonrpc":"2.0","result":"OK","id":"ID"}')
    assert await mi_client(address).call("x") == "OK"


async def test_an_error_keeps_its_code_message_and_data(
    answering: Callable[..., UnixAddress], mi_client: type[MiClient]
) -> None:
    address = answering(b'{"jsonrpc":"2.0","error":{"code":400,"message":"Bad","data":{"a":1}},"id":"ID"}')
    with pytest.raises(ServerError) as refused:
        await mi_client(address).call("x")
    assert (refused.value.code, refused.value.message, refused.value.data) == (400, "Bad", '{"a":1}')


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (b"400 Parse_error", "the answer is not JSON: '400 Parse_error'"),
        (b"\xff\xfe", "the answer is not JSON"),
        (b"[1]", "the answer is not JSON-RPC"),
        (b"{}", "the answer is not JSON-RPC"),
        (b"[" * 100_000, "the answer is not JSON"),
    ],
)
async def test_a_reply_that_is_not_json_rpc_is_a_backend_error(
    answering: Callable[..., UnixAddress], reply: bytes, error: str, mi_client: type[MiClient]
) -> None:
    with pytest.raises(BackendError, match=error):
        await mi_client(answering(reply)).call("x")


async def test_a_server_that_never_answers_is_given_up(directory: Path, mi_client: type[MiClient]) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as sock:
        sock.bind(str(directory / "mi.sock"))
        with pytest.raises(BackendError, match=r"mi\.sock: no answer within 0\.2 s"):
            await mi_client(UnixAddress(str(directory / "mi.sock")), time_limit=0.2).call("x")


async def test_a_fifo_without_a_reader_is_an_error(directory: Path, mi_client: type[MiClient]) -> None:
    os.mkfifo(directory / "mi.fifo")
    with pytest.raises(BackendError, match="no process reads it: the server is not running"):
        await mi_client(FifoAddress(str(directory / "mi.fifo"), str(directory))).call("x")


async def test_a_slow_evtui_behind_a_fifo_is_not_taken_for_opensips_2(
    directory: Path, mi_client: type[MiClient]
) -> None:
    """It is asked in the line protocol meanwhile, which it answers too; the first request is not sent again."""
    os.mkfifo(directory / "mi.fifo")
    reader = os.open(directory / "mi.fifo", os.O_RDWR)
    seen: list[bytes] = []

    def answer() -> None:
        held = b""
        while held.count(b"\n\n") < 3:
            held += os.read(reader, 4096)
        quiet, first, lines, _ = held.split(b"\n\n")
        seen.extend((quiet, first, lines))
        _reply(directory, lines.split(b":")[2], b"200 OK\nwhich\ntransports_list\n\n")
        call_id = first.split(b'"id":"')[1].split(b'"')[0]
        _reply(directory, first.split(b":")[1], b'{"jsonrpc":"2.0","result":"OK","id":"%s"}' % call_id)

    thread = Thread(target=answer)
    thread.start()
    try:
        client = mi_client(FifoAddress(str(directory / "mi.fifo"), str(directory)), time_limit=HANG)
        assert await client.call("raise_event") == "OK"
        assert client.speaks_lines is False
    finally:
        thread.join(HANG)
        os.close(reader)
    assert [b"raise_event" in request for request in seen] == [False, True, False]


async def test_where_all_names_of_the_quiet_question_are_in_use_the_request_itself_is_sent(
    directory: Path, mi_client: type[MiClient]
) -> None:
    """For example because clients were killed, whose reply FIFOs are left."""
    for name in ("mi.fifo", "which", "uptime", "ps", "version", "pwd"):
        os.mkfifo(directory / name)
    reader = os.open(directory / "mi.fifo", os.O_RDWR | os.O_NONBLOCK)
    try:
        with pytest.raises(BackendError, match="no answer within"):
            await mi_client(FifoAddress(str(directory / "mi.fifo"), str(directory)), time_limit=0.2).call("x")
        assert b'"method":"x"' in os.read(reader, 1 << 16).split(b"\n\n")[0]
    finally:
        os.close(reader)
    assert (directory / "which").exists()


def _reply(directory: Path, name: bytes, reply: bytes) -> None:
    (directory / name.decode()).write_bytes(reply)


async def test_a_fifo_that_is_read_and_never_answered_names_the_reply_dir(
    directory: Path, mi_client: type[MiClient]
) -> None:
    os.mkfifo(directory / "mi.fifo")
    reader = os.open(directory / "mi.fifo", os.O_RDWR | os.O_NONBLOCK)
    thread = Thread(target=_read_once, args=(reader,))
    thread.start()
    try:
        with pytest.raises(BackendError, match=r"its reply_dir is not .*fifo:PATH\?reply_dir=/DIRECTORY names another"):
            await mi_client(FifoAddress(str(directory / "mi.fifo"), str(directory)), time_limit=1.5).call("x")
    finally:
        thread.join(HANG)
        os.close(reader)


async def test_a_reply_dir_that_is_missing_is_named_and_not_the_fifo(
    directory: Path, mi_client: type[MiClient]
) -> None:
    os.mkfifo(directory / "mi.fifo")
    reader = os.open(directory / "mi.fifo", os.O_RDWR | os.O_NONBLOCK)
    try:
        client = mi_client(FifoAddress(str(directory / "mi.fifo"), str(directory / "gone")))
        with pytest.raises(BackendError, match=r"in its reply_dir .*/gone: No such file.*reply_dir=/DIRECTORY names"):
            await client.call("x")
        with pytest.raises(BlockingIOError):
            os.read(reader, 1)
    finally:
        os.close(reader)


def _read_once(fd: int) -> None:
    select.select([fd], [], [], HANG)
    os.read(fd, 4096)


async def test_a_file_is_no_fifo(directory: Path, mi_client: type[MiClient]) -> None:
    (directory / "file").touch()
    with pytest.raises(BackendError, match="it is not a FIFO"):
        await mi_client(FifoAddress(str(directory / "file"), str(directory))).call("x")
    assert (directory / "file").read_bytes() == b""


async def test_a_fifo_whose_reader_goes_on_late_finds_the_reply_fifo_and_nothing_is_left_at_the_end(
    directory: Path, mi_client: type[MiClient]
) -> None:
    """OpenSIPS logs an error when the reply FIFO is gone."""
    os.mkfifo(directory / "mi.fifo")
    reader = os.open(directory / "mi.fifo", os.O_RDWR | os.O_NONBLOCK)
    client = mi_client(FifoAddress(str(directory / "mi.fifo"), str(directory)), time_limit=0.2)
    try:
        for _ in range(2):
            with pytest.raises(BackendError, match="no answer within"):
                await client.call("x")
        requests = os.read(reader, 1 << 16).split(b"\n\n")[:2]
        assert [request.split(b":")[1] for request in requests] == [b"which", b"uptime"]
        answered, unanswered = (directory / request.split(b"\n")[0].split(b":", 2)[2].decode() for request in requests)
        _reply(directory, answered.name.encode(), b"x" * 200_000)  # more than a FIFO usually holds
        with pytest.raises(BackendError):
            await client.call("x")
        assert (answered.exists(), unanswered.exists()) == (False, True)
    finally:
        client.close()
        os.close(reader)
    assert [path.name for path in directory.iterdir()] == ["mi.fifo"]


async def test_a_unix_server_that_goes_on_late_finds_the_reply_socket(
    directory: Path, mi_client: type[MiClient]
) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as server:
        server.bind(str(directory / "mi.sock"))
        client = mi_client(UnixAddress(str(directory / "mi.sock")), time_limit=0.2)
        with pytest.raises(BackendError, match="no answer within"):
            await client.call("x")
        _, peer = server.recvfrom(1 << 16)
        server.sendto(b"late", peer)
        with pytest.raises(BackendError, match="no answer within"):
            await client.call("x")
        assert not Path(peer).exists()
        client.close()


def test_only_so_many_late_replies_are_waited_for() -> None:
    late, closed = LateReplies(), list[int]()
    pairs = [os.pipe() for _ in range(MOST_KEPT + 2)]
    for number, (reader, _) in enumerate(pairs):
        stack = ExitStack()
        stack.callback(closed.append, number)
        late.keep((reader,), stack)
    late.collect()
    assert (len(late), closed) == (MOST_KEPT, [0, 1])
    late.close()
    assert len(closed) == MOST_KEPT + 2
    for fd in itertools.chain(*pairs):
        os.close(fd)


async def test_half_a_surrogate_pair_is_refused_before_it_is_sent(mi_client: type[MiClient]) -> None:
    with pytest.raises(BadParamsError, match="half of a surrogate pair"):
        await mi_client(UnixAddress("/nowhere")).call("x", ["\ud800"])


async def test_a_client_that_is_cancelled_ends_at_once(directory: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as sock:
        sock.bind(str(directory / "mi.sock"))
        with anyio.move_on_after(0.1) as scope:
            await MiClient(UnixAddress(str(directory / "mi.sock"))).call("x")
        assert scope.cancelled_caught


class _Teapot(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_error(418)

    def log_message(self, *args: object, **kwargs: object) -> None:
        """Write no log."""


@pytest.fixture
def teapot() -> Iterator[MiAddress]:
    with HTTPServer(("127.0.0.1", 0), _Teapot) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield HttpAddress("127.0.0.1", server.server_port, "/mi")
        server.shutdown()
        thread.join(HANG)


async def test_another_http_status_is_an_error(teapot: MiAddress, mi_client: type[MiClient]) -> None:
    with pytest.raises(BackendError, match="HTTP 418"):
        await mi_client(teapot).call("x")


@pytest.mark.parametrize(("mode", "beside"), [(0o700, True), (0o755, False), (0o770, False)])
async def test_the_reply_socket_is_beside_the_server_only_where_no_other_user_can_enter(
    mode: int, beside: bool, tmp_path: Path, mi_client: type[MiClient]
) -> None:
    directory = tmp_path / "run"
    directory.mkdir()
    directory.chmod(mode)
    server, peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), ""
    with closing(server):
        server.bind(str(directory / "mi.sock"))
        server.setblocking(False)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(mi_client(UnixAddress(str(directory / "mi.sock"))).call, "which")
            await anyio.wait_readable(server)
            raw, peer = server.recvfrom(1 << 16)
            assert (Path(peer).parent == directory) is beside
            assert Path(peer).parent.stat().st_mode & 0o777 == (0o700 if beside else 0o711)
            server.sendto(b'{"jsonrpc":"2.0","result":"OK","id":"%s"}' % json.loads(raw)["id"].encode(), peer)
    assert not Path(peer).exists()
    assert [path.name for path in directory.iterdir()] == ["mi.sock"]


@asynccontextmanager
async def answering_without_end(
    piece: bytes, pause: float, status: bytes = b"200 OK"
) -> AsyncGenerator[tuple[HttpAddress, list[bool]]]:
    """Serve HTTP replies that never end; the list has an entry for each client, true for those that have gone."""
    gone: list[bool] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(gone)
        gone.append(False)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 " + status + b"\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                writer.write(piece)
                await writer.drain()
                await anyio.sleep(pause)
        writer.transport.abort()
        await asyncio.sleep(0)
        gone[number] = True

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield HttpAddress("127.0.0.1", int(server.sockets[0].getsockname()[1]), "/mi"), gone


async def test_a_reply_without_end_is_given_up_and_no_thread_goes_on_reading_it(mi_client: type[MiClient]) -> None:
    async with answering_without_end(b"2\r\nab\r\n" * 100, 0.01) as (address, gone):
        client = mi_client(address, time_limit=0.3)
        for _ in range(3):
            with pytest.raises(BackendError, match="no answer within"):
                await client.call("x")
        await until(lambda: gone != [] and all(gone))
        assert len(gone) <= 3


async def test_a_listing_that_opensips_cannot_send_over_http_does_not_fit_at_once(mi_client: type[MiClient]) -> None:
    """Its status is 500, and its body never ends."""
    async with answering_without_end(b"2\r\nab\r\n", 0.01, b"500 Internal Server Error") as (address, gone):
        with pytest.raises(NoRoomError, match="set buf_size of its module httpd higher, or attach with --mi fifo:PATH"):
            await mi_client(address, time_limit=HANG).call("subscribers_list")
        await until(lambda: gone != [] and all(gone))


@pytest.mark.parametrize("reply", [b"500 Internal error", b'{"jsonrpc":"2.0","result":"' + b"x" * 65_430])
async def test_a_datagram_that_cannot_hold_the_reply_is_told_apart(
    answering: Callable[..., UnixAddress], reply: bytes, mi_client: type[MiClient]
) -> None:
    with pytest.raises(NoRoomError, match="does not fit into a datagram: attach with --mi fifo:PATH or http://"):
        await mi_client(answering(reply)).call("subscribers_list")


async def test_a_reply_that_is_too_long_takes_no_more_memory_than_its_limit() -> None:
    async with answering_without_end(b"10000\r\n" + b"[],[" * (1 << 14) + b"\r\n", 0) as (address, gone):
        tracemalloc.start()
        try:
            with pytest.raises(BackendError, match="the reply is longer than 67108864 bytes"):
                await MiClient(address, time_limit=HANG).call("x")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        await until(lambda: gone != [] and all(gone))
    assert peak < 100 << 20


async def test_a_reply_of_very_many_values_is_not_made_into_objects(
    answering: Callable[..., UnixAddress], mi_client: type[MiClient]
) -> None:
    reply = b'{"jsonrpc":"2.0","id":"ID","result":[' + b"[]," * 10 + b"[]]}"
    assert await mi_client(answering(reply)).call("x") == [[]] * 11
    client = mi_client(UnixAddress("/nowhere"))
    with pytest.raises(BackendError, match="more than 1000000 values"):
        client._result("x", b"[" + b"[]," * 500_000 + b"[]]")  # pyright: ignore[reportPrivateUsage]
