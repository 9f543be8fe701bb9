"""Batches and long listings: they take their time, and others are answered meanwhile."""

import http.client
import json
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from tests.functional.mi.mi_datagram_client import DatagramClient
from tests.functional.processes.evtui_process import Evtui, free_port
from tests.hostile.pinger import Pinger, assert_nobody_waited
from tests.limits import HANG

QUIET = 0.7
"""Seconds of the quiet run that the hostile one is compared with."""
BATCH = 256


def _post(port: int, requests: Sequence[tuple[str, Sequence[object]]]) -> Any:
    """Post a batch; returns the reply."""
    body = [
        {"jsonrpc": "2.0", "id": id_, "method": name, "params": params} for id_, (name, params) in enumerate(requests)
    ]
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=HANG)) as connection:
        connection.request("POST", "/mi", json.dumps(body), {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())


def _subscribe_many(port: int, many: int) -> None:
    wanted = [("event_subscribe", ["E_TEST", f"udp:127.0.0.1:{number + 1000}"]) for number in range(many)]
    for start in range(0, many, BATCH):
        assert all(reply["result"] == "OK" for reply in _post(port, wanted[start : start + BATCH]))


def test_long_batches_and_listings_of_many_clients_keep_no_other_client_waiting(evtui: Evtui) -> None:
    many, pollers, port = 4000, 8, free_port()
    listings: list[tuple[str, list[object]]] = [
        ("subscribers_list", []),
        ("subscribers_list", ["E_TEST"]),
        ("queues_list", []),
        ("events_list", []),
    ]
    replies: list[Any] = []
    with evtui.serving("--event", "E_TEST", "--http", f"127.0.0.1:{port}", "--datagram", f"unix:{_sock(evtui)}"):
        _subscribe_many(port, many)
        with Pinger(_sock(evtui)) as pinger:
            quiet = pinger.watch(QUIET)
            asking = [
                threading.Thread(target=lambda: replies.append(_post(port, 2 * listings))) for _ in range(pollers)
            ]
            for thread in asking:
                thread.start()
            for thread in asking:
                thread.join()
            hostile = pinger.waits()
    assert_nobody_waited(hostile, quiet)
    assert len(replies) == pollers
    for reply in replies:
        assert [one["id"] for one in reply] == list(range(8))
        assert len(reply[0]["result"]["Events"][0]["Subscribers"]) == many
        assert len(reply[1]["result"]["Event"]["Subscribers"]) == many
        assert reply[2]["result"] == {"Queues": []}
        assert len(reply[3]["result"]["Events"]) > 1


def test_a_server_stops_at_once_in_the_middle_of_a_long_batch(evtui: Evtui) -> None:
    port = free_port()
    with evtui.serving(
        "--event", "E_TEST", "--http", f"127.0.0.1:{port}", "--datagram", f"unix:{_sock(evtui)}"
    ) as server:
        _subscribe_many(port, 1500)
        thread = threading.Thread(target=_post_in_vain, args=(port,), daemon=True)
        thread.start()
        with DatagramClient(_sock(evtui)) as client:
            while client.ask("get_statistics", ["requests"])["mi:requests"] < 1520:
                time.sleep(0.01)
        started = time.monotonic()
        ended = server.stop(signal.SIGTERM)
        took = time.monotonic() - started
        thread.join(HANG)
    assert ended.status == 0
    assert "Traceback" not in ended.err
    assert took < HANG / 4


MEGABYTES = (
    b"[" + b"1," * 500_000 + b"1]",
    b"[" + b'{"jsonrpc":"2.0","id":1,"method":"pwd"},' * 20_000 + b"1]",
    b'{"jsonrpc":"2.0","id":1,"method":"subscribers_list","params":["' + b"\\u0041" * 160_000 + b'"]}',
    b'{"jsonrpc":"2.0","id":1,"method":"raise_event","params":["E_TEST",{' + b'"a":1,' * 160_000 + b'"b":2}]}',
)
"""Requests that are as long as they may be: of numbers, requests, escapes and parameters."""


def test_requests_of_a_megabyte_keep_no_other_client_waiting(evtui: Evtui) -> None:
    port = free_port()
    with (
        evtui.serving("--event", "E_TEST", "--http", f"127.0.0.1:{port}", "--datagram", f"unix:{_sock(evtui)}"),
        Pinger(_sock(evtui)) as pinger,
    ):
        quiet = pinger.watch(QUIET)
        for request in 2 * MEGABYTES:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=HANG)) as connection:
                connection.request("POST", "/mi", request[: 1 << 20], {"Content-Type": "application/json"})
                assert connection.getresponse().status == 200
        assert_nobody_waited(pinger.waits(), quiet)


def _sock(evtui: Evtui) -> Path:
    evtui.mi_sock.parent.mkdir(0o700, exist_ok=True)
    return evtui.mi_sock


def _post_in_vain(port: int) -> None:
    with suppress(OSError, http.client.HTTPException):  # the server has stopped
        listing: tuple[str, list[object]] = ("subscribers_list", [])
        _post(port, [listing] * BATCH)
