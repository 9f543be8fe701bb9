"""`opensips-cli` and `opensips-mi`, unchanged, against evtui: they print the same as against OpenSIPS."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread
from msgspec.structs import replace

from evtui.mi.commands.about import MemoryUse
from evtui.mi.load_meter import LoadMeter
from tests.functional.mi.mi_recorded import CAPTURES
from tests.functional.mi.mi_world import STARTED, World, datagram_server, fifo_server, free_port, http_server
from tests.limits import HANG

RECORDED: dict[str, dict[str, Any]] = json.loads((CAPTURES / "client_opensips_cli.json").read_text("utf-8"))
OURS = {"cli fifo which": "our commands", "opensips-event help": "the client alone"}
"""Recordings that do not depend on the server."""

_ROUTES = ("E_CTL", "E_ROUTE", "E_REC", "E_BROUTE", "E_NEVER_DECLARED_ELSEWHERE")


def _catalogue() -> list[str]:
    return [event["name"] for event in json.loads(RECORDED["cli fifo events_list"]["stdout"])["Events"]]


class Client:
    """Runs the official programs against our listeners."""

    def __init__(self, directory: Path, http: int, datagram: int) -> None:
        self._directory = directory
        self._ports = {"8189": str(http), "8181": str(datagram)}
        self._configure("fifo", f"fifo_file: {directory}/fifo\nfifo_reply_dir: {directory}")
        self._configure("http", f"url: http://127.0.0.1:{http}/mi")
        self._configure("datagram", f"datagram_ip: 127.0.0.1\ndatagram_port: {datagram}\ndatagram_timeout: 2", "dgram")

    async def run(self, program: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        given = [self._ports.get(word, word).replace("/DIR", str(self._directory)) for word in arguments]
        command = [str(Path(sys.executable).parent / program), *given]
        return await to_thread.run_sync(
            partial(
                subprocess.run,
                command,
                capture_output=True,
                text=True,
                timeout=HANG,
                env={"HOME": str(self._directory)},
            )
        )

    async def watch(self, arguments: list[str], until: str) -> str:
        """Run `opensips-cli`, which goes on for ever, until it has printed a text; return all it printed."""
        given = [word.replace("/DIR", str(self._directory)) for word in arguments]
        command = [str(Path(sys.executable).parent / "opensips-cli"), *given]
        env = {"HOME": str(self._directory), "PATH": os.environ["PATH"], "TERM": "dumb", "PYTHONUNBUFFERED": "1"}
        text = ""
        async with await anyio.open_process(command, env=env, stderr=subprocess.STDOUT) as process:
            assert process.stdout is not None
            with anyio.fail_after(HANG):
                while until not in text:
                    text += (await process.stdout.receive()).decode()
            process.kill()
        return text

    def _configure(self, kind: str, lines: str, name: str | None = None) -> None:
        text = f"[default]\ncommunication_type: {kind}\n{lines}\n"
        (self._directory / f"cli-{name or kind}.cfg").write_text(text)


@asynccontextmanager
async def _client(world: World, directory: Path) -> AsyncGenerator[Client]:
    http, datagram = free_port(), free_port(socket.SOCK_DGRAM)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(fifo_server(world.dispatcher, directory / "fifo", directory))
        await stack.enter_async_context(http_server(world.dispatcher, http))
        await stack.enter_async_context(datagram_server(world.dispatcher, f"udp:127.0.0.1:{datagram}"))
        yield Client(directory, http, datagram)


@pytest.fixture
def world() -> Generator[World]:
    world = World(_catalogue(), _ROUTES)
    world.engine.subscribe("E_SUB_STARTUP", "udp:127.0.0.1:7900")
    world.engine.subscribe("E_SUB_STARTUP", "udp:127.0.0.1:7901", 1200)
    yield world
    world.close()


async def test_the_official_programs_print_what_they_print_against_the_reference(world: World, tmp_path: Path) -> None:
    wrong: dict[str, object] = {}
    async with _client(world, tmp_path) as client:
        for name, recorded in RECORDED.items():
            if name in OURS:
                continue
            done = await client.run(f"opensips-{name.split()[0].removeprefix('opensips-')}", recorded["args"])
            seen = (done.returncode, _stable(done.stdout), _stable(done.stderr))
            if seen != (recorded["rc"], _stable(recorded["stdout"]), _stable(recorded["stderr"])):
                wrong[name] = done
    assert wrong == {}


async def test_opensips_cli_lists_and_runs_commands_by_their_names_of_4_0(world: World, tmp_path: Path) -> None:
    async with _client(world, tmp_path) as client:
        listed = await client.run("opensips-cli", ["-f", "/DIR/cli-fifo.cfg", "-x", "mi", "which"])
        asked = await client.run("opensips-cli", ["-f", "/DIR/cli-dgram.cfg", "-x", "mi", "evi:subscribers", "E_CTL"])
    assert {"event_subscribe", "evi:subscribe", "transports_list"} <= set(json.loads(listed.stdout))
    assert json.loads(asked.stdout)["Event"]["Subscribers"][0]["socket"] == "route:E_CTL"


async def test_opensips_cli_shows_why_a_socket_is_refused(world: World, tmp_path: Path) -> None:
    async with _client(world, tmp_path) as client:
        done = await client.run(
            "opensips-cli", ["-f", "/DIR/cli-http.cfg", "-x", "mi", "event_subscribe", "E_T", "udp:127.0.0.1:0"]
        )
    assert done.returncode == 255
    assert "400: Bad parameter value (socket: port: not a number from 1 to 65535)" in done.stderr


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        ([], ["Worker Capacity: NOTICE", "Shared Memory:   WARNING", "Private Memory:  OK"]),
        (["memory"], ["Current Usage: 300.0KB / 400.0KB (75%)", "Peak Usage: 310.0KB / 400.0KB (77%)"]),
        (["load"], ["OpenSIPS Processing Status", "(press Ctrl-c to exit)"]),
    ],
)
async def test_opensips_cli_diagnoses_by_the_statistics_that_can_be_told(
    world: World, tmp_path: Path, view: list[str], shown: list[str]
) -> None:
    busy = LoadMeter(world.clock, lambda: 0.3 * (world.clock() - STARTED))
    world.clock.pass_by(10)
    memory = MemoryUse(limit=400 << 10, used=300 << 10, peak=310 << 10)
    world.with_about(replace(world.about, load=busy, memory=lambda: memory))
    async with _client(world, tmp_path) as client:
        text = await client.watch(["-f", "/DIR/cli-fifo.cfg", "-x", "diagnose", *view], until="(press Ctrl-c to exit)")
    assert [line for line in shown if line not in text] == []


async def test_opensips_cli_reads_the_statistics(world: World, tmp_path: Path) -> None:
    async with _client(world, tmp_path) as client:
        done = await client.run(
            "opensips-cli", ["-f", "/DIR/cli-fifo.cfg", "-x", "mi", "get_statistics", "evi:", "fifo_unreadable"]
        )
    assert json.loads(done.stdout)["evi:subscriptions"] == len(_ROUTES) + 2
    assert json.loads(done.stdout)["mi:fifo_unreadable"] == 0


def _stable(text: str) -> str:
    """Leave out what time and place change: seconds left, dates, and the client's own path."""
    text = re.sub(r'"ttl": \d+', '"ttl": N', text)
    text = re.sub(r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}", "DATE", text)
    text = re.sub(r"\d+ \[sec\]", "N [sec]", text)
    return re.sub(r"\S*/opensips-cli", "opensips-cli", text)
