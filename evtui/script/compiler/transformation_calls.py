"""Compile transformations, such as `{s.substr,0,4}`, of the value of a variable."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, TypeVar

from evtui.script.runtime.run_state import LONG_WORK, MATCH_WEIGHT, MAX_VALUES, Reader, ScriptRun
from evtui.script.runtime.script_values import (
    NotRunHereFault,
    NumberedText,
    ScriptFault,
    Value,
    checked_value,
    to_text,
)
from evtui.script.syntax.expressions import Transformation, Variable
from evtui.script.syntax.format_strings import parse_variable
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.transformations.substitutions import (
    Substitution,
    checked_order,
    compiled_order,
    parse_substitution,
    substituted,
)
from evtui.script.transformations.transformation import (
    Argument,
    ParameterKind,
    TransformRule,
    byte_text,
    read_argument,
    text_of_bytes,
)
from evtui.script.transformations.transformation_table import rule_of, written_arguments
from evtui.script.variables.compiler_port import Compiler

MAX_EVALUATED: Final = 100
"""How many compiled texts one `{s.eval}` keeps."""
MAX_EVALUATED_TEXT: Final = 1 << 14
"""Characters of the longest text that `{s.eval}` compiles."""

_Work: TypeAlias = Callable[[Value, ScriptRun], Value]
_Failed: TypeAlias = Callable[[ScriptRun, str, ScriptFault], Value]
_Kept = TypeVar("_Kept")


def compile_transformation(read: Reader, transformation: Transformation, compiler: Compiler) -> Reader:
    """Compile a transformation of a value; an unknown one gives NULL and is logged once."""
    label = f"{{{transformation.kind}.{transformation.name}}}"
    if label.lower() == "{s.eval}":
        return _applied(read, _eval(compiler), label, _null)
    rule = rule_of(transformation, early=compiler.state.dialect.has_early_uris)
    if rule is None:
        return lambda run: run.warn_once(f"evtui does not have the transformation {label}: it gives NULL")
    try:
        return _apply(read, rule, argument_readers(rule, transformation.parameters, compiler), label, compiler)
    except ScriptFault as fault:
        reason = f"{label}: {fault}: it gives NULL, and OpenSIPS would not start"
        return lambda run: run.warn_once(reason)


def _apply(
    read: Reader, rule: TransformRule, arguments: Sequence[Argument | Reader], label: str, compiler: Compiler
) -> Reader:
    """Compile the application of a rule as the dialect has it. raises ScriptFault: a fixed parameter is wrong."""
    if compiler.state.dialect.failures_are_errors:
        return _applied(read, _strict_work(rule, arguments, label, compiler), label, _fail)
    if label.lower() == "{re.subst}":
        return _applied(read, _substitute(rule, arguments, compiler), label, _null)
    fixed = [argument for argument in arguments if isinstance(argument, int | str)]
    if len(fixed) == len(arguments):
        return _apply_fixed(read, rule, fixed, label)
    return _applied(read, _work(rule, arguments), label, _null)


def argument_readers(rule: TransformRule, parameters: Sequence[str], compiler: Compiler) -> list[Argument | Reader]:
    """Return the arguments of a transformation, for a variable its reader. raises ScriptFault: they do not fit."""
    written = written_arguments(rule, parameters)
    return [
        _reader(kind, text, compiler) if argument is None else argument
        for kind, text, argument in zip(rule.kinds, parameters, written, strict=False)
    ]


def _reader(kind: ParameterKind, text: str, compiler: Compiler) -> Reader:
    try:
        read = compiler.value(parse_variable(text.strip()))
    except ScriptError as error:
        raise ScriptFault(error.reason) from error
    return lambda run: read_argument(kind, read(run))


def _work(rule: TransformRule, arguments: Sequence[Argument | Reader]) -> _Work:
    apply = rule.apply

    def transform(value: Value, run: ScriptRun) -> Value:
        given: list[Argument] = []
        for argument in arguments:
            found = argument if isinstance(argument, int | str) else argument(run)
            if found is None:
                return None
            given.append(found)
        return apply(value, given)

    return transform


def _strict_work(rule: TransformRule, arguments: Sequence[Argument | Reader], label: str, compiler: Compiler) -> _Work:
    """Return the work where it is an error that a text has not the form, or that a parameter is not of its kind."""
    apply, has_form = rule.apply, rule.has_form
    substitute = _substitute(rule, arguments, compiler) if label.lower() == "{re.subst}" else None

    def transform(value: Value, run: ScriptRun) -> Value:
        given: list[Argument] = []
        for argument in arguments:
            one = argument if isinstance(argument, int | str) else argument(run)
            if one is None:
                raise ScriptFault("a parameter is NULL, empty or not of its kind")
            given.append(one)
        found = apply(value, given) if substitute is None else substitute(value, run)
        fits = found is not None if has_form is None else has_form(byte_text(to_text(value)), given)
        if not fits:
            raise ScriptFault(f"it cannot be done with {to_text(value)[:60]!r}")
        return found

    return transform


def _substitute(rule: TransformRule, arguments: Sequence[Argument | Reader], compiler: Compiler) -> _Work:
    """Return the work of `{re.subst}`, in whose replacement variables may stand. A match counts as many statements."""
    given = arguments[0]
    if isinstance(given, int | str):
        written = str(given)
        fixed = _kept(lambda order: _prepared(rule, parse_substitution(checked_order(order)), compiler))

        def substitute(value: Value, run: ScriptRun) -> Value:
            return fixed(written)(value, run)

        return substitute
    prepare = _kept(lambda order: _prepared(rule, parse_substitution(order), compiler))

    def transform(value: Value, run: ScriptRun) -> Value:
        found = given(run)
        return None if found is None else prepare(str(found))(value, run)

    return transform


def _prepared(rule: TransformRule, order: Substitution, compiler: Compiler) -> _Work:
    pieces = [compiler.value(piece) if isinstance(piece, Variable) else piece for piece in order.replacement]
    result, pattern = rule.result, compiled_order(order)

    def transform(value: Value, run: ScriptRun) -> Value:
        run.count_work(MATCH_WEIGHT)
        if value is None or value == "":
            return None
        replacement = [piece if isinstance(piece, str | int) else _piece(piece(run)) for piece in pieces]
        text = byte_text(to_text(value))
        return result(value, text, substituted(pattern, replacement, text, every="g" in order.flags))

    return transform


def _piece(value: Value) -> str:
    return "" if value is None else byte_text(to_text(value))


def _eval(compiler: Compiler) -> _Work:
    """Return the work of `{s.eval}`: compile a text that the script made, and read it."""

    def compiled(text: str) -> Reader:
        if len(text) > MAX_EVALUATED_TEXT:
            raise ScriptFault(f"a text of {len(text)} characters, at most {MAX_EVALUATED_TEXT} can be evaluated")
        if len(compiler.state.cells) >= MAX_VALUES:
            raise ScriptFault(f"more than {MAX_VALUES} variables")
        return compiler.text(text)

    known = _kept(compiled)
    return lambda value, run: None if value is None else known(to_text(value))(run)


def _kept(make: Callable[[str], _Kept]) -> Callable[[str], _Kept]:
    """Return a function that keeps what it made of the last texts."""
    known: dict[str, _Kept] = {}

    def find(text: str) -> _Kept:
        if text not in known:
            if len(known) >= MAX_EVALUATED:
                known.clear()
            known[text] = make(text)
        return known[text]

    return find


def _applied(read: Reader, work: _Work, label: str, failed: _Failed) -> Reader:
    """Compile the application of a transformation: NULL for NULL, and what `failed` gives where it cannot be done."""

    def transform(run: ScriptRun) -> Value:
        value = read(run)
        if value is None:
            return None
        if isinstance(value, str) and len(value) > LONG_WORK:
            run.count_text(value)
        try:
            return checked_value(work(value, run))
        except ScriptFault as fault:
            return failed(run, label, fault)

    return transform


def _apply_fixed(read: Reader, rule: TransformRule, arguments: Sequence[Argument], label: str) -> Reader:
    """Compile what `_applied` does with `_null` and `TransformRule.apply`, in fewer calls for texts."""
    work, apply = rule.work, rule.apply

    def transform(run: ScriptRun) -> Value:
        value = read(run)
        if value is None:
            return None
        try:
            if not isinstance(value, str) or value.__class__ is NumberedText:
                return checked_value(apply(value, arguments))
            if len(value) > LONG_WORK:
                run.count_text(value)
            found = work(value if value.isascii() else byte_text(value), arguments)
            if not isinstance(found, str):
                return found
            return checked_value(found if found.isascii() else text_of_bytes(found))
        except ScriptFault as fault:
            return _null(run, label, fault)

    return transform


def _fail(_run: ScriptRun, label: str, fault: ScriptFault) -> Value:
    """Name the transformation that cannot be done. raises ScriptFault."""
    raise ScriptFault(f"{label}: {fault}") from fault


def _null(run: ScriptRun, label: str, fault: ScriptFault) -> Value:
    """Log why a transformation gives NULL, and return that; one that evtui does not support, once a place."""
    text = f"{label}: {fault}"
    if isinstance(fault, NotRunHereFault):
        run.warn_once(text)
    else:
        run.warn(text)
    return None
