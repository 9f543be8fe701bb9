"""Write loops into the code of a function."""

from collections.abc import Callable, Iterable, Iterator

from evtui.script.compiler.assignments import write_guard
from evtui.script.compiler.block_port import After, BlockCompiler
from evtui.script.compiler.choices import condition_code, may_fail
from evtui.script.compiler.function_code import FunctionCode
from evtui.script.runtime.run_state import NO_LOOP, ScriptRun
from evtui.script.runtime.script_values import Value, to_text
from evtui.script.syntax.expressions import Variable
from evtui.script.syntax.tree import Block, ForEach, If, While
from evtui.script.variables.json_variables import list_json, write_json_item


def write_loop(statement: While | ForEach, code: FunctionCode, compiler: BlockCompiler, after: After) -> None:
    """Write a loop, which `break` leaves."""
    if isinstance(statement, While):
        _write_while(statement, code, compiler, after)
    else:
        _write_for_each(statement, code, compiler)


def _write_while(statement: While, code: FunctionCode, compiler: BlockCompiler, after: After) -> None:
    """Write a `while`: Python's `for` counts its turns, and the statements of a turn are counted at its end."""
    if may_fail(statement.condition, code, compiler):
        with code.under("try:"):
            _write_turns(statement, code, compiler, After())
        write_guard(code)
    else:
        _write_turns(statement, code, compiler, after)


def _write_turns(statement: While, code: FunctionCode, compiler: BlockCompiler, after: After) -> None:
    code.has_loops = True
    condition = condition_code(statement.condition, statement.place, code, compiler)
    place = code.bind(statement.place)
    if not condition.is_inline:
        code.note(statement.place)
    with code.under("for _ in repeat(None, state.max_turns):"):
        with code.under(f"if not {condition.text}:"):
            if after.reads_place:
                code.note(statement.place)
            code.line("run.rc = 1")
            code.line("break")
        weight = _write_body(statement.body, code, compiler, After(reads_place=False, in_loop=True))
        if not condition.is_inline:
            code.note(statement.place)
        work = code.fresh("w")
        code.line(f"state.work = {work} = state.work + {weight}")
        with code.under(f"if {work} >= state.pause_at:"):
            code.line(f"pause(run, {place}, {work})")
    with code.under("else:"):
        code.line(f"loop_over(run, {place}, {code.bind(condition.closure)})")


def _write_for_each(statement: ForEach, code: FunctionCode, compiler: BlockCompiler) -> None:
    """Write a `for`; one over a single value has no turn."""
    code.note(statement.place)
    if not has_all_values(statement.source):
        why = f"a loop over ${statement.source.name} needs all its values: write $({statement.source.name}(…)[*])"
        code.line(f"run.log_error({code.bind(why)})")
        code.line(f"run.rc = {NO_LOOP}")
        return
    values, item = loop_values(statement.source, compiler), statement.item
    write = write_json_item(item, compiler) if item.name == "json" else compiler.writer(item)
    body, value, turned = statement.body, code.fresh("x"), code.fresh("u")
    with code.under("try:"):
        code.line(f"{turned} = False")
        with code.under(f"for {value} in {code.bind(values)}(run):"):
            code.line(f"{turned} = True")
            with code.under("try:"):
                code.line(f"{code.bind(write)}(run, {value})")
            with code.under("except Fault as fault:"):
                code.line("loop_broken(run, fault)")
                code.line("break")
            code.line(f"run.count_work({_write_body(body, code, compiler, After(in_loop=True), goes_on=True)})")
        with code.under("else:"):
            _write_end(body, turned, code)
    write_guard(code)


def _write_end(body: Block, turned: str, code: FunctionCode) -> None:
    """Write the code of a `for` that came to its end."""
    if not body.statements:
        code.line("run.rc = 1")
        return
    ends_with_if = isinstance(body.statements[-1], If)
    with code.under(f"if not {turned}{' or run.rc == 0 or run.rc == -1' if ends_with_if else ''}:"):
        code.line("run.rc = 1")


def _write_body(
    body: Block, code: FunctionCode, compiler: BlockCompiler, after: After, *, goes_on: bool = False
) -> int:
    """Write the body of a loop; return the work of a turn: its statements, and the turn itself."""
    before = compiler.state.compiled
    compiler.write(body, code, after, goes_on=goes_on)
    return compiler.state.compiled - before + 1


def has_all_values(source: Variable) -> bool:
    """Say whether a `for` can walk over a variable: it is written with all its values."""
    return source.index == "*" or (source.name == "json" and "[*]" in (source.argument or ""))


def loop_values(source: Variable, compiler: BlockCompiler) -> Callable[[ScriptRun], Iterable[Value]]:
    """Compile the values of a variable: those of an AVP as they are at each turn, others as when the loop begins."""
    name = compiler.text(source.argument or "")
    match source.name:
        case "avp":
            return lambda run: _avp_values(run, to_text(name(run)))
        case "json":
            return list_json(source, compiler)
        case "hdr" | "ct":
            fixed = "contact" if source.name == "ct" else None
            return lambda run: tuple(run.scope.headers.values(fixed or to_text(name(run))))
        case _:
            read = compiler.value(source)
            return lambda run: () if (value := read(run)) is None else (value,)


def _avp_values(run: ScriptRun, name: str) -> Iterator[Value]:
    """Read the values by their index at each turn, as the body may change the AVP."""
    index = 0
    while index < len(stack := run.avps.get(name, ())):
        yield stack[-1 - index]
        index += 1
