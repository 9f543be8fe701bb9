"""A script read, compiled and checked: everything wrong with it is found before it replaces the current one."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from evtui.core.errors import RequestError
from evtui.core.known_versions import ScriptVersion
from evtui.core.script_port import ScriptFile
from evtui.engine.catalogue import static_events
from evtui.script.check.findings import Finding, KnownNames
from evtui.script.check.known_names import FUNCTIONS, IDLE, TRANSFORMATIONS, VARIABLES
from evtui.script.check.script_check import check
from evtui.script.compiler.program import Program
from evtui.script.runtime.host_ports import Events, Host
from evtui.script.syntax.tree import Script
from evtui.script.syntax.tree_depth import raise_recursion_limit
from evtui.script.variables.variable_table import BARE_WORDS
from evtui.scripting.garbage_collection import collection_disabled, freeze_many
from evtui.scripting.modparams import PARAMETERS, USED
from evtui.scripting.script_files import read_script, scripts_of


@dataclass(frozen=True, slots=True)
class ScriptSources:
    """The files of a script as they were read."""

    scripts: Sequence[Script]
    """One for each file named, with its includes in it."""
    parts: Sequence[tuple[str, Script]]
    """Each file as it was written, includes after those that name them."""
    files: tuple[ScriptFile, ...]


@dataclass(frozen=True, slots=True)
class PreparedScript:
    """A compiled script that can replace the current one."""

    sources: ScriptSources
    program: Program
    findings: tuple[Finding, ...]


def read_scripts(names: Sequence[str], *, m4: bool = False) -> ScriptSources:
    """Read the files and what they include; with `m4`, templates are rendered.

    It may take seconds: call it in a thread.
    raises ScriptFileError, ScriptError.
    """
    found = [read_script(*paths, m4=m4) for paths in scripts_of(names, m4=m4)]
    parts = {name: script for files in found for name, script in files.files.items()}
    texts = tuple(ScriptFile(name, _text(name)) for name in parts)
    return ScriptSources([files.script for files in found], list(parts.items()), texts)


def prepare_scripts(
    names: Sequence[str],
    host: Host,
    events: Events,
    parse_socket: Callable[[str], object],
    version: ScriptVersion | None = None,
    *,
    m4: bool = False,
) -> PreparedScript:
    """Read, compile by the rules of a version, and check. It may take seconds: call it in a thread.

    raises ScriptFileError, ScriptError.
    """
    with collection_disabled():
        sources = read_scripts(names, m4=m4)
        raise_recursion_limit()
        program = Program(sources.scripts, host, events, pid=os.getpid(), version=version)
        reports = check(dict(sources.parts), known_names(parse_socket), version)
        freeze_many()
    return PreparedScript(sources, program, tuple(finding for report in reports for finding in report.findings))


def carry_over(program: Program, before: Program) -> None:
    """Give a program the variables and the cache of the program that it replaces.

    A run of the old program that still goes on calls the new routes from now on. Only the closures of such runs refer
    to the old routes then, so that reference counts free them without a garbage collection (`freeze_many`).
    """
    state, old = program.state, before.state
    for name, cell in old.cells.items():
        state.cells.setdefault(name, []).__setitem__(slice(None), cell)
    state.shared, state.cache, state.documents = old.shared, old.cache, old.documents
    state.statistics = old.statistics
    state.started = old.started
    old.routes.clear()
    old.routes.update(state.routes)


def known_names(parse_socket: Callable[[str], object]) -> KnownNames:
    """Return what `check` needs to know of evtui; `parse_socket` raises RequestError for a wrong socket."""
    events = {event.name: tuple(parameter.name for parameter in event.parameters) for event in static_events()}
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
    except OSError:  # the file was removed after it was parsed
        return ""
