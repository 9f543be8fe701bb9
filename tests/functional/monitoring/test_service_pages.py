"""`/healthz` and `/metrics` of a real server: who may read them, and what they say in each stage."""

import http.client
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import anyio
import pytest

from evtui.bootstrap.engine_setup import open_engine
from tests.functional.monitoring.scrapes import Scrape
from tests.functional.processes.evtui_process import Evtui, Receiver, free_port
from tests.limits import HANG
from tests.processes import read_line

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Page(NamedTuple):
    """An answer."""

    status: int
    text: str
    content_type: str

    @property
    def json(self) -> Any:
        """Read the answer as JSON."""
        return json.loads(self.text)


def get(port: int, path: str, headers: Mapping[str, str] = NO_HEADERS, method: str = "GET") -> Page:
    """Ask a server on loopback."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=HANG)) as connection:
        connection.request(method, path, headers=dict(headers))
        answer = connection.getresponse()
        return Page(answer.status, answer.read().decode(), answer.headers["Content-Type"])


def test_nothing_of_it_is_there_unless_asked_for(evtui: Evtui) -> None:
    port = free_port()
    with evtui.serving("--http", f"127.0.0.1:{port}"):
        assert get(port, "/healthz").status == 400
        assert get(port, "/metrics").status == 400


def test_a_server_that_works_is_alive_and_ready(evtui: Evtui) -> None:
    port = free_port()
    with evtui.serving("--service", f"127.0.0.1:{port}") as server:
        assert f"http://127.0.0.1:{port}/healthz" in server.places
        page = get(port, "/healthz")
        assert (page.status, page.content_type) == (200, "application/json")
        told = page.json
        assert (told["alive"], told["ready"], told["stage"], told["reasons"]) == (True, True, "ready", [])


def test_it_answers_nothing_else_and_takes_no_requests(evtui: Evtui) -> None:
    port = free_port()
    with evtui.serving("--service", f"127.0.0.1:{port}"):
        for path, method in (("/mi", "GET"), ("/watch", "GET"), ("/healthz", "POST"), ("/mi", "POST")):
            page = get(port, path, method=method)
            assert (page.status, page.text) == (404, "GET /healthz or /metrics\n")


def test_it_is_there_without_a_management_interface_too(evtui: Evtui) -> None:
    port = free_port()
    with evtui.serving("--service", f"127.0.0.1:{port}", EVTUI_MI_LISTEN="false") as server:
        assert server.places == (f"http://127.0.0.1:{port}/healthz",)
        assert get(port, "/metrics").status == 200


def test_while_it_starts_it_is_alive_and_says_what_it_is_about(evtui: Evtui) -> None:
    """Its script is a FIFO, which is read first for the settings that it has, and then to be run."""
    port, script = free_port(), evtui.directory / "slow.cfg"
    with _fed(script) as may_load:
        process = evtui.start("serve", "--service", f"127.0.0.1:{port}", "--script", str(script))
        try:
            page = _when_it_loads_the_script(port)
            assert (page.status, page.json["alive"], page.json["stage"]) == (503, True, "starting")
            assert "evtui is starting: it loads the script" in page.json["reasons"]
            assert get(port, "/healthz?alive").status == 200
            assert get(port, "/metrics").status == 200
            may_load.set()
            lines = list(iter(lambda: read_line(process, process.stdout), "ready\n"))
            assert f"listening on http://127.0.0.1:{port}/healthz\n" in lines
            assert (get(port, "/healthz").status, get(port, "/healthz").json["stage"]) == (200, "ready")
        finally:
            may_load.set()
            process.terminate()
            process.communicate(timeout=HANG)


@contextmanager
def _fed(script: Path) -> Generator[threading.Event]:
    """Make a FIFO that gives a script to each that opens it: the first at once, the others when they may load it."""
    may_load, is_over = threading.Event(), threading.Event()
    os.mkfifo(script)
    thread = threading.Thread(target=_feed, args=(script, may_load, is_over), daemon=True)
    thread.start()
    try:
        yield may_load
    finally:
        is_over.set()
        may_load.set()
        last = os.open(script, os.O_RDONLY | os.O_NONBLOCK)
        thread.join(HANG)
        os.close(last)


def _feed(script: Path, may_load: threading.Event, is_over: threading.Event) -> None:
    while not is_over.is_set():
        with script.open("w") as file:
            file.write("route { exit; }\n")
        may_load.wait(HANG)
        time.sleep(0.05)  # else the reader of before could get it twice


def _when_it_loads_the_script(port: int) -> Page:
    deadline, page = time.monotonic() + HANG, None
    while time.monotonic() < deadline:
        with suppress(ConnectionRefusedError):
            page = get(port, "/healthz")
            if "loads the script" in page.text:
                return page
        time.sleep(0.02)
    raise AssertionError(page)


def test_while_it_stops_it_is_alive_and_not_ready(evtui: Evtui) -> None:
    """A server that delivers what waits before it ends says so. Its peer takes nothing."""
    port = free_port()
    with closing(socket.create_server(("127.0.0.1", 0))) as peer:
        subscribe = f"E_X jsonrpc:127.0.0.1:{peer.getsockname()[1]}"
        arguments = ("--service", f"127.0.0.1:{port}", "--event", "E_X", "--subscribe", subscribe)
        settings = {
            "EVTUI_ENGINE_DRAIN": "4",
            "EVTUI_TRANSPORTS_JSONRPC_SYNC_MODE": "true",
            "EVTUI_TRANSPORTS_JSONRPC_TIMEOUT": "60000",
        }
        with evtui.serving(*arguments, **settings) as server:
            assert evtui.run("mi", "raise_event", "E_X").status == 0
            server.process.send_signal(signal.SIGTERM)
            page = get(port, "/healthz")
            while page.status == 200:
                page = get(port, "/healthz")
            assert (page.status, page.json["reasons"]) == (503, ["evtui is stopping"])
            assert get(port, "/healthz?alive").status == 200


def test_metrics_are_those_of_the_process(evtui: Evtui, receiver: Receiver) -> None:
    port = free_port()
    arguments = ("--service", f"127.0.0.1:{port}", "--event", "E_X", "--subscribe", f"E_X {receiver.socket}")
    with evtui.serving(*arguments):
        assert evtui.run("raise", "E_X").status == 0
        page = get(port, "/metrics")
        assert page.content_type == "text/plain; version=0.0.4; charset=utf-8"
        scrape = Scrape(page.text)
        assert scrape.value("evtui_deliveries_total", transport="udp", outcome="sent") == 1
        assert scrape.value("evtui_raises_total") == 1
        assert scrape.value("evtui_mi_requests_total") >= 1
        opened = get(port, "/metrics", {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"})
        assert opened.content_type.startswith("application/openmetrics-text; version=1.0.0")
        assert Scrape(opened.text, is_open=True).value("evtui_raises_total") == 1


@pytest.mark.parametrize(
    "accept", ["", "*/*", "text/plain;version=x", "application/openmetrics-text; version=%00; escaping=x", "," * 900]
)
def test_whatever_a_client_says_it_takes_it_gets_metrics(evtui: Evtui, accept: str) -> None:
    port = free_port()
    with evtui.serving("--service", f"127.0.0.1:{port}"):
        assert get(port, "/metrics", {"Accept": accept}).status == 200


def test_access_is_that_of_the_http_listener(evtui: Evtui) -> None:
    port = free_port()
    with evtui.serving("--service", f"127.0.0.1:{port}", EVTUI_SERVICE_TOKEN="quiet"):
        for path in ("/healthz", "/metrics"):
            assert get(port, path).status == 401
            assert get(port, path, {"Authorization": "Bearer wrong"}).status == 401
            assert get(port, path, {"Authorization": "Bearer quiet"}).status == 200
            for host, status in (("evil.example", 421), ("10.1.2.3:9464", 200), ("[2001:db8::1]:9464", 200)):
                assert get(port, path, {"Authorization": "Bearer quiet", "Host": host}).status == status
            assert get(port, path, {"Authorization": "Bearer quiet", "Origin": "http://evil.example"}).status == 403


def test_other_hosts_are_served_only_with_a_token_or_a_word(evtui: Evtui) -> None:
    address = f"0.0.0.0:{free_port()}"
    refused = evtui.run("serve", "--service", address)
    assert refused.status == 2
    assert "service.http (command line --service): 0.0.0.0 is reachable from other hosts" in refused.err
    for name, value in (("EVTUI_SERVICE_TOKEN", "quiet"), ("EVTUI_SERVICE_OPEN", "true")):
        with evtui.serving("--service", address, **{name: value}) as server:
            assert f"http://{address}/healthz" in server.places


def test_an_address_that_is_taken_is_named(evtui: Evtui) -> None:
    address = f"127.0.0.1:{free_port()}"
    with evtui.serving("--service", address):
        second = evtui.run("serve", "--service", address, EVTUI_MI_LISTEN="false")
        assert second.status == 1
        assert f"cannot listen on http://{address}: Address already in use" in second.err


def test_without_the_library_the_health_is_told_and_metrics_say_what_to_install(evtui: Evtui) -> None:
    hidden = evtui.directory / "hidden"
    hidden.mkdir()
    (hidden / "prometheus_client.py").write_text("raise ImportError('hidden')\n")
    port = free_port()
    with evtui.serving("--service", f"127.0.0.1:{port}", PYTHONPATH=str(hidden)) as server:
        assert get(port, "/healthz").status == 200
        page = get(port, "/metrics")
        assert (page.status, page.text) == (
            501, "metrics need the library prometheus-client: install evtui[metrics]\n"
        )  # fmt: skip
        assert "install evtui[metrics]" in server.stop().err


async def test_an_engine_in_another_program_has_the_pages_too() -> None:
    port = free_port()
    async with open_engine(events=["E_X"], service={"http": f"127.0.0.1:{port}"}) as engine:
        engine.raise_event("E_X")
        page = await anyio.to_thread.run_sync(get, port, "/healthz")
        assert (page.status, page.json["ready"]) == (200, True)
        metrics = Scrape((await anyio.to_thread.run_sync(get, port, "/metrics")).text)
        assert metrics.value("evtui_raises_total") == 1


def test_a_console_that_looks_at_a_server_has_none(evtui: Evtui) -> None:
    refused = evtui.run("--mi", f"unix:{evtui.mi_sock}", "--service", "127.0.0.1:9464")
    assert refused.status == 2
    assert "--mi attaches to a running server" in refused.err
