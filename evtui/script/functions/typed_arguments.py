"""Functions whose arguments have types, as OpenSIPS declares them: texts, integers, and variables for results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from evtui.script.functions.call_arguments import CallBuilder, reader_of
from evtui.script.runtime.run_state import CallAction, Reader, ScriptRun, Writer
from evtui.script.runtime.script_values import ScriptFault, Value, integer_of, parse_integer, to_text
from evtui.script.syntax.expressions import CallExpression, Expression, Text, Variable
from evtui.script.syntax.format_strings import format_pieces
from evtui.script.variables.compiler_port import Compiler

Kind: TypeAlias = Literal[
    "text", "uri part", "pattern", "integer", "variable",
    "text?", "uri part?", "pattern?", "integer?", "variable?",
]  # fmt: skip
"""What an argument is; the question mark means that it may be left out.

A pattern in quotes is literal, and a part of a URI in the dialects that have literal texts.
"""
_WORDS: Final = {
    "text": "a text", "uri part": "a text", "pattern": "a pattern", "integer": "a number", "variable": "a variable",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of one call, by their place; one that was left out is None."""

    values: Sequence[Value]
    writers: Sequence[Writer | None]

    def text(self, place: int, default: str = "") -> str:
        """Return a text; `default` when it was left out."""
        value = self.values[place]
        return value if isinstance(value, str) else default

    def has(self, place: int) -> bool:
        """Return whether an argument was given."""
        return self.values[place] is not None or self.writers[place] is not None

    def number(self, place: int, default: int = 0) -> int:
        """Return an integer; `default` when it was left out."""
        value = self.values[place]
        return value if isinstance(value, int) else default

    def put(self, run: ScriptRun, place: int, value: Value) -> None:
        """Assign a result to the variable at this place; nothing happens when it was left out."""
        write = self.writers[place]
        if write is not None:
            write(run, value)


TypedFunction: TypeAlias = Callable[[ScriptRun, Given], int]


def typed_function(work: TypedFunction, *kinds: Kind) -> CallBuilder:
    """Make the compiler of a function with arguments of these kinds.

    A value that does not fit, such as NULL or a text for a number, fails the call, and its code is -1: `work` is not
    called then. A call with too few or too many arguments fails at each run.
    """

    def build(call: CallExpression, compiler: Compiler) -> CallAction:
        wrong = _wrong_call(call, kinds)
        if wrong is not None:
            return _refused(wrong)
        arguments = [*call.arguments, *[None] * (len(kinds) - len(call.arguments))]
        readers = [_reader(argument, kind, compiler) for argument, kind in zip(arguments, kinds, strict=True)]
        writers = [_writer(argument, kind, compiler) for argument, kind in zip(arguments, kinds, strict=True)]
        return lambda run: work(run, Given([read(run) for read in readers], writers))

    return build


def _wrong_call(call: CallExpression, kinds: Sequence[Kind]) -> str | None:
    """Return what is wrong with the arguments of a call; None when they fit."""
    if len(call.arguments) > len(kinds):
        return f"it takes at most {len(kinds)} arguments, not {len(call.arguments)}"
    for place, kind in enumerate(kinds):
        argument = call.arguments[place] if place < len(call.arguments) else None
        base = kind.rstrip("?")
        if argument is None and kind == base:
            return f"argument {place + 1} is missing: {_WORDS[base]}"
        if argument is not None and base == "variable" and _variable(argument) is None:
            return f"argument {place + 1} is a variable for the result"
    return None


def _refused(why: str) -> CallAction:
    def act(_run: ScriptRun) -> int:
        raise ScriptFault(why)

    return act


def _variable(argument: Expression) -> Variable | None:
    """Return an argument that is a variable, also one in quotes, as 2.x writes it."""
    if isinstance(argument, Text):
        found = format_pieces(argument.value)
        return found[0] if len(found) == 1 and isinstance(found[0], Variable) else None
    return argument if isinstance(argument, Variable) else None


def _writer(argument: Expression | None, kind: Kind, compiler: Compiler) -> Writer | None:
    if argument is None or not kind.startswith("variable"):
        return None
    variable = _variable(argument)
    return compiler.writer(variable) if variable is not None else None


def _reader(argument: Expression | None, kind: Kind, compiler: Compiler) -> Reader:
    if argument is None or kind.startswith("variable"):
        return lambda _run: None
    literal = kind.startswith("pattern") or (kind.startswith("uri part") and compiler.state.dialect.literal_texts)
    read = compiler.value(argument) if literal else reader_of(argument, compiler)
    if kind.startswith(("text", "uri part", "pattern")):
        return _text_reader(read)
    # 2.x writes numbers in quotes; a variable that holds a text is refused, as in 3.x.
    return _written_number(read) if isinstance(argument, Text) else _number_reader(read)


def _text_reader(read: Reader) -> Reader:
    def text(run: ScriptRun) -> Value:
        value = read(run)
        if value is None:
            raise ScriptFault("an argument is NULL, not a text")
        return value if isinstance(value, str) else to_text(value)

    return text


def _number_reader(read: Reader) -> Reader:
    def number(run: ScriptRun) -> Value:
        value = read(run)
        found = integer_of(value)
        if found is None:
            raise ScriptFault(f"an argument is {to_text(value)[:40]}, not a number")
        return found

    return number


def _written_number(read: Reader) -> Reader:
    return lambda run: parse_integer(to_text(read(run)))
