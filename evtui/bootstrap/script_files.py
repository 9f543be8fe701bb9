"""The files of a script: read, and their includes with them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from evtui.core.errors import RequestError
from evtui.script.errors import ScriptError
from evtui.script.parse import parse
from evtui.script.tree import Include, Item, Script

MOST_INCLUDES: Final = 20
"""Files that include each other in a row."""
MAX_BYTES: Final = 16 * 2**20


class ScriptFileError(RequestError):
    """A script's file that cannot be read."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


@dataclass(frozen=True, slots=True)
class ScriptFiles:
    """A script and what it includes."""

    script: Script
    """The whole: each include is replaced by what it includes."""
    files: dict[str, Script] = field(default_factory=dict[str, Script])
    """Each file as it was written, by the path it was read from; the first is the script itself."""


def read_script(path: Path) -> ScriptFiles:
    """Read a script and its includes; a relative include is looked for beside the file that names it.

    A missing `import_file` is left out. Bytes that are not UTF-8 survive.
    raises ScriptFileError: the file cannot be read. ScriptError: one of the files is wrong; an include is missing,
    leads back to itself or goes deeper than 20 files.
    """
    files: dict[str, Script] = {}
    text = _read(path)
    whole = tuple(_items(path, text, files, ()))
    return ScriptFiles(Script(whole, tuple(remark for script in files.values() for remark in script.remarks)), files)


def _items(path: Path, text: str, files: dict[str, Script], within: tuple[Path, ...]) -> Iterator[Item]:
    script = files.setdefault(str(path), parse(text, str(path)))
    lines = text.split("\n")
    for item in script.items:
        if isinstance(item, Include):
            source = lines[item.place.line - 1].rstrip("\r")
            yield from _included(item, source, files, (*within, path.resolve()))
        else:
            yield item


def _included(item: Include, source: str, files: dict[str, Script], within: tuple[Path, ...]) -> Iterator[Item]:
    if "\0" in item.path:
        raise ScriptError(item.place, "the path of this include has a zero byte", "a path", source)
    path = Path(item.place.file).parent / item.path
    if path.resolve() in within:
        raise ScriptError(item.place, f"{item.path} includes itself, through this", "", source)
    if len(within) >= MOST_INCLUDES:
        raise ScriptError(item.place, f"includes go deeper than {MOST_INCLUDES} files here", "", source)
    if item.may_miss and not path.exists():
        return
    if path.exists() and not path.is_file():
        raise ScriptError(item.place, f"{item.path} is no regular file", "", source)
    try:
        text = _read(path)
    except ScriptFileError as error:
        raise ScriptError(item.place, f"{error.path}: {error.why}", "", source) from error
    yield from _items(path, text, files, within)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)  # what a device or a pipe holds cannot be asked beforehand
        if len(content) > MAX_BYTES:
            raise ScriptFileError(path, f"larger than {MAX_BYTES // 2**20} MiB")
        return content.decode("utf-8", "surrogateescape")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        raise ScriptFileError(path, why or str(error)) from error
