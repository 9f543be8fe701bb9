"""A server that gets no more memory refuses with a reason, or ends and says where: it does not vanish."""

import json
import resource
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.functional.processes.evtui_process import Evtui, free_port
from tests.hostile.mi.test_http_clients import Client, post
from tests.limits import HANG

MORE: Final = 48 << 20
"""Bytes that the server may still take when it is ready."""
ROUNDS: Final = 300


def test_without_memory_a_request_is_refused_or_the_server_says_where_it_ended(evtui: Evtui) -> None:
    port = free_port()
    dead = f"E_TEST tcp:127.0.0.1:{free_port()}"
    call = {"jsonrpc": "2.0", "id": 1, "method": "raise_event", "params": ["E_TEST", ["x" * 900_000]]}
    request = post(json.dumps(call).encode(), token=None)
    with evtui.serving("--event", "E_TEST", "--subscribe", dead, "--http", f"127.0.0.1:{port}") as server:
        pages = int(Path(f"/proc/{server.pid}/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + MORE
        resource.prlimit(server.pid, resource.RLIMIT_AS, (limit, limit))
        resource.prlimit(server.pid, resource.RLIMIT_CORE, (0, 0))
        for _ in range(ROUNDS):
            if server.process.poll() is not None:
                break
            with suppress(OSError), Client(port) as client:
                client.send(request)
                client.status()
        if server.process.poll() is None:
            ended = server.stop()
            assert ended.status == 0 or "Fatal Python error" in ended.err
        else:
            assert server.process.returncode != 0
            assert "Fatal Python error" in server.process.communicate(timeout=HANG)[1]
