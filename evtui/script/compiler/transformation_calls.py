"""Compile transformations, such as `{s.substr,0,4}`, of the value of a variable."""

from collections.abc import Callable
from typing import Final

from evtui.script.runtime.run_state import LONG_WORK, MATCH_WEIGHT, MAX_VALUES, Reader, ScriptRun
from evtui.script.runtime.script_values import NotRunHereFault, ScriptFault, Value, checked_value, to_text
from evtui.script.syntax.expressions import Transformation
from evtui.script.transformations.transformation import Transform
from evtui.script.transformations.transformation_table import TRANSFORMS
from evtui.script.variables.compiler_port import Compiler

MAX_EVALUATED: Final = 100
"""How many compiled texts one `{s.eval}` keeps."""
MAX_EVALUATED_TEXT: Final = 1 << 14
"""Characters of the longest text that `{s.eval}` compiles."""


def compile_transformation(read: Reader, transformation: Transformation, compiler: Compiler) -> Reader:
    """Compile a transformation of a value; an unknown one gives NULL and is logged once."""
    kind, name = transformation.kind, transformation.name
    if (kind, name) == ("s", "eval"):
        return _apply_or_null(read, _eval(compiler), (), "{s.eval}")
    work = TRANSFORMS.get(kind, {}).get(name)
    if work is None:
        return lambda run: run.warn_once(f"evtui does not have the transformation {{{kind}.{name}}}: it gives NULL")
    parameters = transformation.parameters
    if kind == "re":
        return _apply_or_null(read, _counted(work), parameters, f"{{{kind}.{name}}}")
    if not any("$" in parameter for parameter in parameters):
        return _with_fixed(read, work, parameters, f"{{{kind}.{name}}}")
    readers = tuple(compiler.text(parameter) for parameter in parameters)

    def transform(text: str, _parameters: tuple[str, ...], run: ScriptRun) -> Value:
        return work(text, tuple([to_text(reader(run)) for reader in readers]))

    return _apply_or_null(read, transform, (), f"{{{kind}.{name}}}")


def _eval(compiler: Compiler) -> Callable[[str, tuple[str, ...], ScriptRun], Value]:
    """Return the work of `{s.eval}`: compile a text that the script made, and read it."""
    known: dict[str, Reader] = {}

    def evaluate(text: str, _parameters: tuple[str, ...], run: ScriptRun) -> Value:
        if text not in known:
            if len(text) > MAX_EVALUATED_TEXT:
                raise ScriptFault(f"a text of {len(text)} characters, at most {MAX_EVALUATED_TEXT} can be evaluated")
            if len(known) >= MAX_EVALUATED:
                known.clear()
            if len(run.state.cells) >= MAX_VALUES:
                raise ScriptFault(f"more than {MAX_VALUES} variables")
            known[text] = compiler.text(text)
        return known[text](run)

    return evaluate


def _counted(work: Transform) -> Callable[[str, tuple[str, ...], ScriptRun], Value]:
    """Return the work of a transformation with a pattern, which counts as many statements."""

    def transform(text: str, parameters: tuple[str, ...], run: ScriptRun) -> Value:
        run.count_work(MATCH_WEIGHT)
        return work(text, parameters)

    return transform


def _with_fixed(read: Reader, work: Transform, parameters: tuple[str, ...], label: str) -> Reader:
    return _apply_or_null(read, lambda text, fixed, _run: work(text, fixed), parameters, label)


def _apply_or_null(
    read: Reader, work: Callable[[str, tuple[str, ...], ScriptRun], Value], parameters: tuple[str, ...], label: str
) -> Reader:
    """Compile the application of a transformation: NULL for NULL, and NULL where it fails or gives too long a text.

    A failure is logged; one that evtui does not support, once a place. Every transformation comes by here.
    """

    def transform(run: ScriptRun) -> Value:
        value = read(run)
        if value is None:
            return None
        text = value if isinstance(value, str) else str(value)
        if len(text) > LONG_WORK:
            run.count_text(text)
        try:
            return checked_value(work(text, parameters, run))
        except NotRunHereFault as fault:
            run.warn_once(f"{label}: {fault}")
            return None
        except ScriptFault as fault:
            run.warn(f"{label}: {fault}")
            return None

    return transform
