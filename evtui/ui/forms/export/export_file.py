"""A file that an export writes: there is nothing of it until it is whole."""

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class ExportFile:
    """Writes beside the path, and takes the path's name at the end. Only its owner can read it."""

    def __init__(self, path: Path, *, replace: bool) -> None:
        """Begin.

        raises FileExistsError: there is such a file and `replace` is false, or there is something else of that name.
        OSError: the directory cannot be written.
        """
        self._path = path
        self._replace = replace
        self._check_place()
        self._part = path.with_name(f".{path.name[:200]}.{os.getpid()}.part")
        self._file = os.fdopen(os.open(self._part, _FLAGS, 0o600), "w", encoding="utf-8", errors="backslashreplace",
                               newline="")  # fmt: skip

    def write(self, lines: Iterable[str]) -> None:
        """Write some lines, which bring their line ends with them."""
        self._file.writelines(lines)

    def keep(self) -> None:
        """End: the file is whole.

        raises as the constructor, when the path was taken meanwhile.
        """
        self._file.close()
        if self._replace:
            self._check_place()
            self._part.replace(self._path)
        else:
            os.close(os.open(self._path, _FLAGS, 0o600))  # refused when the path was taken meanwhile
            self._part.replace(self._path)

    def discard(self) -> None:
        """End, and leave nothing."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._part.unlink()

    def _check_place(self) -> None:
        try:
            found = self._path.lstat()
        except FileNotFoundError:
            return
        if not self._replace or not stat.S_ISREG(found.st_mode):
            raise FileExistsError(17, "File exists", str(self._path))
