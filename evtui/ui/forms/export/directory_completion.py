"""Completes the directories of a path while it is typed."""

import os
from itertools import islice
from os.path import commonprefix
from pathlib import Path
from typing import Final

import anyio
from anyio import to_thread
from textual.suggester import Suggester

from evtui.codecs.display_text import display_safe

MAX_ENTRIES: Final = 10_000
"""Entries of a directory that are looked at."""

_PATIENCE: Final = 0.5
"""Seconds that a directory may take to be read, for example one of a server that is away."""


class DirectorySuggester(Suggester):
    """Shows behind the cursor how the first directory goes on whose name begins as the path ends."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the whole path with the directory, None when there is none."""
        names = await matching_directories(value)
        return f"{value.rpartition('/')[0]}/{names[0]}/" if names and "/" in value else None


async def matching_directories(path: str) -> tuple[str, ...]:
    """List the directories whose names begin as a path ends, in order; none when that takes too long."""
    with anyio.move_on_after(_PATIENCE):
        return await to_thread.run_sync(_matching_directories, path, abandon_on_cancel=True)
    return ()


def completed(path: str, names: tuple[str, ...]) -> str:
    """Return a path with what all of some directories begin with; with a slash when it is one directory."""
    above, slash, begun = path.rpartition("/")
    shared = commonprefix(names) + "/" * (len(names) == 1)  # noqa: RUF071 - of the characters of one name
    return above + slash + shared if len(shared) > len(begun) else path


def _matching_directories(path: str) -> tuple[str, ...]:
    above, slash, begun = path.rpartition("/")
    if not begun or "\0" in path:
        return ()
    try:
        with os.scandir(Path(above + slash or ".").expanduser()) as entries:
            found = [entry for entry in islice(entries, MAX_ENTRIES) if entry.name.startswith(begun)]
            # A name that is not safe to show cannot stand in the field.
            return tuple(sorted(each.name for each in found if each.is_dir() and display_safe(each.name) == each.name))
    except (OSError, RuntimeError):  # RuntimeError: no such home
        return ()
