"""Opens the SSH door: whose keys are known, the key of the door, and what to type to see the console."""

import socket
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread
from anyio.abc import TaskGroup
from msgspec import Struct
from platformdirs import user_config_path, user_state_path

from evtui.serve.ssh.door_errors import SshDoorError
from evtui.serve.ssh.ssh_settings import SshConfig
from evtui.serve.terminal.viewer_consoles import ViewerConsoles

if TYPE_CHECKING:
    from evtui.serve.ssh.authorized_keys import AuthorizedKeys

KEYS_FILE = "authorized_keys"
HOST_KEY_FILE = "ssh_host_ed25519_key"


class SshPlaces(Struct, frozen=True):
    """Where the door listens, and the directories of the user who runs it."""

    host: str
    port: int
    is_loopback: bool
    config: Path
    state: Path
    home: Path
    program: tuple[str, ...]
    """The words that start evtui."""

    @classmethod
    def of_user(cls, host: str, port: int, is_loopback: bool) -> "SshPlaces":
        """Take the directories of the user of this process."""
        config, state = user_config_path("evtui"), user_state_path("evtui")
        return cls(host, port, is_loopback, config, state, Path.home(), (sys.executable, "-m", "evtui"))


async def open_ssh(
    settings: SshConfig, places: SshPlaces, consoles: ViewerConsoles, variables: Mapping[str, str], tasks: TaskGroup
) -> tuple[str, ...]:  # fmt: skip
    """Open the door; it closes when the tasks are cancelled. `variables` are those of commands that are run here.

    Returns lines that say where it listens, and what to type to see the console.

    raises SshDoorError: asyncssh is not installed, no key is known, a file or the address cannot be used.
    """
    keys = await to_thread.run_sync(known_keys, settings, places)
    # On first use: it is large, and only this door needs it.
    from evtui.serve.ssh.command_run import CommandPlace
    from evtui.serve.ssh.host_key import host_key
    from evtui.serve.ssh.ssh_door import SshDoor, serve_ssh

    key = await to_thread.run_sync(host_key, host_key_file(settings, places))
    door = SshDoor(settings, keys, consoles, CommandPlace(places.program, lambda: variables), tasks)
    host, port = await tasks.start(serve_ssh, door, places.host, places.port, key)
    shown = f"[{host}]" if ":" in host else host
    return (
        f"listening on ssh:{shown}:{port}, host key {key.get_fingerprint()}",
        f"to see the console: ssh -p {port} {_reachable(host)}",
    )


def known_keys(settings: SshConfig, places: SshPlaces) -> "AuthorizedKeys":
    """Read the keys that may come in. Blocks. raises SshDoorError: asyncssh is not installed, or no key may come in."""
    if find_spec("asyncssh") is None:
        raise SshDoorError("the SSH door needs asyncssh, which is not installed: pip install 'evtui[ssh]'")
    from evtui.serve.ssh.authorized_keys import AuthorizedKeys, own_keys

    if settings.me and not places.is_loopback:
        raise SshDoorError(f"--ssh-me (ssh.me) is for loopback only, but {places.host} is reachable from other hosts")
    file = _keys_file(settings, places)
    keys = AuthorizedKeys(file, own_keys(places.home / ".ssh") if settings.me else {})
    if not len(keys):
        raise SshDoorError(_no_key(settings, places, file))
    return keys


def _keys_file(settings: SshConfig, places: SshPlaces) -> Path | None:
    """Return the file of authorized keys; None when there is none and none is named. raises SshDoorError."""
    usual = places.config / KEYS_FILE
    if settings.authorized_keys is not None:
        return Path(settings.authorized_keys).expanduser()
    if usual.exists():
        return usual
    if not places.is_loopback:
        raise SshDoorError(
            f"{places.host} is reachable from other hosts: name the keys that may come in, --authorized-keys FILE, "
            f"or write {usual}"
        )
    return None


def host_key_file(settings: SshConfig, places: SshPlaces) -> Path:
    """Return where the key of the door is, or will be."""
    return places.state / HOST_KEY_FILE if settings.host_key is None else Path(settings.host_key).expanduser()


def _no_key(settings: SshConfig, places: SshPlaces, file: Path | None) -> str:
    if file is not None:
        return f"authorized keys {file}: it has no key, so no one could come in"
    if settings.me:
        return f"{places.home / '.ssh'} has no public key (*.pub): ssh-keygen makes one"
    return (
        f"no one could come in: name a file, --authorized-keys FILE, write {places.config / KEYS_FILE}, "
        "or give --ssh-me for your own ~/.ssh/*.pub"
    )


def _reachable(host: str) -> str:
    """Return the name under which a host that listens everywhere is reached."""
    return socket.gethostname() if host in {"", "0.0.0.0", "::"} else host  # noqa: S104 - it is only compared
