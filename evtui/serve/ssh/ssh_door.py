"""The SSH door: it listens, counts connections, and holds what all of them share."""

import logging
import socket
from collections import Counter
from functools import partial

import asyncssh
from anyio import CancelScope, sleep_forever
from anyio.abc import TaskGroup, TaskStatus

from evtui.codecs.display_text import display_safe
from evtui.serve.ssh.authorized_keys import AuthorizedKeys
from evtui.serve.ssh.command_run import CommandPlace
from evtui.serve.ssh.door_errors import SshDoorError
from evtui.serve.ssh.ssh_connection import SshConnection
from evtui.serve.ssh.ssh_settings import SshConfig
from evtui.serve.terminal.viewer_consoles import ViewerConsoles

_WINDOW = 8 << 10
"""Bytes that a client may send before the console has taken some."""

_UNANSWERED = 1
"""Questions whether a client is there, of which one more without an answer ends its connection."""


class SshDoor:
    """What all connections share."""

    def __init__(
        self, settings: SshConfig, keys: AuthorizedKeys, consoles: ViewerConsoles, commands: CommandPlace,
        tasks: TaskGroup,
    ) -> None:  # fmt: skip
        """`tasks` runs the sessions."""
        self.settings = settings
        self.keys = keys
        self.consoles = consoles
        self.commands = commands
        self.tasks = tasks
        self._connections: Counter[str] = Counter()

    @property
    def connections(self) -> int:
        """Return how many connections there are, those counted that have not logged in."""
        return self._connections.total()

    def take_connection(self, address: str) -> tuple[str, str] | None:
        """Count a connection; returns the cause and the reason when it is one too many."""
        settings = self.settings
        if self.connections >= settings.connections:
            return "connections", f"there are {settings.connections} connections already"
        if self._connections[address] >= settings.connections_per_address:
            return "connections_per_address", f"its address has {settings.connections_per_address} connections already"
        self._connections[address] += 1
        return None

    def give_connection(self, address: str) -> None:
        """Count a connection that has ended."""
        self._connections[address] -= 1
        if not self._connections[address]:
            del self._connections[address]

    def refuse(self, cause: str, who: str, why: str) -> None:
        """Count and log what is refused."""
        self.consoles.sessions.refuse(cause, who, display_safe(why, 300))

    @staticmethod
    def limit_buffer(sock: socket.socket, size: int) -> None:
        """Let the system hold no more than so many bytes for a client."""
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)


async def serve_ssh(
    door: SshDoor, host: str, port: int, key: asyncssh.SSHKey, *, task_status: TaskStatus[tuple[str, int]]
) -> None:
    """Listen until cancelled; `task_status` gets the address. raises SshDoorError: it cannot listen there."""
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    limits = door.consoles.sessions.limits
    try:
        listener = await asyncssh.listen(
            host, port, server_factory=partial(SshConnection, door), server_host_keys=[key], config=[], encoding=None,
            line_editor=False, agent_forwarding=False, x11_forwarding=False, sftp_factory=None, allow_scp=False,
            compression_algs=None, gss_host=None, password_auth=False, kbdint_auth=False, host_based_auth=False,
            login_timeout=limits.login_timeout, keepalive_interval=limits.keepalive,
            keepalive_count_max=_UNANSWERED, window=_WINDOW, max_pktsize=_WINDOW, server_version="evtui",
            reuse_address=True,
        )  # fmt: skip
    except OSError as error:
        raise SshDoorError(f"cannot listen on ssh {host}:{port}: {error.strerror or error}") from error
    try:
        task_status.started((host, listener.get_port()))
        await sleep_forever()
    finally:
        listener.close()
        with CancelScope(shield=True):
            await listener.wait_closed()
