"""One flat file: appends complete lines, rotates, and starts a new file when the old one was moved away.

All methods may block on the disk. They are called in worker threads, and a lock admits one thread at a time.
"""

import os
import stat
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from evtui.core.errors import DeliveryError
from evtui.core.ports import Clock
from evtui.transports.flatstore.rotation import Reason, Rotated, Rotation, free_name, is_below, move_aside
from evtui.transports.flatstore.settings import Fsync
from evtui.transports.system_errors import reason_of

SYNC_PAUSE: Final = 1.0
"""Seconds that lines may wait for the disk under `second`."""

_FLAGS: Final = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
"""O_NONBLOCK: opening a FIFO without a reader fails instead of waiting. It does not matter for regular files."""


class FileSettings(Struct, frozen=True):
    """How files are made, synchronised and rotated."""

    wall: Clock
    """Wall seconds, for names and periods."""
    mode: int = 0o644
    """The permissions of new files, whatever the umask."""
    fsync: Fsync = "never"
    rotation: Rotation = Rotation()


class Written(Struct, frozen=True):
    """The result of an append."""

    lines: int
    """How many lines, from the first, are complete in the file."""
    error: str | None = None
    """Why the others are not: short and stable."""


class FlatFile:
    """A file that lines are appended to. The first line makes it; after `close` the next line opens it again."""

    def __init__(self, path: str, settings: FileSettings, roots: tuple[Path, ...] | None) -> None:
        """`roots` are the directories it must be below, symbolic links followed; None allows any path."""
        self.path = path
        self._settings = settings
        self._roots = roots
        self._lock = threading.Lock()
        self._fd: int | None = None
        self._name = ""
        self._dated = ""
        """The name with the suffix of the rotation, before a number is added to make it unique."""
        self._size = 0
        self._lines = 0
        self._opened_at = 0.0
        self._incomplete = False
        """Whether the file ends in an incomplete line."""
        self._sync: threading.Timer | None = None
        self._rotations: list[Rotated] = []

    @property
    def is_open(self) -> bool:
        """Say whether it holds a file descriptor."""
        return self._fd is not None

    def take_rotations(self) -> list[Rotated]:
        """Return the rotations since the last call."""
        rotations, self._rotations = self._rotations, []
        return rotations

    def append(self, lines: Sequence[bytes]) -> Written:
        """Write lines with as few writes as rotation allows. An incomplete line is removed again."""
        done = 0
        with self._lock:
            try:
                self._find()
                while done < len(lines):
                    fd = self._room_for(lines[done])
                    take = self._fitting(lines, done)
                    whole, error = self._write(fd, lines[done : done + take])
                    done += whole
                    if error is not None:
                        return Written(done, reason_of(error))
            except OSError as error:
                return Written(done, reason_of(error))
            except DeliveryError as error:
                return Written(done, error.reason)
            return self._keep(done)

    def rotate(self) -> None:
        """Rotate on request. Without a suffix the name is opened again, because the old file was moved away.

        raises DeliveryError.
        """
        with self._lock:
            if not self._name:
                return
            try:
                self._find()
                self._rotate("mi")
            except OSError as error:
                raise DeliveryError(reason_of(error)) from error

    def close(self, *, wait: bool = True) -> None:
        """Close the file, with its lines on the disk unless fsync is `never`. Without `wait` a busy file stays open."""
        if not self._lock.acquire(blocking=wait):
            return
        try:
            self._close()
        finally:
            self._lock.release()

    def _find(self) -> None:
        """Open the file, again if the name now belongs to another file or none: it was moved or deleted."""
        if self._fd is not None:
            opened = os.fstat(self._fd)
            with suppress(FileNotFoundError):
                there = os.stat(self._name, follow_symlinks=self._roots is None)  # noqa: PTH116 - bytes in names
                if (there.st_dev, there.st_ino) == (opened.st_dev, opened.st_ino):
                    self._size = opened.st_size
                    return
            self._close()
            self._lines = 0
        if not self._name:
            self._dated = self._settings.rotation.name(self.path, self._settings.wall())
        self._open(self._name or self._dated, anew=not self._name)

    def _room_for(self, line: bytes) -> int:
        """Rotate if the line must not go into this file; returns the descriptor of the file it goes to."""
        age = self._settings.wall() - self._opened_at
        reason = self._settings.rotation.due(self._size, self._lines, age, len(line))
        if reason is not None:
            self._rotate(reason)
        assert self._fd is not None
        return self._fd

    def _fitting(self, lines: Sequence[bytes], start: int) -> int:
        """Return how many lines go into this file with one write, at least one."""
        rotation, size, take = self._settings.rotation, self._size, len(lines) - start
        if rotation.count:
            take = min(take, rotation.count - self._lines)
        if rotation.size:
            for place in range(start, start + take):
                size += len(lines[place])
                if size > rotation.size:
                    return max(1, place - start)
        return take

    def _write(self, fd: int, lines: Sequence[bytes]) -> tuple[int, OSError | None]:
        """Write the lines; returns how many are complete in the file, and the error that stopped the others."""
        data = memoryview((b"\n" if self._incomplete else b"") + b"".join(lines))
        place, error = 0, None
        try:
            while place < len(data):
                place += os.write(fd, data[place:])
        except OSError as stopped:
            error = stopped
        whole, rest = len(lines), 0
        if error is not None:
            whole, rest = _whole(lines, place - self._incomplete)
        self._incomplete = self._incomplete and not place
        self._size += place
        self._lines += whole
        if rest > 0:
            self._take_back(fd, rest)
        return whole, error

    def _take_back(self, fd: int, rest: int) -> None:
        """Cut an incomplete line off the end. If another process wrote behind it, the next write ends it instead."""
        end = os.lseek(fd, 0, os.SEEK_CUR)
        self._incomplete = True
        with suppress(OSError):  # the file is append-only by attribute, or the disk is gone
            if os.fstat(fd).st_size == end:
                os.ftruncate(fd, end - rest)
                self._incomplete = False
                self._size = end - rest

    def _keep(self, done: int) -> Written:
        """Synchronise the lines with the disk as the setting `fsync` says."""
        fd = self._fd
        match self._settings.fsync:
            case "batch" if fd is not None:
                try:
                    os.fdatasync(fd)
                except OSError as error:  # it is not known which are on the disk: all are written again
                    return Written(0, reason_of(error))
            case "second" if self._sync is None:
                self._sync = threading.Timer(SYNC_PAUSE, self._sync_now)
                self._sync.daemon = True
                self._sync.start()
            case _:
                pass
        return Written(done)

    def _sync_now(self) -> None:
        with self._lock:
            self._sync = None
            if self._fd is not None:
                with suppress(OSError):  # `second` is best effort
                    os.fdatasync(self._fd)

    def _rotate(self, reason: Reason) -> None:
        rotation, now, old = self._settings.rotation, self._settings.wall(), self._name
        self._close()
        if rotation.suffix is not None:
            dated = rotation.name(self.path, now)
            name = free_name(dated) if dated == self._dated else dated
            self._dated = dated
        else:
            name = self.path
            old = "" if reason == "mi" else move_aside(self.path, now)
        self._open(name, anew=True)
        self._rotations.append(Rotated(int(now), reason, name, old))

    def _open(self, name: str, *, anew: bool) -> None:
        fd = self._opened(name)
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            os.close(fd)
            raise DeliveryError(f"{name} is not a regular file")
        self._fd, self._name, self._size = fd, name, found.st_size
        self._incomplete = bool(found.st_size) and os.pread(fd, 1, found.st_size - 1) != b"\n"
        if anew or not found.st_size:
            self._lines, self._opened_at = 0, self._settings.wall()

    def _opened(self, name: str) -> int:
        """Open a file, or make it. An untrusted one must be below the roots and no symbolic link."""
        flags = _FLAGS
        if self._roots is not None:
            folder = Path(name).parent.resolve(strict=True)
            if not is_below(folder, self._roots):
                raise DeliveryError(f"{folder} is outside transports.flatstore.roots")
            name, flags = str(folder / Path(name).name), flags | os.O_NOFOLLOW
        try:
            fd = os.open(name, flags | os.O_CREAT | os.O_EXCL, self._settings.mode)
        except FileExistsError:
            return os.open(name, flags)
        os.fchmod(fd, self._settings.mode)
        return fd

    def _close(self) -> None:
        fd, self._fd = self._fd, None
        if self._sync is not None:
            self._sync.cancel()
            self._sync = None
            if fd is not None:
                with suppress(OSError):
                    os.fdatasync(fd)
        if fd is not None:
            os.close(fd)


def _whole(lines: Sequence[bytes], written: int) -> tuple[int, int]:
    """Return how many lines the written bytes complete, and how many bytes follow the last complete one."""
    for number, line in enumerate(lines):
        if written < len(line):
            return number, max(0, written)
        written -= len(line)
    return len(lines), 0
