"""One of the two servers, started on the configuration that both get."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.functional.mi.mi_world import free_port
from tests.limits import HANG

CONFIG: Final = Path(__file__).with_name("same.cfg")
TICKS: Final = os.sysconf("SC_CLK_TCK")


class Ports(NamedTuple):
    """Where a server listens on 127.0.0.1."""

    sip: int
    mi: int
    http: int


class ComparedServer:
    """A running server. It asks it over MI datagrams, as a client does."""

    def __init__(self, process: "subprocess.Popen[bytes]", ports: Ports, folder: Path) -> None:
        self._process = process
        self.ports = ports
        self.folder = folder
        """Where its FIFO is."""

    @property
    def fifo(self) -> Path:
        """The FIFO that it reads."""
        return self.folder / "fifo"

    def call(self, method: str, params: list[Any] | dict[str, Any], seconds: float = HANG) -> Any:
        """Return the result of a command. raises OSError: no reply; AssertionError: it is refused."""
        request = {"jsonrpc": "2.0", "id": "1", "method": method, "params": params}
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(seconds)
            client.connect(("127.0.0.1", self.ports.mi))
            if client.getsockname() == client.getpeername():
                raise ConnectionError("the server does not listen yet, and the client has got its port")
            client.send(json.dumps(request).encode())
            reply = json.loads(client.recv(65_535))
        assert "result" in reply, (method, params, reply)
        return reply["result"]

    def subscribe(self, event: str, address: str) -> None:
        """Subscribe a socket for longer than the comparison takes."""
        assert self.call("event_subscribe", [event, address, 36_000]) == "OK"

    def processor_seconds(self) -> float:
        """Return what all its processes have spent until now; those that have ended count no more."""
        return sum(_spent(path) for path in Path("/proc").glob("[0-9]*/stat") if _group(path) == self._process.pid)

    def wait_until_it_answers(self) -> None:
        """Wait for its start. raises AssertionError: it ended instead, with its log."""
        end = time.monotonic() + HANG
        while self._process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(OSError):
                self.call("version", [], 0.2)
                socket.create_connection(("127.0.0.1", self.ports.http), 0.2).close()
                if self.fifo.is_fifo():
                    return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:])


@contextlib.contextmanager
def running(folder: Path, command: Callable[[Path], Sequence[object]], modules: Path) -> Generator[ComparedServer]:
    """Run a server in a new folder until the end; `command` is given its configuration."""
    folder.mkdir(0o700)
    ports = Ports(free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM), free_port())
    config = folder / "same.cfg"
    config.write_text(config_text(ports, folder, modules), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("EVTUI_", "XDG_"))}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(part) for part in command(config)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**environment, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder), "EVTUI_SYSTEM_CONFIG": ""},
            start_new_session=True,
        )
    try:
        server = ComparedServer(process, ports, folder)
        server.wait_until_it_answers()
        yield server
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # those of its processes that are left
        process.wait()


def evtui_command(config: Path) -> Sequence[object]:
    """How evtui runs a configuration."""
    return [sys.executable, "-m", "evtui", "serve", "--script", config]


def opensips_command(directory: Path, config: Path) -> Sequence[object]:
    """How a server in a directory runs one: in the foreground, with enough memory for what waits."""
    return [directory / "opensips", "-F", "-f", config, "-m", "256", "-M", "32"]


def config_text(ports: Ports, folder: Path, modules: Path) -> str:
    """Return the configuration with the places of one server."""
    text = CONFIG.read_text(encoding="utf-8")
    places = {**ports._asdict(), "run": folder, "modules": modules}
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def _group(stat: Path) -> int:
    return int(_fields(stat)[2])


def _spent(stat: Path) -> float:
    user, system = _fields(stat)[11:13]
    return (int(user) + int(system)) / TICKS


def _fields(stat: Path) -> list[str]:
    """Split what follows the name of the process; all 0 when it has ended meanwhile."""
    try:
        return stat.read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()
    except OSError:
        return ["0"] * 20
