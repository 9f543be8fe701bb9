"""A seeded fuzzer that knows the shapes of the management interface: the server lives and logs no traceback."""

import http.client
import json
import os
import random
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from tests.functional.mi.mi_datagram_client import DatagramClient
from tests.functional.processes.evtui_process import Evtui, free_port
from tests.hostile.pinger import Pinger
from tests.limits import HANG

SEED: Final = 20261129
ROUNDS: Final = 300
"""Requests over each transport."""
METHODS: Final = (
    "event_subscribe", "events_list", "subscribers_list", "raise_event", "which", "version", "uptime", "ps", "pwd",
    "arg", "help", "get_statistics", "list_statistics", "transports_list", "queues_list", "evi_flat_rotate",
    "set_statistic", "evi:subscribe", "list", "nosuch",
)  # fmt: skip
VALUES: tuple[object, ...] = (
    "E_TEST", "E_*", "udp:127.0.0.1:9", "unix:/x", "tcp:127.0.0.1:1", r"unix:/\xff", "virtual:PARALLEL", "", "all",
    "-1", "9" * 40, -1, 0, 2**70, 1.5, True, None, [], ["mi:"], [["x"]], {"a": 1}, {}, "\0\x1b[2J", "é", "x" * 5000,
)  # fmt: skip
JUNK = (b"\xff", b"\0", b"{", b"}", b"[", b'"', b"\\", b":", b"\n", b"\n\n", b",", b"\\ud800", b"<", b"&", b" " * 300)


def _json_request(random_: random.Random) -> object:
    request: dict[str, object] = {"jsonrpc": "2.0", "id": random_.choice([1, "a", None, 1.0, [], True])}
    request["method"] = random_.choice([*METHODS, 5, None])
    names = ("event", "socket", "expire", "params", "statistics", "command")
    values = [random_.choice(VALUES) for _ in range(random_.randrange(4))]
    request["params"] = random_.choice([values, dict(zip(names, values, strict=False)), 7])
    for name in ("jsonrpc", "id", "method", "params"):
        if random_.random() < 0.1:
            del request[name]
    return request


def _json(random_: random.Random) -> bytes:
    if random_.random() < 0.2:
        return json.dumps([_json_request(random_) for _ in range(random_.choice([0, 1, 3, 300]))]).encode()
    return json.dumps(_json_request(random_)).encode()


def _line(random_: random.Random, reply: str = "") -> bytes:
    values = [str(random_.choice(VALUES)) for _ in range(random_.randrange(4))]
    quoted = [random_.choice(['"{}"', "a::{}", "{}", '{}"']).format(value) for value in values]
    return "\n".join([f":{random_.choice(METHODS)}:{reply}", *quoted, "", ""]).encode()


def _xml(random_: random.Random) -> bytes:
    kinds = ("string", "int", "boolean", "base64", "double", "nil", "array", "struct", "nosuch")
    params = "".join(
        f"<param><value><{kind}>{random_.choice(['E_TEST', '1', '', 'x'])}</{kind}></value></param>"
        for kind in random_.choices(kinds, k=random_.randrange(3))
    )
    method = random_.choice(METHODS)
    return f"<methodCall><methodName>{method}</methodName><params>{params}</params></methodCall>".encode()


def _mutated(random_: random.Random, body: bytes) -> bytes:
    """Leave a body as it is, or cut it, or put junk into it."""
    for _ in range(random_.choice([0, 0, 1, 3])):
        at = random_.randrange(len(body) + 1)
        body = random_.choice([body[:at], body[:at] + random_.choice(JUNK) + body[at:], body[at:]])
    return body


def _over_datagrams(server: Path, folder: Path, random_: random.Random) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as client:
        client.bind(str(folder / "fuzz.sock"))
        client.connect(str(server))
        client.settimeout(HANG)
        for _ in range(ROUNDS):
            make: Callable[[random.Random], bytes] = random_.choice([_json, _line])
            client.settimeout(HANG)
            client.send(_mutated(random_, make(random_))[:60_000])
            with suppress(BlockingIOError):
                while True:
                    client.settimeout(0)
                    client.recv(1 << 18).decode()


def _over_fifo(fifo: Path, random_: random.Random) -> None:
    for _ in range(ROUNDS):
        reply = random_.choice(["", "no_such", "a/b", "x" * 300])
        body = _line(random_, reply) if random_.random() < 0.5 else f":{reply}:".encode() + _json(random_)
        fd = os.open(fifo, os.O_WRONLY)
        try:
            os.write(fd, _mutated(random_, body)[:60_000])
        finally:
            os.close(fd)


def _over_http(port: int, random_: random.Random) -> None:
    for _ in range(ROUNDS // 4):
        path, make, kind = random_.choice(
            [("/mi", _json, "application/json"), ("/RPC2", _xml, "text/xml"), ("/x", _json, "x")]
        )
        body = _mutated(random_, make(random_))
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        raw = head.encode() + body
        with closing(socket.create_connection(("127.0.0.1", port), timeout=HANG)) as client:
            client.sendall(_mutated(random_, raw) if random_.random() < 0.3 else raw)
            client.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                while client.recv(1 << 16):
                    pass


def test_the_server_outlives_what_a_fuzzer_sends(evtui: Evtui) -> None:
    random_, port = random.Random(SEED), free_port()
    sock, fifo = evtui.directory / "mi.sock", evtui.directory / "mi.fifo"
    with evtui.serving(
        "--event", "E_TEST", "--http", f"127.0.0.1:{port}", "--datagram", f"unix:{sock}", "--fifo", str(fifo)
    ) as server:
        with Pinger(sock) as pinger:
            _over_datagrams(sock, evtui.directory, random_)
            _over_fifo(fifo, random_)
            _over_http(port, random_)
            assert pinger.waits().answered
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=HANG)) as connection:
            connection.request("POST", "/mi", json.dumps({"jsonrpc": "2.0", "id": 1, "method": "pwd"}),
                               {"Content-Type": "application/json"})  # fmt: skip
            assert connection.getresponse().status == 200
        with DatagramClient(sock) as client:
            counted = client.ask("get_statistics", ["mi:"])
            again = client.ask("get_statistics", ["mi:"])
        ended = server.stop()
    assert counted["mi:internal_errors"] == 0
    understood = counted["mi:requests"] + counted["mi:batches_refused"] + counted["mi:requests_dropped"]
    assert understood + counted["mi:parse_errors"] > ROUNDS
    assert counted["mi:parse_errors"] > 0
    assert again["mi:requests"] >= counted["mi:requests"] + 1
    assert counted["mi:refused"] <= counted["mi:requests"]
    assert "Traceback" not in ended.err
    assert ended.status == 0
