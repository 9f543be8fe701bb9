"""A private RabbitMQ node with its own name, free ports and directories. Tests start, stop, kill and freeze it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from tests.functional.transports.tls_files import TlsFiles
from tests.limits import HANG

LIB: Final = Path("/usr/lib/rabbitmq/bin")

SIDE_VHOST: Final = "side/100%"
"""A second virtual host, whose name has to be escaped."""
USER: Final = "ev@tui"
PASSWORD: Final = "p/w:1@ %"
"""A user of the second virtual host, whose name and password have to be escaped."""

_GREETING: Final = b"AMQP\x00\x00\x09\x01"


def why_not() -> str | None:
    """Say why no node can run here; None when one can."""
    if not (LIB / "rabbitmq-server").exists():
        return f"no rabbitmq-server in {LIB}: apt-get install rabbitmq-server"
    return None if shutil.which("epmd") else "no epmd: apt-get install erlang-base"


class RabbitNode:
    """One node in a directory. It starts as root too, because the plain scripts need no account of their own."""

    def __init__(self, folder: Path, *, tls: TlsFiles | None = None) -> None:
        self.folder = folder
        self.port, self.tls_port, self._dist, self._epmd_port = free_ports(4)
        self._tls = tls
        self._node: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None
        self._write_settings()

    @property
    def url(self) -> str:
        """Return the URL for clients of the tests."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    @property
    def pid(self) -> int:
        """Return the process of the broker itself."""
        assert self._node is not None, "the node does not run"
        return self._node.pid

    def start(self) -> None:
        """Start it and wait until it greets a client."""
        if self._epmd is None:  # in front, as our own child; else the node leaves one behind
            self._epmd = self._spawn(["epmd", "-address", "127.0.0.1", "-port", str(self._epmd_port)], "epmd.log")
        self._node = self._spawn([str(LIB / "rabbitmq-server")], "node.log")
        deadline = time.monotonic() + HANG
        while not self.greets():
            if self._node.poll() is not None or time.monotonic() > deadline:
                log = (self.folder / "node.log").read_text(errors="replace")
                raise RuntimeError(f"the RabbitMQ node did not start:\n{log[-3000:]}")
            time.sleep(0.05)

    def ensure(self) -> None:
        """Start it when it does not run, let it go on when it is frozen."""
        if self._node is None or self._node.poll() is not None:
            self.start()
        else:
            self.thaw()

    def greets(self) -> bool:
        """Say whether it accepts clients."""
        try:
            with closing(socket.create_connection(("127.0.0.1", self.port), 1.0)) as client:
                client.sendall(_GREETING)
                return client.recv(1) == b"\x01"
        except OSError:
            return False

    def stop(self) -> None:
        """Stop it by SIGTERM."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it: no connection is closed properly, and what it did not write is lost."""
        self._end(signal.SIGKILL)

    def restart(self, *, kill: bool = False) -> None:
        """Stop or kill it and start it again, with what it keeps on disk."""
        self._end(signal.SIGKILL if kill else signal.SIGTERM)
        self.start()

    def freeze(self) -> None:
        """Suspend it: connections stay open, and nothing is answered."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def close(self) -> None:
        """End it, and what it needs."""
        if self._node is not None and self._node.poll() is None:
            self._end(signal.SIGKILL)
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait(HANG)

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl` against the node; it takes a second or two."""
        command = [str(LIB / "rabbitmqctl"), "-q", "-n", "evtui@localhost", *arguments]
        done = subprocess.run(
            command, env=self._environment(), capture_output=True, text=True, timeout=HANG, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _end(self, how: signal.Signals) -> None:
        assert self._node is not None, "the node does not run"
        if how == signal.SIGKILL:
            os.killpg(self._node.pid, how)  # its helpers too; a session of its own keeps us out of it
        else:
            self._node.send_signal(how)
        self._node.wait(HANG)

    def _spawn(self, command: list[str], log: str) -> "subprocess.Popen[bytes]":
        with (self.folder / log).open("ab") as output:
            return subprocess.Popen(
                command,
                env=self._environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _environment(self) -> Mapping[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),  # where Erlang makes its cookie
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": "evtui@localhost",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_DIST_PORT": str(self._dist),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            # The script becomes the broker, so that its process is ours to signal.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                # No thread waits by spinning, and one thread does the file work: the processors are for the tests.
                "-noinput +S 1:1 +SDio 1 +sbwt none +sbwtdcpu none +sbwtdio none"
                " -kernel inet_dist_use_interface {127,0,0,1}"
            ),
        }

    def _write_settings(self) -> None:
        lines = [
            f"listeners.tcp.1 = 127.0.0.1:{self.port}",
            f"load_definitions = {self.folder / 'definitions.json'}",
            "loopback_users = none",
            "max_message_size = 1048576",
            "vm_memory_high_watermark.relative = 0.9",
            "disk_free_limit.absolute = 1MB",
            "channel_max = 2047",
        ]
        if self._tls is not None:
            lines += [
                f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}",
                f"ssl_options.cacertfile = {self._tls.ca}",
                f"ssl_options.certfile = {self._tls.server}",
                f"ssl_options.keyfile = {self._tls.server_key}",
                "ssl_options.verify = verify_peer",
                "ssl_options.fail_if_no_peer_cert = true",
            ]
        (self.folder / "rabbitmq.conf").write_text("\n".join([*lines, ""]))
        (self.folder / "definitions.json").write_text(json.dumps(_definitions()))
        (self.folder / "plugins").write_text("[].\n")


def _definitions() -> object:
    """Describe users and virtual hosts; USER may publish to what begins with `evtui` and to the default exchange."""
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    return {
        "vhosts": [{"name": "/"}, {"name": SIDE_VHOST}],
        "users": [
            {"name": "guest", "password": "guest", "tags": "administrator"},
            {"name": USER, "password": PASSWORD, "tags": ""},
        ],
        "permissions": [
            {"user": "guest", "vhost": "/", **everything},
            {"user": "guest", "vhost": SIDE_VHOST, **everything},
            {"user": USER, "vhost": SIDE_VHOST, "configure": "", "write": "^(evtui.*|amq[.]default)$", "read": ""},
        ],
    }


def free_ports(count: int) -> list[int]:
    """Find ports without a listener."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()
