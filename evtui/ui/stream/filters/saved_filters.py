"""Filters that have names: those of the configuration, and those that were saved in the console, in a file."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from evtui.codecs.jsonvalue import dumps

FILE_NAME: Final = "filters.toml"

MAX_SAVED: Final = 500
"""Filters in the file at most."""

MAX_BYTES: Final = 1 << 20
"""Bytes of the largest file that is read."""


class SavedFilter(Struct, frozen=True):
    """A filter that has a name."""

    name: str
    text: str
    is_configured: bool
    """Whether it stands in the configuration, which the console does not change."""


class SavedFiltersError(Exception):
    """The file of saved filters cannot be read or written; the text says why."""


class SavedFilters:
    """The filters of the configuration, and a file of one table, `name = "filter"`."""

    def __init__(self, configured: Mapping[str, str], file: Path | None) -> None:
        """Without a file nothing can be saved."""
        self._configured = configured
        self._file = file

    def read(self) -> list[SavedFilter]:
        """List all by name; one of the configuration hides one of the file with the same name.

        raises SavedFiltersError.
        """
        all_of_them = {name: SavedFilter(name, text, False) for name, text in self._read().items()}
        all_of_them |= {name: SavedFilter(name, text, True) for name, text in self._configured.items()}
        return [all_of_them[name] for name in sorted(all_of_them)]

    def save(self, name: str, text: str) -> None:
        """Save a filter under a name, in place of one that has it.

        raises SavedFiltersError: the configuration has that name, the file is full or cannot be written.
        """
        if name in self._configured:
            raise SavedFiltersError(f"the configuration has a filter {name!r}: choose another name")
        saved = self._read()
        if name not in saved and len(saved) >= MAX_SAVED:
            raise SavedFiltersError(f"there are {MAX_SAVED} saved filters already: delete one first")
        self._write({**saved, name: text})

    def delete(self, name: str) -> None:
        """Delete a filter of the file. raises SavedFiltersError."""
        self._write({known: text for known, text in self._read().items() if known != name})

    def _read(self) -> dict[str, str]:
        if self._file is None:
            return {}
        try:
            with self._file.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SavedFiltersError(f"{self._file}: {error.strerror}") from error
        if len(data) > MAX_BYTES:
            raise SavedFiltersError(f"{self._file}: more than {MAX_BYTES:,} bytes")
        import tomllib  # on first use: most have saved no filter

        try:
            table = tomllib.loads(data.decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SavedFiltersError(f"{self._file}: {error}") from error
        wrong = next((name for name, text in table.items() if not isinstance(text, str)), None)
        if wrong is not None:
            raise SavedFiltersError(f"{self._file}: {wrong!r} is not a text")
        return table

    def _write(self, filters: Mapping[str, str]) -> None:
        lines = [f"{_toml(name)} = {_toml(filters[name])}\n" for name in sorted(filters)]
        if self._file is None:
            raise SavedFiltersError("nothing is saved here: this console is shown from another host")
        new = self._file.with_name(f"{self._file.name}.new")
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.writelines(lines)
            new.replace(self._file)
        except (OSError, UnicodeEncodeError) as error:
            raise SavedFiltersError(f"{self._file}: {getattr(error, 'strerror', None) or error}") from error


def _toml(text: str) -> str:
    """Write a basic string of TOML: as in JSON, and DEL is escaped."""
    return dumps(text).replace("\x7f", "\\u007f")
