"""A real `evtui serve --ssh`, and the keys and the command line of real OpenSSH clients."""

import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.functional.console.ssh_world import until
from tests.functional.processes.evtui_process import Evtui, Ran, Server, free_port
from tests.limits import HANG

KEYS = {
    "viewer": "",
    "operator": 'role="operator" ',
    "asker": "commands ",
    "elsewhere": 'from="192.0.2.*" ',
}
"""The keys that are known, with their options."""

_PORT = re.compile(r"ssh:127\.0\.0\.1:(\d+)")


def missing_tools() -> str | None:
    """Name what these tests need and is not here."""
    missing = [name for name in ("ssh", "ssh-keygen", "tmux") if shutil.which(name) is None]
    return f"not installed: {', '.join(missing)}" if missing else None


class SshDoorWorld:
    """A server with an SSH door."""

    def __init__(self, evtui: Evtui, server: Server, log: Path) -> None:
        self.evtui = evtui
        self.server = server
        self._log = log
        found = _PORT.search(" ".join(server.places))
        assert found is not None, server.places
        self.port = int(found[1])

    def client(
        self, key: str, *words: str, terminal: bool = True, options: Sequence[str] = (), port: int | None = None
    ) -> list[str]:  # fmt: skip
        """Write the command line of a client with one of the keys."""
        chosen = [
            "StrictHostKeyChecking=no", "BatchMode=yes", "LogLevel=ERROR", "EscapeChar=none", "ControlPath=none",
            f"UserKnownHostsFile={self.evtui.directory / 'known_hosts'}", "IdentitiesOnly=yes", *options,
        ]  # fmt: skip
        return [
            "ssh", "-F", "none", "-tt" if terminal else "-T", "-p", str(port or self.port),
            "-i", str(self.evtui.directory / key), *(word for option in chosen for word in ("-o", option)),
            "anyone@127.0.0.1", *words,
        ]  # fmt: skip

    def run(self, key: str, *words: str, terminal: bool = False, options: Sequence[str] = ()) -> Ran:
        """Run a client to its end."""
        done = subprocess.run(
            self.client(key, *words, terminal=terminal, options=options), capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, timeout=HANG,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, key: str, *words: str, terminal: bool = True, port: int | None = None) -> "subprocess.Popen[bytes]":
        """Start a client, which writes into a pipe."""
        return subprocess.Popen(
            self.client(key, *words, terminal=terminal, port=port), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def sessions(self) -> list[dict[str, Any]]:
        """List the sessions as `evtui sessions --json` does."""
        ran = self.evtui.run("sessions", "--json")
        assert ran.status == 0, ran.err
        return json.loads(ran.out)  # type: ignore[no-any-return]

    def counts(self) -> dict[str, int]:
        """Return what the server counts of its viewers."""
        ran = self.evtui.run("mi", "get_statistics", "viewers:", "--json")
        assert ran.status == 0, ran.err
        return {name.removeprefix("viewers:"): number for name, number in json.loads(ran.out).items()}

    def log(self) -> str:
        """Return what the server logged."""
        return self._log.read_text(errors="replace")

    def waits_for_sessions(self, number: int) -> None:
        """Wait until there are so many."""
        until(lambda: len(self.sessions()) == number, lambda: f"{self.sessions()}\n{self.log()}")

    def waits_for_log(self, text: str) -> None:
        """Wait until the server logged something."""
        until(lambda: text in self.log(), self.log)

    def connect(self) -> socket.socket:
        """Connect without saying anything."""
        return socket.create_connection(("127.0.0.1", self.port), HANG)

    def slowest_ping(self, seconds: float) -> float:
        """Ask the server for its uptime again and again; returns the seconds of the slowest reply."""
        slowest, end = 0.0, time.monotonic() + seconds
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asker:
            asker.settimeout(HANG)
            asker.bind(str(self.evtui.directory / f"ping-{time.monotonic_ns()}"))
            asker.connect(str(self.evtui.mi_sock))
            while time.monotonic() < end:
                began = time.monotonic()
                asker.send(b'{"jsonrpc":"2.0","method":"uptime","id":1}')
                asker.recv(65536)
                slowest = max(slowest, time.monotonic() - began)
                time.sleep(0.02)
        return slowest


@contextmanager
def ssh_door(evtui: Evtui, *arguments: str, **environ: str) -> Generator[SshDoorWorld]:
    """Run a server whose door knows `KEYS`; `stranger` is a key that it does not know."""
    lines: list[str] = []
    for name in (*KEYS, "stranger"):
        path = evtui.directory / name
        if not path.exists():
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{name}@lab", "-f", str(path)], check=True,
                stdin=subprocess.DEVNULL, timeout=HANG,
            )  # fmt: skip
        if name in KEYS:
            lines.append(KEYS[name] + path.with_suffix(".pub").read_text())
    keys, log = evtui.directory / "keys", evtui.directory / "evtui.log"
    keys.write_text("# who may come in\n\n" + "".join(lines))
    keys.chmod(0o600)
    words = [
        "--ssh",
        f"127.0.0.1:{free_port()}",
        "--authorized-keys",
        str(keys),
        "--event",
        "E_MINE",
        "--log-file",
        str(log),
    ]
    with evtui.serving(*words, *arguments, **environ) as server:
        yield SshDoorWorld(evtui, server, log)
