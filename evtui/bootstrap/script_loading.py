"""A script read and compiled: everything that can be wrong with it is found here, before it takes over."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evtui.bootstrap.script_files import read_script
from evtui.core.script_port import ScriptFile
from evtui.script.host import Events, Host
from evtui.script.nesting import make_room
from evtui.script.run import Program
from evtui.script.tree import Script


@dataclass(frozen=True, slots=True)
class Read:
    """The files of a script as they were read."""

    scripts: Sequence[Script]
    """One for each file named, with its includes in it."""
    parts: Sequence[tuple[str, Script]]
    """Each file as it was written, includes after those that name them."""
    files: tuple[ScriptFile, ...]


def read_scripts(names: Sequence[str]) -> Read:
    """Read the files and what they include. Takes its time: call it in a thread.

    raises ScriptFileError, ScriptError.
    """
    found = [read_script(Path(name)) for name in names]
    parts = {name: script for files in found for name, script in files.files.items()}
    texts = tuple(ScriptFile(name, _text(name)) for name in parts)
    return Read([files.script for files in found], list(parts.items()), texts)


def compile_scripts(read: Read, host: Host, events: Events, before: Program | None) -> Program:
    """Make a program of it that goes on with what the one before keeps: its variables and its cache.

    raises ScriptError.
    """
    make_room()
    program = Program(read.scripts, host, events, pid=os.getpid())
    if before is not None:
        state, old = program.state, before.state
        for name, cell in old.cells.items():
            state.cells.setdefault(name, []).__setitem__(slice(None), cell)
        state.shared, state.store, state.documents = old.shared, old.store, old.documents
        state.started = old.started
    return program


def _text(name: str) -> str:
    try:
        return Path(name).read_bytes().decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    except OSError:  # it was there a moment ago
        return ""
