"""A script read and compiled: everything that can be wrong with it is found here, before it takes over."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from evtui.core.errors import RequestError
from evtui.core.script_port import ScriptFile
from evtui.engine.catalogue import static_events
from evtui.script.check.findings import Finding, KnownNames
from evtui.script.check.known_names import FUNCTIONS, IDLE, TRANSFORMATIONS, VARIABLES
from evtui.script.check.script_check import check
from evtui.script.compiler.program import Program
from evtui.script.runtime.host_ports import Events, Host
from evtui.script.syntax.tree import Script
from evtui.script.syntax.tree_depth import raise_recursion_limit
from evtui.script.variables.sip_variables import BARE_WORDS
from evtui.scripting.garbage_collection import collections_off, set_apart
from evtui.scripting.modparams import PARAMETERS, USED
from evtui.scripting.script_files import read_script


@dataclass(frozen=True, slots=True)
class ScriptSources:
    """The files of a script as they were read."""

    scripts: Sequence[Script]
    """One for each file named, with its includes in it."""
    parts: Sequence[tuple[str, Script]]
    """Each file as it was written, includes after those that name them."""
    files: tuple[ScriptFile, ...]


def read_scripts(names: Sequence[str]) -> ScriptSources:
    """Read the files and what they include. Takes its time: call it in a thread.

    raises ScriptFileError, ScriptError.
    """
    found = [read_script(Path(name)) for name in names]
    parts = {name: script for files in found for name, script in files.files.items()}
    texts = tuple(ScriptFile(name, _text(name)) for name in parts)
    return ScriptSources([files.script for files in found], list(parts.items()), texts)


@dataclass(frozen=True, slots=True)
class PreparedScript:
    """A script that can take over."""

    read: ScriptSources
    program: Program
    findings: tuple[Finding, ...]


def prepare_scripts(
    names: Sequence[str], host: Host, events: Events, parse_socket: Callable[[str], object]
) -> PreparedScript:
    """Read, compile and check. Takes its time: call it in a thread. raises ScriptFileError, ScriptError."""
    with collections_off():
        read = read_scripts(names)
        raise_recursion_limit()
        program = Program(read.scripts, host, events, pid=os.getpid())
        reports = check(dict(read.parts), known(parse_socket))
        set_apart()
    return PreparedScript(read, program, tuple(finding for report in reports for finding in report.findings))


def carry_over(program: Program, before: Program) -> None:
    """Let a program go on with what the one before keeps: its variables and its cache.

    A run of the one before that is still under way calls the new routes from now on: nothing but its own closures
    hold the old ones then, which go with it without a collection (`set_apart`).
    """
    state, old = program.state, before.state
    for name, cell in old.cells.items():
        state.cells.setdefault(name, []).__setitem__(slice(None), cell)
    state.shared, state.cache, state.documents = old.shared, old.cache, old.documents
    state.started = old.started
    old.routes.clear()
    old.routes.update(state.routes)


def known(parse_socket: Callable[[str], object]) -> KnownNames:
    """Say what evtui runs and publishes without a script; `parse_socket` raises RequestError for a wrong socket."""
    events = frozenset(event.name for event in static_events())
    wrong = partial(_wrong_in_socket, parse_socket)
    return KnownNames(
        FUNCTIONS, VARIABLES, TRANSFORMATIONS, events, IDLE, frozenset(BARE_WORDS), PARAMETERS, USED, wrong
    )


def _wrong_in_socket(parse_socket: Callable[[str], object], text: str) -> str | None:
    try:
        parse_socket(text)
    except RequestError as error:
        return str(error)
    return None


def _text(name: str) -> str:
    try:
        return Path(name).read_bytes().decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    except OSError:  # it was there a moment ago
        return ""
