"""The key of the door, by which a client recognises it: made once, and used only as it was made."""

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import cast

import asyncssh

from evtui.codecs.display_text import display_safe
from evtui.serve.ssh.door_errors import SshDoorError

_generate = cast("Callable[[str], asyncssh.SSHKey]", asyncssh.generate_private_key)  # pyright: ignore[reportUnknownMemberType]
_NEW: int = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def host_key(path: Path) -> asyncssh.SSHKey:
    """Read the key, or make one where there is none. Blocks.

    raises SshDoorError: others may read it or may have written it, it cannot be read or made.
    """
    try:
        if not os.path.lexists(path):
            _make(path)
        return _read(path)
    except OSError as error:
        raise SshDoorError(f"host key {path}: {error.strerror or error}") from error


def known_host_key(path: Path) -> asyncssh.SSHKey | None:
    """Read the key; None where there is none yet. Makes nothing. Blocks.

    raises SshDoorError: it cannot be used, or none can be made there.
    """
    try:
        if os.path.lexists(path):
            return _read(path)
    except OSError as error:
        raise SshDoorError(f"host key {path}: {error.strerror or error}") from error
    above = next(each for each in path.absolute().parents if each.exists())
    if not above.is_dir():
        raise SshDoorError(f"host key {path}: {above} is not a directory")
    if not os.access(above, os.W_OK | os.X_OK):
        raise SshDoorError(f"host key {path}: {above} cannot be written")
    return None


def _make(path: Path) -> None:
    """Make a key beside its place and link it there when it is on the disk: there is never a part of one.

    Of two that do so at once, both use the one that came first.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, _NEW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_generate("ssh-ed25519").export_private_key("openssh"))
            file.flush()
            os.fsync(descriptor)
        try:
            os.link(draft, path, follow_symlinks=False)
        except FileExistsError:
            return
        _to_disk(path.parent)
    finally:
        draft.unlink()


def _to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> asyncssh.SSHKey:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise SshDoorError(f"host key {path}: it is not a file")
        if found.st_uid != os.getuid():
            raise SshDoorError(
                f"host key {path}: it belongs to user {found.st_uid}, but evtui runs as user {os.getuid()}"
            )
        if found.st_mode & 0o077:
            raise SshDoorError(
                f"host key {path}: others may read it (mode {stat.S_IMODE(found.st_mode):04o}): chmod 600 {path}"
            )
        raw = file.read(1 << 16)
    try:
        return asyncssh.import_private_key(raw)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError) as error:
        raise SshDoorError(f"host key {path}: {display_safe(str(error), 200)}") from error
