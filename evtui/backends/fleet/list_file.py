"""Files that list the servers of a fleet, followed: what is changed there takes effect without a restart."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import anyio

from evtui.backends.fleet.backend import FleetBackend
from evtui.backends.fleet.given_servers import GivenServer
from evtui.core.clocks import Sleep
from evtui.core.errors import EvtuiError

LOOK_SECONDS: Final = 1.0
"""Seconds between two looks at the files."""

_log = logging.getLogger(__name__)


async def follow_lists(
    fleet: FleetBackend, files: Sequence[Path], read: Callable[[], Sequence[GivenServer]], sleep: Sleep
) -> None:
    """Let the fleet consist of what the files list, until cancelled. While one is wrong the fleet stays as it is."""
    known: list[tuple[int, int, int] | None] = []  # what was changed since the fleet was made counts too
    while True:
        await sleep(LOOK_SECONDS)
        now = await anyio.to_thread.run_sync(_stamps, files)
        if now == known:
            continue
        known = now
        try:
            await fleet.set_servers(await anyio.to_thread.run_sync(read))
        except EvtuiError as error:
            fleet.list_trouble = str(error)
            _log.warning("%s: the servers stay as they were", error)
        else:
            fleet.list_trouble = ""


def _stamps(files: Sequence[Path]) -> list[tuple[int, int, int] | None]:
    return [_stamp(file) for file in files]


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
