"""The argument `/pattern/replacement/flags` of subst, subst_uri and their kin, applied to a text."""

from collections.abc import Callable
from typing import TypeAlias

from evtui.script.functions.call_arguments import argument_at
from evtui.script.runtime.run_state import MATCH_WEIGHT, Reader, ScriptRun
from evtui.script.runtime.script_values import ScriptFault, from_bytes, to_bytes, to_text
from evtui.script.syntax.expressions import CallExpression, Null, Text, Variable
from evtui.script.transformations.substitutions import (
    ReplacementPiece,
    Substitution,
    compiled_order,
    parse_substitution,
    substituted,
)
from evtui.script.variables.compiler_port import Compiler

Substitute: TypeAlias = Callable[[ScriptRun, str], str | None]
"""Returns a text with its matches replaced; None when nothing matches, or a match is empty."""


def compile_substitution(call: CallExpression, compiler: Compiler, place: int = 0) -> Substitute:
    """Compile an argument of a call, by its place.

    Variables in the replacement are read at each call; in an argument that is a variable there can be none. The
    compiled substitution raises ScriptFault when the argument is none.
    """
    argument = argument_at(call, place)
    if isinstance(argument, Text):
        return _fixed(argument.value, compiler)
    read = compiler.value(argument or Null())

    def work(run: ScriptRun, text: str) -> str | None:
        value = read(run)
        if not isinstance(value, str):
            raise ScriptFault(f"it takes /pattern/replacement/flags, not {to_text(value)[:40]}")
        return _apply(
            run, parse_substitution(value), [_constant(piece) for piece in parse_substitution(value).replacement], text
        )

    return work


def _fixed(written: str, compiler: Compiler) -> Substitute:
    try:
        order = parse_substitution(written)
    except ScriptFault as fault:
        why = str(fault)
        return lambda _run, _text: _refuse(why)
    readers = [_reader(piece, compiler) for piece in order.replacement]
    return lambda run, text: _apply(run, order, [read(run) for read in readers], text)


def _refuse(why: str) -> str | None:
    raise ScriptFault(why)


def _constant(piece: ReplacementPiece) -> str | int:
    if isinstance(piece, Variable):
        raise ScriptFault("a substitution in a variable cannot contain variables")
    return piece


def _reader(piece: ReplacementPiece, compiler: Compiler) -> Callable[[ScriptRun], str | int]:
    if isinstance(piece, Variable):
        read: Reader = compiler.value(piece)
        return lambda run: _byte_text(to_text(read(run)))
    return lambda _run: piece


def _byte_text(text: str) -> str:
    """Return a text with one character for each of its bytes."""
    return to_bytes(text).decode("latin-1")


def _apply(run: ScriptRun, order: Substitution, replacement: list[str | int], text: str) -> str | None:
    run.count_work(MATCH_WEIGHT)
    pattern, subject = compiled_order(order), _byte_text(text)
    new = substituted(pattern, replacement, subject, every="g" in order.flags)
    if not isinstance(new, str) or (new == subject and pattern.search(subject) is None):
        return None
    return from_bytes(new.encode("latin-1"))
