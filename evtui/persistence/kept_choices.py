"""The file with what a user chose in the console: `console.json` in the state directory.

It is a convenience: a console without it works, and nothing of it is worth to end one. A file that cannot be read is
put aside and said. Two consoles of one user may write it: each writes only what was chosen in it, over what the file
then has.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import asdict, replace

from evtui.storage.private_file import replace_private_file
from evtui.ui.state.console_choices import ConsoleChoices

FILE_NAME: Final = "console.json"

MOST_BYTES: Final = 1_000_000
"""Bytes of the longest file that is read."""

_log = logging.getLogger(__name__)


def any_kept(state: Path) -> bool:
    """Say whether a console of this user, of any profile, kept choices below the state directory."""
    return (state / FILE_NAME).exists() or any(state.glob(f"profiles/*/{FILE_NAME}"))


class KeptChoices:
    """The choices of earlier consoles, and those of this one."""

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        """`tell` is called with what the user must know of the file."""
        self._path = path
        self._tell = tell
        self._is_told = False
        self._began = self._read()

    @property
    def found(self) -> ConsoleChoices:
        """Return what the file had at the start."""
        return self._began

    def keep(self, choices: ConsoleChoices) -> None:
        """Write what differs from what the file had at the start. Blocks; an error is told once."""
        changed = {
            name: value for name, value in asdict(choices).items() if value != getattr(self._began, name)
        }  # fmt: skip
        if not changed:
            return
        try:
            self._write(replace(self._read(), **changed))
        except OSError as error:
            self._say_not_remembered(error)

    def _read(self) -> ConsoleChoices:
        try:
            with self._path.open("rb") as file:
                raw = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return ConsoleChoices()
        except OSError as error:
            self._say_not_remembered(error)
            return ConsoleChoices()
        try:
            if len(raw) > MOST_BYTES:
                raise msgspec.ValidationError(f"it is longer than {MOST_BYTES:,} bytes")
            return msgspec.json.decode(raw, type=ConsoleChoices)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._put_aside(str(error))
            return ConsoleChoices()

    def _put_aside(self, why: str) -> None:
        aside = self._path.with_name(f"{self._path.name}.damaged")
        try:
            self._path.replace(aside)
        except OSError as error:
            _log.warning("%s cannot be put aside: %s", self._path, error.strerror or error)
        self._tell(f"{self._path} is damaged ({why}): it is now {aside.name}, and nothing is remembered from before")

    def _say_not_remembered(self, error: OSError) -> None:
        if not self._is_told:
            self._is_told = True
            why = error.strerror or error
            self._tell(f"{self._path}: {why}: what you choose in the console is not remembered")

    def _write(self, choices: ConsoleChoices) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_private_file(self._path, msgspec.json.format(msgspec.json.encode(choices), indent=1))
