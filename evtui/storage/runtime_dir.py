"""The runtime directory of mi.fifo and mi.sock."""

import os
import stat
from typing import TYPE_CHECKING

from evtui.core.errors import EvtuiError

if TYPE_CHECKING:
    from pathlib import Path


class RuntimeDirError(EvtuiError):
    """Other users may have access to the runtime directory, so nothing is put into it."""

    def __init__(self, path: "Path", why: str) -> None:
        super().__init__(f"runtime directory {path}: {why}")
        self.path = path
        self.why = why


def runtime_path() -> str:
    """Return `$XDG_RUNTIME_DIR/evtui`, else a directory in the temporary one; it may not exist yet."""
    xdg = os.environ.get("XDG_RUNTIME_DIR", "")
    if xdg.startswith("/") and os.path.isdir(xdg):
        return os.path.join(xdg, "evtui")
    import tempfile  # imported here: most hosts name a directory, and it takes long to load

    return os.path.join(tempfile.gettempdir(), f"evtui-{os.getuid()}")


def runtime_dir() -> "Path":
    """Return the same as a `Path`: a client command, which needs the text alone, loads no pathlib."""
    from pathlib import Path

    return Path(runtime_path())


def open_runtime_dir() -> "Path":
    """Make the directory with mode 0700, or check the one that is there.

    raises RuntimeDirError: it is a link, another user's, open to others, or cannot be made.
    """
    path = runtime_dir()
    try:
        path.mkdir(0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise RuntimeDirError(path, f"{error.strerror or error}") from error
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise RuntimeDirError(path, "it is not a directory (a link is not followed)")
    if found.st_uid != os.getuid():
        raise RuntimeDirError(path, f"it belongs to user {found.st_uid}, but evtui runs as user {os.getuid()}")
    if found.st_mode & 0o077:
        raise RuntimeDirError(path, f"its mode is {stat.S_IMODE(found.st_mode):04o}, it must be 0700")
    return path
