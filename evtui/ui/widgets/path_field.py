"""A field for the path of a file, which completes the path as far as it is certain."""

import os
from itertools import islice
from os.path import commonprefix
from pathlib import Path
from typing import Final

import anyio
from anyio import to_thread
from rich.cells import cell_len
from textual.geometry import Region
from textual.suggester import Suggester

from evtui.codecs.display_text import display_safe
from evtui.codecs.quickline import escape_name, unescape_name
from evtui.ui.widgets.safe_input import SafeInput

MAX_ENTRIES: Final = 10_000
"""Entries of a directory that are looked at."""

_PATIENCE: Final = 0.5
"""Seconds that a directory may take to be read, for example one of a server that is away."""


class PathField(SafeInput):
    """Shows behind the cursor how the path goes on; its owner calls `complete` for the key that completes it."""

    def __init__(
        self,
        path: str = "",
        *,
        id: str,  # noqa: A002 - Textual has this name
        files: bool = False,
        placeholder: str = "",
    ) -> None:
        """`files` completes files too, for a path that is read; else directories alone."""
        super().__init__(
            escape_name(path), id=id, compact=True, suggester=PathSuggester(files=files), select_on_focus=False,
            placeholder=placeholder,
        )  # fmt: skip
        self._files = files

    def on_resize(self) -> None:
        """Show the end of the path, which tells it from others, as long as the cursor is there."""
        if self.cursor_position == len(self.value):
            self.scroll_to_region(Region(cell_len(self.value), 0, 1, 1), force=True, animate=False)

    @property
    def path(self) -> str:
        """Return the path as it is typed, without spaces around it."""
        return unescape_name(self.value.strip())

    def show_path(self, path: str) -> None:
        """Show another path."""
        self.value = escape_name(path)
        self.cursor_position = len(self.value)

    async def complete(self) -> bool:
        """Complete the path by what all names begin with that it may mean; returns whether that made it longer."""
        path = self.path
        if (whole := completed(path, await matching_names(path, files=self._files))) == path:
            return False
        self.show_path(whole)
        return True


class PathSuggester(Suggester):
    """Suggests the first name that begins as the path ends."""

    def __init__(self, *, files: bool) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._files = files

    async def get_suggestion(self, value: str) -> str | None:
        """Return the whole path with the name, None when there is none."""
        names = await matching_names(value, files=self._files)
        return f"{value.rpartition('/')[0]}/{names[0]}" if names and "/" in value else None


async def matching_names(path: str, *, files: bool) -> tuple[str, ...]:
    """List the directories, each with a slash, and with `files` the files, whose names begin as a path ends, in order.

    None when that takes too long.
    """
    with anyio.move_on_after(_PATIENCE):
        return await to_thread.run_sync(_matching_names, path, files, abandon_on_cancel=True)
    return ()


def completed(path: str, names: tuple[str, ...]) -> str:
    """Return a path with what all of some names begin with."""
    above, slash, begun = path.rpartition("/")
    shared = commonprefix(names)  # noqa: RUF071 - of the characters of one name
    return above + slash + shared if len(shared) > len(begun) else path


def _matching_names(path: str, files: bool) -> tuple[str, ...]:
    above, slash, begun = path.rpartition("/")
    if not begun or "\0" in path:
        return ()
    try:
        with os.scandir(Path(above + slash or ".").expanduser()) as entries:
            found = [entry for entry in islice(entries, MAX_ENTRIES) if entry.name.startswith(begun)]
            # A name that is not safe to show cannot stand in the field.
            safe = [each for each in found if display_safe(each.name) == each.name]
            names = [f"{each.name}/" if each.is_dir() else each.name for each in safe if files or each.is_dir()]
            return tuple(sorted(names))
    except (OSError, RuntimeError):  # RuntimeError: no such home
        return ()
