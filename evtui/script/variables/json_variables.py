"""`$json(name/key[index]…)`: its path, and its reads, lists and assignments (module json of OpenSIPS)."""

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from evtui.script.runtime.json_documents import PathStep
from evtui.script.runtime.json_texts import JsonStyle
from evtui.script.runtime.run_state import Reader, ScriptRun, Writer
from evtui.script.runtime.script_values import ScriptFault, SpelledNumber, Value, integer_of, parse_integer, to_text
from evtui.script.syntax.expressions import Variable
from evtui.script.syntax.format_strings import parse_variable
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.variables.compiler_port import Compiler, ReadFamily

JsonPath: TypeAlias = Callable[[ScriptRun], tuple[PathStep, ...]]

_BRACKET_DEPTH: Final = {"(": 1, "{": 1, ")": -1, "}": -1}


def read_json_in(style: JsonStyle) -> ReadFamily:
    """Make the compiler of reads of `$json`, `$json_pretty` or `$json_compact`."""

    def build(variable: Variable, compiler: Compiler) -> Reader:
        path, all_values = compile_json_path(variable, compiler), variable.index == "*"
        wraps = compiler.state.dialect.json_wraps

        def read(run: ScriptRun) -> Value:
            steps = _steps(path, run)
            if steps is None:
                return None
            if all_values or "*" in steps or None in steps:
                run.warn_once("$json with [*] is for a `for`, and with [] for an assignment: it is NULL")
                return None
            found = run.state.documents.get(steps, style)
            return found if wraps or not isinstance(found, SpelledNumber) else _nearest(int(found.text))

        return read

    return build


def _steps(path: JsonPath, run: ScriptRun) -> tuple[PathStep, ...] | None:
    """Return the path of a read; None, with a line in the log, when an index in it is not an integer."""
    try:
        return path(run)
    except ScriptFault as fault:
        run.warn(str(fault))
        return None


def _nearest(number: int) -> int:
    """Return the integer of 32 bits that is nearest."""
    return max(-(1 << 31), min((1 << 31) - 1, number))


def list_json(variable: Variable, compiler: Compiler) -> Callable[[ScriptRun], Iterable[Value]]:
    """Compile the values of a `for` loop: `$(json(x/list)[*])`, `$(json(x/list[*]))`, `$(json(x.keys)[*])`."""
    path = compile_json_path(variable, compiler)

    def values(run: ScriptRun) -> Iterable[Value]:
        steps = _steps(path, run)
        if steps is None:
            return ()
        return run.state.documents.items(steps[:-1] if steps[-1] == "*" and len(steps) > 1 else steps)

    return values


def write_json_at(variable: Variable, compiler: Compiler, *, parses: bool = False) -> Writer:
    """Compile an assignment; `parses` stands for the operator `:=`, whose text is JSON."""
    path = compile_json_path(variable, compiler)

    def write(run: ScriptRun, value: Value) -> None:
        steps, documents = path(run), run.state.documents
        if not parses or value is None:
            documents.put(steps, value)
        else:
            documents.parse(steps, to_text(value))

    return write


def write_json_item(variable: Variable, compiler: Compiler) -> Writer:
    """Compile the assignment of a `for` loop, as by `:=`. raises ScriptFault: the item is a text that is not JSON."""
    write = write_json_at(variable, compiler, parses=True)
    return lambda run, value: write(run, None if value is None else to_text(value))


def compile_json_path(variable: Variable, compiler: Compiler) -> JsonPath:
    """Compile the path of a `$json` variable."""
    pieces = [_piece(kind, text, compiler) for kind, text in _split(variable.argument or "")]
    return lambda run: tuple([piece(run) for piece in pieces])


def _piece(kind: str, text: str, compiler: Compiler) -> Callable[[ScriptRun], PathStep]:
    """Compile a step of a path. The variable of an index must be an integer: it raises ScriptFault when it is none."""
    read = compiler.text(text)
    if kind != "[":
        return lambda run: to_text(read(run))
    inside = text.strip()
    if inside.startswith("$"):
        read = compiler.value(parse_variable(inside)) if _is_variable(inside) else read
        return lambda run: _index(read(run))
    if inside in {"", "*"}:
        return lambda _run: "*" if inside else None
    return lambda run: parse_integer(to_text(read(run)).strip())


def _is_variable(text: str) -> bool:
    try:
        parse_variable(text)
    except ScriptError:
        return False
    return True


def _index(value: Value) -> int:
    number = integer_of(value)
    if number is None:
        raise ScriptFault(f"an index of $json is {to_text(value)[:40]!r}, not an integer")
    return number


def _split(text: str) -> list[tuple[str, str]]:
    """Split `name/key[index]` at the `/` and `[` outside variables; blanks belong to keys."""
    pieces: list[tuple[str, str]] = []
    kind, start, depth = "", 0, 0
    for place, character in enumerate(text):
        depth += _BRACKET_DEPTH.get(character, 0)
        if depth == 0 and character in "/[" and (kind != "[" or (place > start and text[place - 1] == "]")):
            pieces.append((kind, text[start:place]))
            kind, start = character, place + 1
    pieces.append((kind, text[start:]))
    if kind == "/" and start == len(text):
        pieces[-1] = (kind, "/")  # the server takes the last slash for the key
    return [(kind, inside.removesuffix("]") if kind == "[" else inside) for kind, inside in pieces]


JSON_VARIABLES: Final[dict[str, ReadFamily]] = {
    "json": read_json_in("spaced"),
    "json_pretty": read_json_in("pretty"),
    "json_compact": read_json_in("compact"),
    "json_compact_noescape": read_json_in("unescaped"),
}
