"""Render m4 templates with the program m4, without a shell and with bounds of time, memory and size."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

from evtui.core.errors import RequestError
from evtui.script.syntax.source import LinePlaces

LIMIT: Final = 10.0
"""Seconds after which m4 is ended."""
_STEP: Final = 0.05
"""Seconds between two looks at the size of what m4 has written."""
_MEMORY: Final = 512 * 2**20
"""Bytes of memory that m4 may take, where the system can bound it."""
_UNDEFINED: Final = ("syscmd", "esyscmd", "builtin", "maketemp", "mkstemp", "debugfile", "debugmode", "m4exit")
"""Macros of m4 that templates do not have here: they run commands, write files, or reach those that do."""
_SYNC: Final = re.compile(r'#line (\d+)(?: "([^"\n]*)")?')
_ERROR_TEXT: Final = 500
"""Characters of what m4 says that an error repeats."""


class TemplateError(RequestError):
    """Templates cannot be rendered: m4 is missing, refuses them, or writes too much."""


class RenderedText:
    """What m4 made of templates, and where each of its lines comes from."""

    def __init__(self, written: str, folder: Path, first: str) -> None:
        """`written` has the marks of lines that `m4 -s` writes; names in them are relative to `folder`."""
        lines: list[str] = []
        places: list[tuple[str, int]] = []
        file, number = first, 1
        for line in written.split("\n"):
            if sync := _SYNC.fullmatch(line):
                number = int(sync[1][:9])
                file = file if sync[2] is None else str(folder / sync[2])
                continue
            lines.append(line)
            places.append((file, number))
            number += 1
        self.text = "\n".join(lines)
        self.places: LinePlaces = places


def render_templates(paths: Sequence[Path], most_bytes: int) -> RenderedText:
    """Render templates together, in their order: the later ones have the definitions of those before.

    It may take seconds: call it in a thread. raises TemplateError.
    """
    program = shutil.which("m4")
    if program is None:
        raise TemplateError("--m4 needs the program m4: install it, for example with apt install m4")
    folder = paths[0].parent
    names = [f"./{path.name}" if path.parent == folder else str(path.resolve()) for path in paths]
    command = [program, "-s", *(f"-U{name}" for name in _UNDEFINED), *names]
    with tempfile.TemporaryFile() as written, tempfile.TemporaryFile() as said:
        status = _run(command, folder, written, said, most_bytes)
        written.seek(0)
        content = written.read(most_bytes + 1)
        said.seek(0)
        errors = said.read(4 * _ERROR_TEXT).decode("utf-8", "replace")
    if len(content) > most_bytes:
        raise TemplateError(f"m4 makes more than {most_bytes // 2**20} MiB of it")
    if status != 0:
        raise TemplateError(f"m4 does not render it: {_first_error(errors, status)}")
    return RenderedText(content.decode("utf-8", "surrogateescape"), folder, str(paths[0]))


def _run(command: Sequence[str], folder: Path, written: IO[bytes], said: IO[bytes], most_bytes: int) -> int:
    """Run m4 until it ends, takes too long or writes too much; return its exit status. raises TemplateError."""
    try:
        process = subprocess.Popen(  # noqa: S603 - a list of arguments without a shell; names begin with ./ or /
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=written, stderr=said
        )
    except OSError as error:
        raise TemplateError(f"m4 does not start: {error.strerror or error}") from error
    try:
        _bound(process.pid)
        for _ in range(round(LIMIT / _STEP)):
            try:
                return process.wait(_STEP)
            except subprocess.TimeoutExpired:
                if max(os.fstat(file.fileno()).st_size for file in (written, said)) > most_bytes:
                    return 0
        raise TemplateError(f"m4 has not rendered it after {LIMIT:g} s")
    finally:
        process.kill()
        process.wait()


def _bound(pid: int) -> None:
    """Bound the memory of a process, where the system can."""
    if sys.platform == "linux":
        import resource

        try:
            resource.prlimit(pid, resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        except (OSError, ValueError):
            return  # it has ended, or its own bound is lower


def _first_error(errors: str, status: int) -> str:
    lines = [line for line in errors.split("\n") if line.strip()]
    first = next((line for line in lines if "warning" not in line.lower()), f"it ends with status {status}")
    return first[:_ERROR_TEXT].rpartition("m4:")[2].strip() or first
