"""Checks of what evtui uses of this host: configuration, directories, files, descriptors."""

import os
import resource
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import platformdirs

from evtui.cli.doctor.host_finding import HostFinding
from evtui.config.schema import Config
from evtui.config.system_file import read_system_file
from evtui.core.errors import EvtuiError
from evtui.scripting.program_config import config_place
from evtui.storage.runtime_dir import RuntimeDirError, open_runtime_dir

WANTED_FILES: Final = 1024
"""Files this process may open: fewer than that limits HTTP clients and destinations."""
WANTED_SPACE: Final = 64 * 1024 * 1024
"""Bytes that the write-ahead log of the spool may take."""


def check_configuration(file: Path | None, environ: Mapping[str, str], wrong: EvtuiError | None) -> HostFinding:
    """Say where the configuration comes from, and what is wrong with it."""
    place, _ = config_place(file, environ)
    if wrong is not None:
        return HostFinding("configuration", "wrong", str(wrong), "evtui config edit")
    host = read_system_file(environ)
    if host.notice:
        return HostFinding("configuration", "note", host.notice, "give the group of this user the right to read it")
    found = [str(place)] if place.is_file() else []
    found += [f"{host.path} of the host"] if host.tree is not None else []
    return HostFinding("configuration", "ok", ", ".join(found) or f"all defaults: {place} does not exist")


def check_directories(config: Config) -> Iterator[HostFinding]:
    """Look at the places that evtui writes to."""
    try:
        yield HostFinding("runtime directory", "ok", str(open_runtime_dir()))
    except RuntimeDirError as error:
        yield HostFinding("runtime directory", "wrong", str(error), "set XDG_RUNTIME_DIR to a directory of yours")
    spool = config.engine.spool or str(platformdirs.user_data_path("evtui") / "spool.db")
    places = (("spool", spool), ("engine.state", config.engine.state), ("log_file", config.log_file))
    for subject, path in places:
        if path is not None:
            yield _writable(subject, Path(path))


def check_limits() -> Iterator[HostFinding]:
    """Look at the limits of this process."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files != resource.RLIM_INFINITY and files < WANTED_FILES:
        yield HostFinding("open files", "note", f"at most {files:,}", "ulimit -n 4096, or LimitNOFILE= of the unit")
    else:
        yield HostFinding("open files", "ok", "no limit" if files == resource.RLIM_INFINITY else f"at most {files:,}")


def _writable(subject: str, path: Path) -> HostFinding:
    """Say whether a file can be written, or made: its directory is made at the start when it is missing."""
    found = path if path.exists() else next(parent for parent in path.absolute().parents if parent.exists())
    if not os.access(found, os.W_OK | (os.X_OK if found.is_dir() else 0)):
        return HostFinding(
            subject, "wrong", f"{path}: {found} cannot be written", "give this user the right to write it"
        )
    free = shutil.disk_usage(found).free
    if free < WANTED_SPACE:
        return HostFinding(subject, "wrong", f"{path}: {free:,} bytes are free on its disk", "make room, or move it")
    return HostFinding(subject, "ok", str(path))
