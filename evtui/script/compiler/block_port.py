"""What the writers of statements need: the blocks within them, and what is read behind them."""

from dataclasses import dataclass
from typing import Protocol

from evtui.script.compiler.function_code import FunctionCode
from evtui.script.runtime.run_state import Step
from evtui.script.syntax.tree import Block
from evtui.script.variables.compiler_port import Compiler


@dataclass(frozen=True, slots=True)
class After:
    """What may be read behind a statement before the next one sets it: what is not read need not be stored."""

    reads_place: bool = True
    """`run.place`."""
    reads_code: bool = True
    """`run.rc`."""
    in_loop: bool = False
    """Whether Python's `break` leaves the loop or switch of the script: it stands in the same function."""


class BlockCompiler(Compiler, Protocol):
    """Compiles blocks: to functions of their own, or into the code of one."""

    def block(self, block: Block, *, goes_on: bool = False) -> Step:
        """Compile a block to a function; `goes_on`: another turn of a `for` follows it."""
        ...

    def write(self, block: Block, code: FunctionCode, after: After, *, goes_on: bool = False) -> None:
        """Write a block into the code of a function, or a call of its own function where that code is full."""
        ...


def write_signal(step: Step, code: FunctionCode, after: After) -> None:
    """Write the call of a block that is a function of its own, and leave as that block was left."""
    signal = code.fresh("t")
    code.line(f"{signal} = {code.bind(step)}(run)")
    with code.under(f"if {signal}:"):
        if after.in_loop:
            with code.under(f"if {signal} == 1:"):
                code.line("break")
        code.line(f"return {signal}")
