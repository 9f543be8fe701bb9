"""A process that stood still for a while (SIGSTOP) answers what came meanwhile, and ends what has expired."""

import http.client
import os
import select
import signal
import time
from contextlib import closing

from tests.functional.mi.mi_datagram_client import DatagramClient
from tests.functional.processes.evtui_process import Evtui, free_port
from tests.hostile.mi.test_http_clients import PWD, Client, post
from tests.limits import HANG

STOPPED = 2.5


def test_what_came_while_the_process_stood_still_is_answered_and_what_expired_has_ended(evtui: Evtui) -> None:
    port, sock, fifo = free_port(), evtui.directory / "s", evtui.directory / "fifo"
    reply = evtui.directory / "reply"
    os.mkfifo(reply)
    (evtui.directory / "evtui.toml").write_text(f'[mi]\nreply_dir = "{evtui.directory}"\n')
    with (
        evtui.serving(
            "--config", str(evtui.directory / "evtui.toml"), "--event", "E_SHORT", "--event", "E_LONG", "--http",
            f"127.0.0.1:{port}", "--datagram", f"unix:{sock}", "--fifo", str(fifo),
        ) as server,
        DatagramClient(sock) as asking,
        DatagramClient(sock) as waiting,
        Client(port) as over_http,
        closing(http.client.HTTPConnection("127.0.0.1", port, timeout=HANG)) as kept,
        reply.open("r+b", buffering=0) as own,
    ):  # fmt: skip
        kept.request("POST", "/mi", PWD, {"Content-Type": "application/json"})
        kept.getresponse().read()
        asking.ask("event_subscribe", "E_SHORT", "udp:127.0.0.1:9", 1)
        asking.ask("event_subscribe", "E_LONG", "udp:127.0.0.1:9", 3600)
        os.kill(server.pid, signal.SIGSTOP)
        waiting.send("raise_event", "E_SHORT")
        over_http.send(post(token=None))
        fifo.write_bytes(b":reply:" + PWD + b"\n")
        time.sleep(STOPPED)
        os.kill(server.pid, signal.SIGCONT)
        assert over_http.status() == 200
        assert select.select([own], [], [], HANG)[0]
        assert b'"result"' in own.read(1 << 16)
        listed = asking.ask("subscribers_list")["Events"]
        assert [event["name"] for event in listed] == ["E_LONG"]
        assert 0 < listed[0]["Subscribers"][0]["ttl"] <= 3600 - STOPPED + 1
        assert waiting.reply()["error"]["code"] == 480, "it was raised after the subscription had expired"
        kept.request("POST", "/mi", PWD, {"Content-Type": "application/json"})
        assert kept.getresponse().status == 200
