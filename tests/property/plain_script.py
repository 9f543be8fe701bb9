"""The plain interpreter of scripts: the oracle of the generated functions.

It runs each statement by closures that look at nothing but the statement, notes every place and every code, and writes
no Python. Expressions and calls are the closures of `evtui.script.compiler`, which the generated functions leave for
values of rare types.
"""

from collections.abc import Callable

from evtui.script.compiler.assigned_values import compile_assigned
from evtui.script.compiler.async_calls import compile_async
from evtui.script.compiler.block_port import After
from evtui.script.compiler.blocks import MAX_UNCOUNTED
from evtui.script.compiler.function_code import FunctionCode
from evtui.script.compiler.loops import has_all_values, loop_values
from evtui.script.compiler.null_operands import compile_empty
from evtui.script.compiler.program import Compilation, Program
from evtui.script.compiler.switches import case_test
from evtui.script.runtime.arithmetic import COMPOUNDS
from evtui.script.runtime.run_state import BREAK, BROKEN, NEXT, NO_LOOP, RETURN, ProgramState, ScriptRun, Step, Stopped
from evtui.script.runtime.script_values import ScriptFault
from evtui.script.syntax.expressions import Place
from evtui.script.syntax.tree import (
    Assign,
    Async,
    Block,
    Break,
    CallStatement,
    Exit,
    ForEach,
    If,
    Include,
    Return,
    Statement,
    Switch,
    While,
)
from evtui.script.variables.json_variables import write_json_item


class PlainProgram(Program):
    """A program whose statements are interpreted."""

    @staticmethod
    def compiles(state: ProgramState) -> Compilation:
        return PlainCompilation(state)


class PlainCompilation(Compilation):
    """Compiles blocks to closures."""

    def write(self, block: Block, code: FunctionCode, after: After, *, goes_on: bool = False) -> None:
        raise AssertionError("the plain interpreter writes no code")

    def block(self, block: Block, *, goes_on: bool = False) -> Step:
        parts: list[tuple[int, list[tuple[Place, Step]]]] = []
        steps: list[tuple[Place, Step]] = []
        before = self.state.compiled
        for statement in block.statements:
            self.state.compiled += 1
            is_last = statement is block.statements[-1] and not goes_on
            steps.append((statement.place, self._statement(statement, is_last=is_last)))
            weight = self.state.compiled - before
            if weight >= MAX_UNCOUNTED:
                parts.append((weight, steps))
                before, steps = self.state.compiled, []
        return _run_parts([*parts, (0, steps)])

    def _statement(self, statement: Statement, *, is_last: bool) -> Step:
        match statement:
            case If():
                return self._if(statement, is_last=is_last)
            case Assign():
                return self._assign(statement)
            case CallStatement():
                return self._call(statement)
            case While() | ForEach() | Switch():
                return self._loop_or_switch(statement)
            case Return() | Exit() | Break():
                return self._jump(statement)
            case _:
                assert not isinstance(statement, Include)  # a file is included before
                return compile_async(statement, self) if isinstance(statement, Async) else self.block(statement)

    def _loop_or_switch(self, statement: While | ForEach | Switch) -> Step:
        match statement:
            case While():
                return self._while(statement)
            case ForEach():
                return self._for_each(statement)
            case Switch():
                return self._switch(statement)

    def _jump(self, statement: Return | Exit | Break) -> Step:
        match statement:
            case Return():
                return self._return(statement)
            case Exit(drops=drops):
                return _stop(drops=drops)
            case Break():
                return self._break

    def _assign(self, statement: Assign) -> Step:
        target = statement.target
        if statement.operator in COMPOUNDS and not self.state.dialect.compounds_assign:
            work = COMPOUNDS[statement.operator]
            old, value, write = self.value(target), self.value(statement.value), self.writer(target)

            def change(run: ScriptRun) -> int:
                write(run, work(old(run), value(run)))
                run.rc = 1
                return NEXT

            return change
        clears = statement.operator == ":="
        if statement.operator in COMPOUNDS:
            statement = Assign(target, "=", statement.value, statement.place)
        read, put = compile_assigned(statement, self), self.writer(target, clears=clears)

        def assign(run: ScriptRun) -> int:
            put(run, read(run))
            run.rc = 1
            return NEXT

        return assign

    def _call(self, statement: CallStatement) -> Step:
        name, act = statement.call.name, self.action(statement.call)

        def call(run: ScriptRun) -> int:
            try:
                run.rc = act(run)
            except ScriptFault as fault:
                run.log_error(f"{name}: {fault}")
                run.rc = -1
            if not run.rc:
                raise Stopped
            return NEXT

        return call

    def _if(self, statement: If, *, is_last: bool) -> Step:
        test, then = self.test(statement.condition), self._arm(statement.then)
        match statement.otherwise:
            case Block(statements=(If() as only,)):
                otherwise: Step | None = self._if(only, is_last=True)
            case Block(statements=[_, *_]) as block:
                otherwise = self.block(block)
            case _:
                otherwise = _do_nothing if is_last else None

        def choose(run: ScriptRun) -> int:
            found = test(run)
            if found:
                return then(run)
            if otherwise is not None:
                return otherwise(run)
            run.rc = -1 if found is None else 0
            return NEXT

        return choose

    def _arm(self, block: Block) -> Step:
        return self.block(block) if block.statements else _do_nothing

    def _while(self, statement: While) -> Step:
        test, place, before = self.test(statement.condition), statement.place, self.state.compiled
        body = self.block(statement.body)
        weight = self.state.compiled - before + 1

        def loop(run: ScriptRun) -> int:
            turns, limit = 0, run.state.max_turns
            while test(run):
                if turns >= limit:
                    if place not in run.ended_loops:
                        run.ended_loops.add(place)
                        run.log_error(f"this loop was ended after {limit} turns")
                    run.rc = run.rc or 1
                    return NEXT
                turns += 1
                signal = body(run)
                if signal:
                    return NEXT if signal == BREAK else signal
                run.place = place
                run.count_work(weight)
            run.rc = 1
            return NEXT

        return loop

    def _for_each(self, statement: ForEach) -> Step:
        source, item = statement.source, statement.item
        if not has_all_values(source):
            return _refused(f"a loop over ${source.name} needs all its values: write $({source.name}(…)[*])")
        values = loop_values(source, self)
        write = write_json_item(item, self) if item.name == "json" else self.writer(item)
        before = self.state.compiled
        body = self.block(statement.body, goes_on=True)
        weight = self.state.compiled - before + 1
        statements = statement.body.statements
        ends_with_if = bool(statements) and isinstance(statements[-1], If)

        def loop(run: ScriptRun) -> int:
            turned = False
            for value in values(run):
                turned = True
                try:
                    write(run, value)
                except ScriptFault as fault:
                    run.log_error(f"this loop ends: {fault}")
                    run.rc = BROKEN
                    return NEXT
                signal = body(run)
                if signal:
                    return NEXT if signal == BREAK else signal
                run.count_work(weight)
            if not statements or not turned or (ends_with_if and run.rc in {0, -1}):
                run.rc = 1
            return NEXT

        return loop

    def _switch(self, statement: Switch) -> Step:
        read, others = self.value(statement.value), compile_empty(statement.value, self)
        cases = [case_test(case, self) for case in statement.cases]
        bodies = [self.block(Block(case.statements)) for case in statement.cases]
        default = next((place for place, case in enumerate(statement.cases) if case.value is None), len(cases))

        def switch(run: ScriptRun) -> int:
            try:
                value = read(run)
            except ScriptFault as fault:
                run.log_error(str(fault))
                run.rc = BROKEN
                return NEXT
            run.rc = 1
            equals = (value,) if value is not None else (None, *others(run))
            found = (place for place, fits in enumerate(cases) if any(fits(run, one) for one in equals))
            for body in bodies[next(found, default) :]:
                signal = body(run)
                if signal:
                    return NEXT if signal == BREAK else signal
            return NEXT

        return switch

    def _return(self, statement: Return) -> Step:
        readers = [self.value(value) for value in statement.values]

        def leave(run: ScriptRun) -> int:
            code, *more = [read(run) for read in readers] or [1]
            if code is None:
                run.log_error("return gives NULL: its code is -1")
            run.rc = code if isinstance(code, int) else 1 if code is not None else -1
            if not run.rc:
                raise Stopped
            run.returned = more
            return RETURN

        return leave

    def _break(self, run: ScriptRun) -> int:
        run.rc = BROKEN if self.state.dialect.breaks_set_code else run.rc or 1
        return BREAK


def _run_parts(parts: list[tuple[int, list[tuple[Place, Step]]]]) -> Step:
    def run_block(run: ScriptRun) -> int:
        for weight, steps in parts:
            if weight:
                run.place = steps[0][0]
                run.count_work(weight)
            for place, step in steps:
                run.place = place
                try:
                    signal = step(run)
                except ScriptFault as fault:
                    run.rc = -1
                    run.log_error(str(fault))
                    continue
                if signal:
                    return signal
        return NEXT

    return run_block


def _do_nothing(run: ScriptRun) -> int:
    run.rc = 1
    return NEXT


def _stop(*, drops: bool) -> Callable[[ScriptRun], int]:
    def stop(_run: ScriptRun) -> int:
        raise Stopped(drops=drops)

    return stop


def _refused(why: str) -> Step:
    def step(run: ScriptRun) -> int:
        run.log_error(why)
        run.rc = NO_LOOP
        return NEXT

    return step
