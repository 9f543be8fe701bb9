"""`evtui serve --web`: what it prints, refuses, and how it ends."""

import json
import re
import socket
from contextlib import closing

import aiohttp
import anyio
import pytest

from evtui.persistence.viewer_doors import IN_THE_CLEAR
from evtui.serve.web.page_messages import PROTOCOL
from tests.functional.processes.evtui_process import Evtui, Server, free_port
from tests.limits import HANG

_LINK = re.compile(r"in a browser: (http://127\.0\.0\.1:\d+/)#token=(\S+)")


async def _log_in(port: int, token: str) -> str:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"http://127.0.0.1:{port}/terminal", protocols=(PROTOCOL,)) as page,
    ):
        await page.send_str(json.dumps({"is": "hello", "token": token}))
        answer = json.loads(await page.receive_str(timeout=HANG))
        return str(answer.get("role") or answer["cause"])


def test_it_prints_the_link_with_a_token_that_lets_viewers_in(evtui: Evtui) -> None:
    port = free_port()
    with evtui.serving("--web", f"127.0.0.1:{port}") as server:
        link = _LINK.search("\n".join(server.places))
        assert link is not None, server.places
        assert anyio.run(_log_in, port, link[2]) == "viewer"
        assert anyio.run(_log_in, port, "guess") == "token"
        ended = server.stop()
        assert ended.status == 0
        assert link[2] not in ended.err


def test_configured_tokens_are_not_printed(evtui: Evtui) -> None:
    port = free_port()
    tokens = {"EVTUI_WEB_TOKEN": "for-viewers", "EVTUI_WEB_OPERATOR_TOKEN": "for-operators"}
    with evtui.serving("--web", f"127.0.0.1:{port}", **tokens) as server:
        assert anyio.run(_log_in, port, "for-viewers") == "viewer"
        assert anyio.run(_log_in, port, "for-operators") == "operator"
        ended = server.stop()
        assert "for-" not in "\n".join(server.places) + ended.out + ended.err
        assert "operator operator (web) from 127.0.0.1" in ended.err


def test_an_address_for_other_hosts_needs_a_token(evtui: Evtui) -> None:
    refused = evtui.run("serve", "--web", "0.0.0.0:8023")
    assert refused.status == 2
    assert "web.listen" in refused.err
    assert "set web.token or web.operator_token" in refused.err


def test_a_door_for_other_hosts_without_tls_says_that_it_is_not_encrypted(evtui: Evtui) -> None:
    for host, is_said in (("0.0.0.0", True), ("127.0.0.1", False)):
        with evtui.serving("--web", f"{host}:{free_port()}", EVTUI_WEB_TOKEN="quiet") as server:
            assert (IN_THE_CLEAR in server.places) == is_said
            assert server.stop().status == 0


def test_a_place_that_is_taken_is_named(evtui: Evtui) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        refused = evtui.run("serve", "--web", address)
    assert refused.status == 1
    assert f"http://{address}" in refused.err
    assert "Traceback" not in refused.err


@pytest.mark.parametrize("with_page", [True, False])
def test_it_ends_at_once_also_while_a_page_is_open(evtui: Evtui, with_page: bool) -> None:
    port = free_port()

    async def end_while_open(server: Server) -> None:
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(f"http://127.0.0.1:{port}/terminal", protocols=(PROTOCOL,)) as page,
        ):
            if with_page:
                await page.send_str(json.dumps({"is": "hello", "token": "quiet"}))
                await page.receive_str(timeout=HANG)
            ended = await anyio.to_thread.run_sync(server.stop)
            assert ended.status == 0
            assert "Traceback" not in ended.err

    with evtui.serving("--web", f"127.0.0.1:{port}", EVTUI_WEB_TOKEN="quiet") as server:
        anyio.run(end_while_open, server)
