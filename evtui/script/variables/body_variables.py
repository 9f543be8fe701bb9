"""The variables of the message's body: `$rb`, `$cT`, `$sdp` and the lines of a session description."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evtui.script.runtime.body_parts import BodyPart, body_parts
from evtui.script.runtime.run_state import Reader, ScriptRun
from evtui.script.runtime.script_values import ScriptFault, Value
from evtui.script.syntax.expressions import Variable
from evtui.script.variables.compiler_port import Compiler, ReadFamily
from evtui.script.variables.variable_parts import compile_argument, compile_index, constant_argument, read_one_of

SDP_TYPE: Final = "application/sdp"
_STEP: Final = re.compile(r"((?:\\/|[^/\[\]])*)(?:\[(\d{1,6})\])?")
_VALUE: Final = len("m=")
_SEPARATOR: Final = re.compile(r"(?<!\\)/")


def parts_of(run: ScriptRun) -> Sequence[BodyPart]:
    """Return the parts of the message's body."""
    return body_parts(run.scope.headers.first("content-type"), run.message.body)


def sdp_of(run: ScriptRun) -> str | None:
    """Return the session description of the message; None when it has none."""
    return next((part.text for part in parts_of(run) if part.kind.lower() == SDP_TYPE), None)


def _read_body(variable: Variable, compiler: Compiler) -> Reader:
    """Compile `$rb`: the whole body, a part by its index, or a part of a type."""
    index, kind = compile_index(variable, compiler), constant_argument(variable)
    if kind is None and (index is None or index == "*"):
        return lambda run: run.message.body or None

    def texts(run: ScriptRun) -> list[str]:
        return [part.text for part in parts_of(run) if kind is None or part.kind.lower() == kind.lower()]

    return read_one_of(texts, index)


def _read_content_type(variable: Variable, compiler: Compiler) -> Reader:
    """Compile `$cT`: the header's value; with an index the type of a part, with `[*]` all of them."""
    index = compile_index(variable, compiler)
    if index is None:
        return lambda run: run.scope.headers.first("content-type")
    if index != "*":
        return read_one_of(lambda run: [part.kind for part in parts_of(run)], index)

    def read(run: ScriptRun) -> Value:
        whole = run.scope.headers.first("content-type")
        return ",".join([whole, *(part.kind for part in parts_of(run))]) if whole is not None else None

    return read


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a filter such as `m=audio[1]`: how a line or a word begins, and which of those it is."""

    prefix: str
    index: int

    def choose(self, found: Sequence[tuple[int, str]]) -> tuple[int, str] | None:
        """Return the line or the word that fits, with its place; None when there is none."""
        fitting = [(place, text) for place, text in found if text.startswith(self.prefix)]
        return fitting[self.index] if self.index < len(fitting) else None


def _steps(text: str) -> list[_Step]:
    """Split a filter at its `/`. raises ScriptFault: an index in it is not a number."""
    steps: list[_Step] = []
    for piece in _SEPARATOR.split(text.strip()):
        found = _STEP.fullmatch(piece)
        if found is None:
            raise ScriptFault(f"not a filter of lines: {text[:60]!r}")
        steps.append(_Step(found[1].replace("\\/", "/"), int(found[2] or 0)))
    return steps


def _lines(text: str) -> list[tuple[int, str]]:
    return list(enumerate(re.split(r"\r\n|\n|\r", text.rstrip("\r\n"))))


def _word(line: tuple[int, str], steps: Sequence[_Step]) -> str | None:
    """Return the line, or the word of it that the next step names."""
    if not steps:
        return line[1]
    words = list(enumerate(line[1][_VALUE:].split(" ")))
    chosen = steps[0].choose(words)
    return chosen[1] if chosen is not None else None


def _line_of(lines: Sequence[tuple[int, str]], steps: Sequence[_Step]) -> str | None:
    line = steps[0].choose(lines)
    return _word(line, steps[1:2]) if line is not None else None


def _session(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return lines[: next((place for place, line in lines if line.startswith("m=")), len(lines))]


def _stream(lines: list[tuple[int, str]], step: _Step) -> list[tuple[int, str]] | None:
    """Return the lines of a stream that is chosen by its medium and index."""
    starts = [(place, line) for place, line in lines if line.startswith("m=")]
    chosen = _Step(f"m={step.prefix}", step.index).choose(starts)
    if chosen is None:
        return None
    end = next((place for place, _ in starts if place > chosen[0]), len(lines))
    return lines[chosen[0] : end]


def _stream_line(lines: list[tuple[int, str]], steps: Sequence[_Step]) -> tuple[int, str] | None:
    stream = _stream(lines, steps[0])
    if stream is None:
        return None
    return steps[1].choose(stream) if len(steps) > 1 else stream[0]


def _in_stream(lines: list[tuple[int, str]], steps: Sequence[_Step]) -> Value:
    line = _stream_line(lines, steps)
    return _word(line, steps[2:3]) if line is not None else None


def _stream_place(lines: list[tuple[int, str]], steps: Sequence[_Step]) -> Value:
    line = _stream_line(lines, steps)
    return line[0] if line is not None else None


def _sdp_reader(find: Callable[[list[tuple[int, str]], Sequence[_Step]], Value]) -> ReadFamily:
    def build(variable: Variable, compiler: Compiler) -> Reader:
        filters = compile_argument(variable, compiler)

        def read(run: ScriptRun) -> Value:
            text = sdp_of(run)
            return find(_lines(text), _steps(filters(run))) if text is not None else None

        return read

    return build


BODY_FAMILIES: Final[Mapping[str, ReadFamily]] = {
    "rb": _read_body,
    "cT": _read_content_type,
    "sdp": lambda _variable, _compiler: sdp_of,
    "sdp.line": _sdp_reader(_line_of),
    "sdp.session": _sdp_reader(lambda lines, steps: _line_of(_session(lines), steps)),
    "sdp.stream": _sdp_reader(_in_stream),
    "sdp.stream.idx": _sdp_reader(_stream_place),
}
