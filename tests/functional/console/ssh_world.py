"""A private OpenSSH server on loopback and its real client in a real terminal (tmux)."""

import getpass
import itertools
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.limits import HANG

EVTUI = Path(sys.executable).with_name("evtui")
SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")

_numbers = itertools.count()


def missing_tools() -> str | None:
    """Name what these tests need and is not here."""
    tools = {
        "sshd": SSHD,
        "ssh": shutil.which("ssh"),
        "ssh-keygen": shutil.which("ssh-keygen"),
        "tmux": shutil.which("tmux"),
    }
    missing = [name for name, path in tools.items() if path is None]
    return f"not installed: {', '.join(missing)}" if missing else None


def until(ready: Callable[[], object], what: Callable[[], str]) -> None:
    """Wait for another process to get there; fails with what there is instead."""
    deadline = time.monotonic() + HANG
    while not ready():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


def evtui_processes(marker: str) -> list[int]:
    """List the evtui processes with this text in their command line (their shells and ssh clients are none)."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if str(EVTUI).encode() in words and any(marker.encode() in word for word in words):
            found.append(int(entry.name))
    return found


class Sshd:
    """A running server with one key that may log in as the user who runs the tests."""

    def __init__(self, directory: Path, port: int, process: "subprocess.Popen[str]") -> None:
        self._directory = directory
        self.port = port
        self.process = process
        self.marker = f"E_SSH_{uuid.uuid4().hex[:12]}"
        """An event to publish: it tells the test's own evtui from others."""

    def client(self, *words: str, terminal: bool = True, options: Sequence[str] = ()) -> list[str]:
        """Write the command line of a client."""
        chosen = [
            "StrictHostKeyChecking=no", "BatchMode=yes", "LogLevel=ERROR", "EscapeChar=none", "ControlPath=none",
            f"UserKnownHostsFile={self._directory / 'known_hosts'}", "IdentitiesOnly=yes", *options,
        ]  # fmt: skip
        return [
            "ssh", "-F", "none", "-tt" if terminal else "-T", "-p", str(self.port), "-i", str(self._directory / "key"),
            *(word for option in chosen for word in ("-o", option)), f"{getpass.getuser()}@127.0.0.1", *words,
        ]  # fmt: skip

    def console(self, *words: str) -> str:
        """Write the remote command that opens the console."""
        return shlex.join([str(EVTUI), "--event", self.marker, *words])

    def sessions(self) -> list[int]:
        """List the server's processes for the connections it has."""
        listing = subprocess.run(
            ["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True, timeout=HANG
        ).stdout
        rows = [row.split(None, 2) for row in listing.splitlines()]
        parents = {int(pid): int(parent) for pid, parent, _ in rows}
        return [int(pid) for pid, _, words in rows if words.startswith("sshd:") and self._is_below(int(pid), parents)]

    def _is_below(self, pid: int, parents: Mapping[int, int]) -> bool:
        while (pid := parents.get(pid, 0)) not in {0, self.process.pid}:
            pass
        return pid == self.process.pid

    def log(self) -> str:
        """Return what the server said."""
        return (self._directory / "sshd.log").read_text(errors="replace")


@contextmanager
def running_sshd(directory: Path, *lines: str, runtime: Path, key_options: str = "") -> Generator[Sshd]:
    """Run a server with these lines added to its configuration, and these options for the one key."""
    for name in ("host_key", "key"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(directory / name)],
            check=True,
            stdin=subprocess.DEVNULL,
            timeout=HANG,
        )
    (directory / "authorized_keys").write_text(key_options + (directory / "key.pub").read_text())
    port = _free_port()
    here = f"XDG_RUNTIME_DIR={runtime} XDG_CONFIG_HOME={runtime} XDG_STATE_HOME={runtime}"
    configuration = [
        "ListenAddress 127.0.0.1", f"Port {port}", f"HostKey {directory / 'host_key'}",
        f"PidFile {directory / 'sshd.pid'}", f"AuthorizedKeysFile {directory / 'authorized_keys'}",
        "StrictModes no", "UsePAM no", "PermitRootLogin yes", "PasswordAuthentication no",
        "KbdInteractiveAuthentication no", "PrintMotd no", "PrintLastLog no", "AcceptEnv COLORTERM", f"SetEnv {here}",
        *lines,
    ]  # fmt: skip
    (directory / "sshd_config").write_text("\n".join(configuration) + "\n")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with (directory / "sshd.log").open("w") as log:
        process = subprocess.Popen([str(SSHD), "-D", "-e", "-f", str(directory / "sshd_config")], stderr=log, text=True)
    server = Sshd(directory, port, process)
    try:
        until(lambda: _answers(port) or process.poll() is not None, server.log)
        yield server
    finally:
        process.terminate()
        process.wait(HANG)
        for pid in evtui_processes(server.marker):
            os.kill(pid, signal.SIGKILL)


def login_fails(server: Sshd) -> str | None:
    """Try to log in for nothing; returns what the server said when it refuses."""
    if server.process.poll() is not None:
        return server.log()
    tried = subprocess.run(
        server.client("true", terminal=False), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        timeout=HANG,
    )  # fmt: skip
    return None if tried.returncode == 0 else tried.stderr + server.log()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Terminal:
    """One window of a tmux server of its own, with a command in it."""

    def __init__(self, server: str) -> None:
        self._server = server

    def tmux(self, *words: str) -> str:
        """Run a tmux command."""
        done = subprocess.run(
            ["tmux", "-L", self._server, *words], capture_output=True, text=True, check=True, timeout=HANG
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        """Press keys by their tmux names."""
        self.tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Send characters as they are."""
        self.tmux("send-keys", "-l", text)

    def click(self, column: int, row: int) -> None:
        """Click the left button at a cell (from 0) as a terminal tells it (SGR 1006)."""
        self.type(f"\x1b[<0;{column + 1};{row + 1}M\x1b[<0;{column + 1};{row + 1}m")

    def resize(self, columns: int, rows: int) -> None:
        """Change the window's size."""
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self) -> str:
        """Return what stands on the screen."""
        return self.tmux("capture-pane", "-p")

    def colours(self) -> str:
        """Return what stands on the screen with its colour sequences."""
        return self.tmux("capture-pane", "-p", "-e")

    def alternate(self) -> bool:
        """Say whether a program has taken the whole screen."""
        return self.tmux("display-message", "-p", "#{alternate_on}").strip() == "1"

    def waits_for(self, text: str) -> str:
        """Wait until a text stands on the screen, and return the screen."""
        until(lambda: text in self.screen(), lambda: f"{text!r} is not on the screen:\n{self.screen()}")
        return self.screen()

    def waits_for_no(self, text: str) -> str:
        """Wait until a text is off the screen, and return the screen."""
        until(lambda: text not in self.screen(), lambda: f"{text!r} is still on the screen:\n{self.screen()}")
        return self.screen()

    def find(self, text: str) -> tuple[int, int]:
        """Return the column and row where a text stands."""
        for row, line in enumerate(self.screen().splitlines()):
            if text in line:
                return line.index(text), row
        raise AssertionError(f"{text!r} is not on the screen:\n{self.screen()}")

    def client_pid(self) -> int:
        """Return the process id of the ssh client in the window."""
        shell = self.tmux("display-message", "-p", "#{pane_pid}").strip()
        return int(
            subprocess.run(
                ["pgrep", "-P", shell, "ssh"], capture_output=True, text=True, check=True, timeout=HANG
            ).stdout.split()[0]
        )


@contextmanager
def terminal(command: Sequence[str], size: tuple[int, int] = (120, 40), **environment: str) -> Generator[Terminal]:
    """Open a window that runs a command and then says how it ended."""
    window = Terminal(f"evtui-test-{os.getpid()}-{next(_numbers)}")
    settings = [word for name, value in environment.items() for word in ("-e", f"{name}={value}")]
    script = f"{shlex.join(command)}; echo ended with $?; exec cat"
    words = [
        "-f",
        "/dev/null",
        "new-session",
        "-d",
        "-x",
        str(size[0]),
        "-y",
        str(size[1]),
        *settings,
        f"sh -c {shlex.quote(script)}",
    ]
    window.tmux(*words, ";", "set-option", "-g", "window-size", "manual")
    try:
        yield window
    finally:
        window.tmux("kill-server")
