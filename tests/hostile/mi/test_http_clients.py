"""HTTP clients that hold connections, drip, read nothing, send garbage or guess tokens: others are served."""

import json
import resource
import socket
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.functional.processes.evtui_process import Evtui, Server, free_port
from tests.limits import HANG

TOKEN = "the-right-token-93f1"
PWD = b'{"jsonrpc":"2.0","id":1,"method":"pwd"}'
FEW_FILES = ("bash", "-c", 'ulimit -n 64; exec "$@"', "-")
MANY = 200
"""Connections that a hostile client opens: more than there are descriptors."""


class Client:
    """A plain HTTP client on one connection."""

    def __init__(self, port: int, *, receive_buffer: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(HANG)
        try:
            self.socket.connect(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise
        self._buffer = b""

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def status(self) -> int:
        """Read one whole reply; 0 when the server closed the connection instead."""
        try:
            head = self._until(self._find(b"\r\n\r\n"))
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            self._until(int(length.partition(b":")[2]))
        except ConnectionError:
            return 0
        return int(head.split(b" ", 2)[1])

    def is_closed(self) -> bool:
        """Wait until the server closes the connection; say whether it did so without a word."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def _find(self, mark: bytes) -> int:
        while mark not in self._buffer:
            self._more()
        return self._buffer.index(mark) + len(mark)

    def _until(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def _more(self) -> None:
        if not (data := self.socket.recv(1 << 16)):
            raise ConnectionError
        self._buffer += data


def post(body: bytes = PWD, token: bytes | None = TOKEN.encode()) -> bytes:
    """Write a request."""
    authorization = b"" if token is None else b"Authorization: Bearer " + token + b"\r\n"
    return (
        b"POST /mi HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + authorization
        + b"Content-Length: %d\r\n\r\n" % len(body) + body
    )  # fmt: skip


def ask(port: int, request: bytes) -> int:
    """Send a request on a connection of its own; returns the status of the reply."""
    with Client(port) as client:
        client.send(request)
        return client.status()


@contextmanager
def serving(
    evtui: Evtui, *arguments: str, under: tuple[str, ...] = (), **environ: str
) -> Generator[tuple[Server, int]]:
    """Serve HTTP with a token and a log file; at the end the log holds no token and no traceback."""
    port = free_port()
    with evtui.serving(
        "--http", f"127.0.0.1:{port}", "--fifo", str(evtui.directory / "fifo"), "--datagram",
        f"unix:{evtui.directory / 'sock'}", "--log-file", str(log_of(evtui)), "--event", "E_TEST", *arguments,
        under=under, EVTUI_MI_HTTP_TOKEN=TOKEN, **environ,
    ) as server:  # fmt: skip
        yield server, port
        assert server.process.poll() is None
        ended = server.stop()
        assert (ended.status, ended.err) == (0, "")
    log = log_of(evtui).read_text()
    assert TOKEN not in log
    assert "Traceback" not in log


def log_of(evtui: Evtui) -> Path:
    return evtui.directory / "log"


def statistic(evtui: Evtui, name: str) -> int:
    """Ask for a statistic over the UNIX socket, which hostile HTTP clients must not touch."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
        asking.settimeout(HANG)
        own = evtui.directory / "asking"
        asking.bind(str(own))
        request = {"jsonrpc": "2.0", "id": 1, "method": "get_statistics", "params": [[f"mi:{name}"]]}
        asking.sendto(json.dumps(request).encode(), str(evtui.directory / "sock"))
        reply = json.loads(asking.recv(1 << 16))
        own.unlink()
    return int(reply["result"][f"mi:{name}"])


def descriptors(server: Server) -> int:
    return len([*Path(f"/proc/{server.pid}/fd").iterdir()])


@pytest.mark.parametrize("beginning", [b"", b"POST /mi HTTP/1.1\r\nX: "], ids=["idle", "dripping"])
def test_connections_that_send_no_request_keep_no_other_client_out(beginning: bytes, evtui: Evtui) -> None:
    flat = evtui.directory / "flat"
    with socket.create_server(("127.0.0.1", 0)) as peer, ExitStack() as held:
        tcp = f"E_TEST tcp:127.0.0.1:{peer.getsockname()[1]}"
        with serving(
            evtui, "--subscribe", tcp, "--subscribe", f"E_TEST flatstore:{flat}", under=FEW_FILES,
            EVTUI_MI_HTTP_HEADER_TIMEOUT="3",
        ) as (server, port):  # fmt: skip
            clients = [held.enter_context(Client(port)) for _ in range(MANY)]
            for client in clients:
                with suppress(ConnectionError):  # it was closed to make room
                    client.send(beginning)
            assert ask(port, post()) == 200
            assert descriptors(server) < 60
            fifo = f"fifo:{evtui.directory / 'fifo'}"
            raised = evtui.run("mi", "raise_event", "E_TEST", "a", "--mi", fifo)
            assert (raised.status, raised.err) == (0, "")
            peer.settimeout(HANG)
            with peer.accept()[0] as receiver:
                receiver.settimeout(HANG)
                assert b"E_TEST" in receiver.recv(1 << 16)
            assert all(client.is_closed() for client in clients)
            assert statistic(evtui, "http_connections_displaced") + statistic(evtui, "http_headers_late") >= MANY
    assert flat.read_text() == "E_TEST,a\n"
    assert len(log_of(evtui).read_text().splitlines()) < 20


def test_when_no_descriptor_is_left_accepting_pauses_and_goes_on_later(evtui: Evtui) -> None:
    with serving(evtui) as (server, port), ExitStack() as held:
        _, hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        soft, _ = resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (descriptors(server), hard))
        clients = [held.enter_context(Client(port)) for _ in range(20)]
        while not statistic(evtui, "http_accept_pauses"):
            pass
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (soft, hard))
        for client in clients:
            client.send(post())
            assert client.status() == 200
    lines = log_of(evtui).read_text().splitlines()
    assert len([line for line in lines if "no connection can be accepted (Too many open files)" in line]) == 1
    assert len(lines) < 10


def test_an_idle_connection_is_closed_in_time_and_an_active_one_is_not(evtui: Evtui) -> None:
    with serving(evtui, EVTUI_MI_HTTP_IDLE_TIMEOUT="1") as (_, port), Client(port) as idle, Client(port) as active:
        idle.send(post())
        assert idle.status() == 200
        for _ in range(8):
            active.send(post())
            assert active.status() == 200
            time.sleep(0.25)
        assert idle.is_closed()
        active.send(post())
        assert active.status() == 200
        assert statistic(evtui, "http_headers_late") == 0


def test_replies_that_are_not_read_are_thrown_away(evtui: Evtui) -> None:
    listing = post(b'{"jsonrpc":"2.0","id":1,"method":"events_list"}')
    with serving(evtui, EVTUI_MI_HTTP_WRITE_TIMEOUT="2") as (server, port), ExitStack() as held:
        before = memory(server)
        clients = [held.enter_context(Client(port, receive_buffer=4096)) for _ in range(5)]
        for client in clients:
            client.socket.setblocking(False)
            with suppress(BlockingIOError, ConnectionError):
                client.socket.send(listing * 1500)  # 10 MB of replies, more than the kernel takes
        assert ask(port, post()) == 200
        deadline = time.monotonic() + HANG
        while statistic(evtui, "http_replies_unread") < len(clients):
            assert time.monotonic() < deadline
        assert memory(server) - before < 64 << 20
        assert ask(port, post()) == 200


def memory(server: Server) -> int:
    """Return the resident bytes of a process."""
    return int(Path(f"/proc/{server.pid}/statm").read_text().split()[1]) * resource.getpagesize()


GARBAGE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GARBAGE\r\n\r\n",
    b"POST /mi HTTP/9.9\r\n\r\n",
    post().replace(b"Content-Length", b"Content\x00Length"),
    post().replace(b"\r\n\r\n", b"\r\nX\x7f: \x01\r\n\r\n", 1),
    post().replace(b"Content-Length: ", b"Content-Length: -"),
    post().replace(b"Host: localhost", b"Host: " + b"h" * 70_000),
    post().replace(b"/mi", b"http://[::1"),
    post().replace(b"/mi", b"//"),
    post().replace(b"/mi", b"/\xff\xfe"),
    post().replace(b"/mi", b"*"),
    post().replace(b"Content-Length", b"Transfer-Encoding: chunked\r\nContent-Length"),
    post().replace(b"Content-Length: 39", b"Transfer-Encoding: chunked").replace(PWD, b"zz\r\n\r\n"),
    post().replace(b"application/json", b"\xff;\xff=\xff"),
    post().replace(b"Host: localhost", b"Host: [::1"),
    post().replace(b"Host: localhost", b"Host: \xff\xfe:\xff"),
    post().replace(b"Content-Type", b"Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Type"),
    post(b'{"jsonrpc":"2.0","id":1,"method":"raise_event","params":["E_\\ud800"]}'),
]


def test_what_is_not_http_is_answered_and_nothing_of_it_is_logged(evtui: Evtui) -> None:
    with serving(evtui) as (_, port):
        statuses = [ask(port, garbage) for garbage in GARBAGE]
        assert set(statuses) <= {0, 200, 400, 413, 415, 421}
        assert statistic(evtui, "http_malformed") >= 6
        assert statistic(evtui, "internal_errors") == 0
        assert ask(port, post()) == 200
    log = log_of(evtui).read_text()
    assert "not HTTP: 1 from 127.0.0.1 (1)" in log
    assert len(log.splitlines()) < 10
    assert "GARBAGE" not in log


def test_bodies_that_break_off_are_counted_and_logged_once_and_are_no_error_of_evtui(evtui: Evtui) -> None:
    many = 40
    broken = post().replace(b"Content-Length: 39", b"Transfer-Encoding: chunked").replace(PWD, b"5\r\n[")
    with serving(evtui) as (_, port):
        for number in range(many):
            with Client(port) as client:
                client.send(broken if number % 2 else post()[:-10])
        with Client(port) as client:
            client.send(broken + b"12345zz\r\n")
            assert client.status() == 400
        deadline = time.monotonic() + HANG
        while statistic(evtui, "http_malformed") <= many:
            assert time.monotonic() < deadline
        assert statistic(evtui, "internal_errors") == 0
        assert ask(port, post()) == 200
    lines = log_of(evtui).read_text().splitlines()
    assert len([line for line in lines if "a body that broke off or is not HTTP: 1 from 127.0.0.1 (1)" in line]) == 1
    assert len(lines) < 5


def test_a_wrong_token_is_refused_whatever_its_bytes_are(evtui: Evtui) -> None:
    right = TOKEN.encode()
    wrong = (b"\xff\xfe", b"wrong", right[:-1], right + b"x", b"")
    with serving(evtui) as (_, port):
        assert [ask(port, post(token=given)) for given in wrong] == [401] * len(wrong)
        assert ask(port, post(token=None)) == 401
        assert ask(port, post()) == 200
        assert statistic(evtui, "http_wrong_tokens") == len(wrong)
    assert "a wrong token: 1 from 127.0.0.1 (1)" in log_of(evtui).read_text()


def test_a_client_that_guesses_tokens_waits_and_others_do_not(evtui: Evtui) -> None:
    guesses = 60
    with serving(evtui) as (_, port), ExitStack() as held:
        clients = [held.enter_context(Client(port)) for _ in range(10)]
        began = time.monotonic()
        for number in range(guesses):
            clients[number % len(clients)].send(post(token=b"guess-%d" % number))
        asked = time.monotonic()
        assert ask(port, post()) == 200
        waited = time.monotonic() - asked
        assert [client.status() for _ in range(guesses // len(clients)) for client in clients] == [401] * guesses
        took = time.monotonic() - began
        assert took > 4.5  # each connection had six guesses, and from the fourth on each waits a second
        assert waited < took / 2
        assert statistic(evtui, "http_wrong_tokens") == guesses
    log = log_of(evtui).read_text()
    assert "guess" not in log
    assert len([line for line in log.splitlines() if "a wrong token" in line]) < 3
