"""Generated functions: their lines of Python, the objects that the lines name, and the function made of both.

A block of a script becomes the source of one Python function, which is handed to `compile()`. No text of a script is
ever a part of that source. The lines consist of the templates of this package, of integers, and of names such as `k3`,
which `FunctionCode.bind` chooses; texts, cells, places and closures are bound to those names in the globals of the
function. Nothing else can be named: the function has no builtins.

A function is compiled when it is first called: a script of many thousand statements loads as fast as its text can be
written, and routes that never run cost nothing more.
"""

import weakref
from itertools import repeat
from types import CodeType, FunctionType
from typing import Any, Final, Self

from evtui.script.runtime.generated_support import (
    call_failed,
    fail,
    loop_broken,
    loop_over,
    pause,
)
from evtui.script.runtime.run_state import ScriptRun, Step, Stopped
from evtui.script.runtime.script_values import ScriptFault, Value, wrap
from evtui.script.syntax.expressions import Place
from evtui.script.variables.avps import push

_DEEPEST: Final = 10
"""Levels of nesting in one function; what is nested deeper becomes a function of its own. Python allows 20."""
_MANY_LINES: Final = 800
"""Lines after which blocks of the function become functions of their own, so that none takes long to compile."""
_PART_LINES: Final = 200
"""Lines after which the next part of a long block becomes a function of its own."""
_MOST_LOCALS: Final = 24
"""Names that a function with a loop holds in local variables, which are faster to reach than globals."""
_FIRST_CALL: Final = "def body(run):\n return load(run)"
_NAMES: Final[dict[str, object]] = {
    "__builtins__": {},
    "Fault": ScriptFault,
    "Stopped": Stopped,
    "call_failed": call_failed,
    "fail": fail,
    "int": int,
    "len": len,
    "loop_broken": loop_broken,
    "loop_over": loop_over,
    "pause": pause,
    "push": push,
    "repeat": repeat,
    "str": str,
    "type": type,
    "wrap": wrap,
}
"""What the templates name; all other names are bound by `bind`."""


class FunctionCode:
    """One function that is being written."""

    def __init__(self) -> None:
        self._names: dict[str, Any] = dict(_NAMES)
        self._bound: dict[int, str] = {}
        self._lines: list[str] = []
        self._level = 1
        self._starts: list[int] = []
        self._numbers = 0
        self._uses_avps = False
        self._often: list[str] = []
        self.has_loops = False

    @property
    def is_full(self) -> bool:
        """Whether a block that comes now should become a function of its own."""
        return self._level > _DEEPEST or len(self._lines) > _MANY_LINES

    @property
    def is_long(self) -> bool:
        """Whether the next part of a long block should become a function of its own."""
        return len(self._lines) > _PART_LINES

    def line(self, text: str) -> None:
        """Write a line at the current level."""
        self._lines.append(" " * self._level + text)

    def note(self, place: Place) -> None:
        """Write that a place is the current one."""
        self.line(f"run.place = {self.bind(place)}")

    def under(self, text: str) -> Self:
        """Write the head of a compound statement; the lines within `with` stand under it. No line is a `pass`."""
        self.line(text)
        return self

    def reserve(self) -> int:
        """Keep the place of a line that `fill` writes when its contents are known; a line of nothing until then."""
        self._lines.append("")
        return len(self._lines) - 1

    def fill(self, place: int, text: str) -> None:
        """Write a line that was reserved, at the current level."""
        self._lines[place] = " " * self._level + text

    def bind(self, value: object) -> str:
        """Return the name of an object; the same object has the same name."""
        name = self._bound.get(id(value))
        if name is None:
            name = self._bound[id(value)] = f"k{len(self._bound)}"
            self._names[name] = value  # which also keeps the object, so that no other gets its id
        return name

    def bind_cell(self, cell: list[Value]) -> str:
        """Return the name of the cell of a `$var`."""
        name = self.bind(cell)
        if name not in self._often:
            self._often.append(name)
        return name

    def constant(self, value: int | str | None) -> str:
        """Return the expression of a constant value: an integer and NULL as such, a text by a name."""
        return repr(value) if value is None or type(value) is int else self.bind(value)

    def fresh(self, letter: str) -> str:
        """Return the name of a new local variable."""
        self._numbers += 1
        return f"{letter}{self._numbers}"

    def avps(self) -> str:
        """Return the name of the AVPs of the run."""
        self._uses_avps = True
        return "avps"

    def finish(self) -> Step:
        """Make the function; it is compiled when it is first called."""
        often = ["type", "int", *self._often][:_MOST_LOCALS] if self.has_loops else []
        head = f"def body({', '.join(['run', *[f'{name}={name}' for name in often]])}):"
        first = [" state = run.state"] if self.has_loops else []
        first += [" avps = run.avps"] if self._uses_avps else []
        names = self._names
        body = FunctionType(_code_of(_FIRST_CALL), names)
        lines = [head, *first, *filter(None, self._lines), " return 0"]
        names["load"] = _FirstCall(weakref.ref(body), "\n".join(lines), tuple([names[name] for name in often]))
        return body

    def __enter__(self) -> Self:
        self._starts.append(len(self._lines))
        self._level += 1
        return self

    def __exit__(self, *_unused: object) -> None:
        if not any(self._lines[self._starts.pop() :]):
            self.line("pass")
        self._level -= 1


def source_of(body: FunctionType) -> str | None:
    """Return the source of a function that was not called yet; None when it was, or is none of those made here."""
    first = body.__globals__.get("load")
    return first.source if isinstance(first, _FirstCall) else None


class _FirstCall:
    """What stands in a function until it is first called. It holds the function weakly: a cycle would keep both."""

    def __init__(self, body: "weakref.ref[FunctionType]", source: str, defaults: tuple[object, ...]) -> None:
        self._body = body
        self.source = source
        self._defaults = defaults

    def __call__(self, run: ScriptRun) -> int:
        body = self._body()
        assert body is not None  # it is being called
        body.__code__ = _code_of(self.source)
        body.__defaults__ = self._defaults
        body.__globals__.pop("load", None)
        signal: int = body(run)
        return signal


def _code_of(source: str) -> CodeType:
    """Compile the source of one function."""
    module = compile(source, "<routing script>", "exec", dont_inherit=True)
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))
