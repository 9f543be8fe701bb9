"""The files of a script, read together with the files that they include."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from evtui.core.errors import RequestError
from evtui.script.syntax.includes import replace_includes, replace_includes_in_script
from evtui.script.syntax.lexer import INCLUDES
from evtui.script.syntax.parse import parse, parse_part
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.syntax.source import ScriptSource
from evtui.script.syntax.tree import Block, Include, Item, Script
from evtui.scripting.garbage_collection import collection_disabled
from evtui.scripting.m4_templates import TemplateError, render_templates

MAX_DEPTH: Final = 20
"""Files that include each other in a row."""

MAX_BYTES: Final = 16 * 2**20


class ScriptFileError(RequestError):
    """A file of a script cannot be read."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


@dataclass(frozen=True, slots=True)
class ScriptFiles:
    """A script and the files that it includes."""

    script: Script
    """The whole script: the items of an included file stand in place of the include."""
    files: dict[str, Script] = field(default_factory=dict[str, Script])
    """Each file as it is written, by the path it was read from; the first is the script itself."""


def scripts_of(names: Sequence[str | Path], *, m4: bool) -> list[list[Path]]:
    """Group the files named into scripts: with `m4` the templates are one script, otherwise each file is one."""
    paths = [Path(name) for name in names]
    templates = [path for path in paths if m4 and _is_template(path)]
    first = templates[:1]
    return [templates if [path] == first else [path] for path in paths if [path] == first or path not in templates]


def read_script(*paths: Path, m4: bool = False) -> ScriptFiles:
    """Read a script and its includes; a relative include is looked for in the folder of the file that names it.

    With `m4`, files named `….m4` are rendered, several of them together; places are those in the templates. A missing
    `import_file` is left out. Bytes that are not UTF-8 survive a round trip.
    raises ScriptFileError: the file cannot be read. ScriptError: one of the files is wrong; an include is missing,
    leads back to itself or goes deeper than 20 files.
    """
    reader = _IncludeReader(m4)
    with collection_disabled():
        whole = tuple(reader.items(paths[0], _read(paths, m4=m4), ()))
    files = reader.files
    return ScriptFiles(Script(whole, tuple(remark for script in files.values() for remark in script.remarks)), files)


class _IncludeReader:
    """Reads one script. A file included between blocks is parsed once, one included in a block at each place."""

    def __init__(self, m4: bool) -> None:
        self.files: dict[str, Script] = {}
        self._m4 = m4

    def items(self, path: Path, source: ScriptSource, parents: tuple[Path, ...]) -> Iterator[Item]:
        """Yield the items of a file, those of an included file in place of the include."""
        including = _IncludingFile(source, (*parents, path.resolve()), self._m4)
        script = self.files.get(str(path))
        if script is None:
            script = parse(source.text, str(path), source.places)
            self.files[str(path)] = script  # before the files that it includes
            for template in source.templates:
                self.files.setdefault(template, Script(()))
            if any(name in source.text for name in INCLUDES):
                script = self.files[str(path)] = replace_includes_in_script(script, partial(self._part, including))
        for item in script.items:
            found = including.find(item) if isinstance(item, Include) else None
            if found is not None:
                yield from self.items(*found, including.files)
            elif not isinstance(item, Include):
                yield item

    def _part(self, including: "_IncludingFile", include: Include) -> Block:
        found = including.find(include)
        if found is None:
            return Block()
        path, source = found
        block, remarks = parse_part(source.text, str(path), source.places)
        self.files.setdefault(str(path), Script((), remarks))
        for template in source.templates:
            self.files.setdefault(template, Script(()))
        deeper = _IncludingFile(source, (*including.files, path.resolve()), self._m4)
        return replace_includes(block, partial(self._part, deeper))


@dataclass(frozen=True, slots=True)
class _IncludingFile:
    """A file that includes other files."""

    source: ScriptSource
    files: tuple[Path, ...]
    """The file itself, and before it the files through which it is included."""
    m4: bool

    def find(self, item: Include) -> tuple[Path, ScriptSource] | None:
        """Read the included file: its path and source, None when an `import_file` is missing. raises ScriptError."""
        if "\0" in item.path:
            raise self._error(item, "the path of this include has a zero byte", "a path")
        path = Path(item.place.file).parent / item.path
        if path.resolve() in self.files:
            raise self._error(item, f"{item.path} includes itself, through this")
        if len(self.files) >= MAX_DEPTH:
            raise self._error(item, f"includes go deeper than {MAX_DEPTH} files here")
        if item.may_miss and not path.exists():
            return None
        if path.exists() and not path.is_file():
            raise self._error(item, f"{item.path} is not a regular file")
        try:
            return path, _read([path], m4=self.m4)
        except ScriptFileError as error:
            raise self._error(item, f"{error.path}: {error.why}") from error

    def _error(self, item: Include, what: str, expected: str = "") -> ScriptError:
        return self.source.error_at(item.place, what, expected)


def _is_template(path: Path) -> bool:
    return path.suffix == ".m4"


def _read(paths: Sequence[Path], *, m4: bool) -> ScriptSource:
    """Read a file, or render templates. raises ScriptFileError."""
    content = _content(paths[0])
    if not m4 or not _is_template(paths[0]):
        return ScriptSource(content, str(paths[0]))
    for path in paths[1:]:
        _content(path)
    try:
        rendered = render_templates(paths, MAX_BYTES)
    except TemplateError as error:
        raise ScriptFileError(paths[0], str(error)) from error
    return ScriptSource(rendered.text, str(paths[0]), rendered.places)


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)  # a device or a pipe does not tell its size beforehand
        if len(content) > MAX_BYTES:
            raise ScriptFileError(path, f"larger than {MAX_BYTES // 2**20} MiB")
        return content.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        raise ScriptFileError(path, why or str(error)) from error
