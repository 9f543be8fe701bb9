"""The configuration file of the host, /etc/evtui/evtui.toml: the lowest of all files, and who may write it.

It counts for every user of the host, so it is read only when no user but root and the one that runs evtui can change
it.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from evtui.core.errors import BadSettingError

SYSTEM_FILE: Final = Path("/etc/evtui/evtui.toml")

SYSTEM_VARIABLE: Final = "EVTUI_SYSTEM_CONFIG"
"""The environment variable that names another file; when it is empty there is none."""

_NOT_THERE: Final = (FileNotFoundError, NotADirectoryError)


class SystemSettings(Struct, frozen=True):
    """What the file of the host says."""

    path: Path | None = None
    """Its place; None when there is to be none."""
    tree: Mapping[str, object] | None = None
    """Its nested tables; None when it does not exist or may not be read."""
    notice: str = ""
    """Why it does not count although it exists; empty when it does, or when it does not exist."""

    @property
    def origin(self) -> str:
        """Name it as the origin of a setting."""
        return f"file:{self.path}"


def read_system_file(environ: Mapping[str, str]) -> SystemSettings:
    """Read the file of the host.

    raises BadSettingError: it is not TOML, or another user could have changed it.
    """
    named = environ.get(SYSTEM_VARIABLE)
    if named == "":
        return SystemSettings()
    path = SYSTEM_FILE if named is None else Path(named)
    try:
        with path.open("rb") as file:
            _check_trust(path, os.fstat(file.fileno()), is_directory=False)
            _check_trust(path.resolve().parent, path.resolve().parent.stat(), is_directory=True)
            content = file.read()
    except _NOT_THERE:
        return SystemSettings(path)
    except PermissionError as error:
        return SystemSettings(path, None, f"{path}: {error.strerror}: its settings do not count")
    except OSError as error:
        raise BadSettingError(str(path), error.strerror or str(error), f"file:{path}") from error
    import tomllib  # on first use: most hosts have no such file

    try:
        return SystemSettings(path, tomllib.loads(content.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettingError(str(path), f"it is not TOML: {error}", f"file:{path}") from error


def _check_trust(path: Path, found: os.stat_result, *, is_directory: bool) -> None:
    """Check that no other user can write a file, or put another one into its directory. raises BadSettingError."""
    wrong = ""
    others = stat.S_IWGRP | stat.S_IWOTH
    if not is_directory and not stat.S_ISREG(found.st_mode):
        wrong = "it is not a regular file"
    elif found.st_uid not in {0, os.geteuid()}:
        wrong = f"it belongs to user {found.st_uid}: only root, or the user that runs evtui, may own it"
    elif found.st_mode & others and not (is_directory and found.st_mode & stat.S_ISVTX):
        wrong = f"its mode is {stat.S_IMODE(found.st_mode):04o}: only its owner may write it"
    if wrong:
        raise BadSettingError(str(path), wrong, f"file:{path}")
