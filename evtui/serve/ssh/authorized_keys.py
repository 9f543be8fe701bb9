"""Who may come in: the keys of a file, read again when it has changed, and perhaps those of the user who runs evtui."""

import logging
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import asyncssh
from msgspec.structs import replace

from evtui.codecs.display_text import display_safe
from evtui.serve.ssh.door_errors import SshDoorError
from evtui.serve.ssh.key_line import KeyLine, KeyLineError, parse_key_line

MOST_BYTES: Final = 1 << 20
"""Bytes of the longest file that is read."""

_log = logging.getLogger(__name__)


class AuthorizedKeys:
    """The keys that are known, by their bytes. Every method but `find` blocks."""

    def __init__(self, file: Path | None, own: Mapping[bytes, KeyLine]) -> None:
        """`own` are keys that are known beside those of the file.

        raises SshDoorError: the file cannot be read, others may write it, or a line of it is wrong.
        """
        self._file = file
        self._own = own
        self._stamp: tuple[int, int, int] | None = None
        self._keys: Mapping[bytes, KeyLine] = {}
        if file is not None:
            wrong = self._read(file)
            if wrong:
                raise SshDoorError(wrong[0])

    def __len__(self) -> int:
        return len({**self._keys, **self._own})

    def find(self, key: bytes, address: str) -> KeyLine | None:
        """Find a key that comes from an address; None when it may not come in."""
        line = self._own.get(key) or self._keys.get(key)
        return line if line is not None and line.comes_from(address) else None

    def read_again(self) -> None:
        """Read the file if it has changed. What is wrong with it is logged; a line that is wrong lets no one in."""
        if self._file is None:
            return
        try:
            if self._stamp == _stamp(self._file.stat()):
                return
            for why in self._read(self._file):
                _log.error("%s", why)
        except (SshDoorError, OSError) as error:
            self._keys, self._stamp = {}, None
            _log.error("no key of it may come in: %s", error)

    def _read(self, file: Path) -> list[str]:
        """Read the file; returns what is wrong with its lines."""
        raw, self._stamp = _checked_bytes(file)
        keys: dict[bytes, KeyLine] = {}
        wrong: list[str] = []
        for number, line in enumerate(raw.decode(errors="replace").splitlines(), 1):
            try:
                known = _known(line)
            except KeyLineError as error:
                wrong.append(f"{file}, line {number}: {error}")
                continue
            if known is not None:
                keys[known[0]] = known[1]
        self._keys = keys
        return wrong


def own_keys(folder: Path) -> dict[bytes, KeyLine]:
    """Read the public keys of a folder, `~/.ssh`: each may come in as an operator and run commands. Blocks."""
    return dict(_public_keys(folder))


def _public_keys(folder: Path) -> Iterator[tuple[bytes, KeyLine]]:
    for path in sorted(folder.glob("*.pub")):
        try:
            for line in path.read_text(errors="replace").splitlines():
                if (known := _known(line)) is not None:
                    yield known[0], replace(known[1], role="operator", commands=True)
        except (KeyLineError, OSError):  # a certificate, or no key at all: it lets no one in
            _log.info("%s is not used: it has no key that can be read", path)


def _known(line: str) -> tuple[bytes, KeyLine] | None:
    """Read a line and its key; None for one without a key. raises KeyLineError."""
    found = parse_key_line(line)
    if found is None:
        return None
    try:
        key = asyncssh.import_public_key(found.key)
    except (asyncssh.KeyImportError, ValueError) as error:
        raise KeyLineError(f"its key cannot be read: {display_safe(str(error), 200)}") from error
    return key.public_data, replace(found, name=found.name or key.get_fingerprint())


def _checked_bytes(file: Path) -> tuple[bytes, tuple[int, int, int]]:
    """Read a file that no one else may have written. raises SshDoorError."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise SshDoorError(f"authorized keys {file}: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise SshDoorError(f"authorized keys {file}: it is not a file")
        if found.st_uid not in {0, os.getuid()}:
            raise SshDoorError(f"authorized keys {file}: it belongs to user {found.st_uid}")
        if found.st_mode & 0o022:
            mode = stat.S_IMODE(found.st_mode)
            raise SshDoorError(f"authorized keys {file}: others may write it (mode {mode:04o}): chmod go-w {file}")
        raw = opened.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise SshDoorError(f"authorized keys {file}: it is longer than {MOST_BYTES:,} bytes")
    return raw, _stamp(found)


def _stamp(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_mtime_ns, found.st_size, found.st_ino
