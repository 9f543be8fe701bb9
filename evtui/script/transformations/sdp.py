"""`{sdp.…}`: lines and streams of a session description."""

from typing import Final

from evtui.script.runtime.script_values import ScriptFault, Value
from evtui.script.transformations.transformation import Transforms, number, parameter


def _lines(text: str) -> list[str]:
    return [line for line in text.replace("\r", "\n").split("\n") if line]


def _line(text: str, parameters: tuple[str, ...]) -> Value:
    """`{sdp.line,a,1}`: the second line that begins with `a=`, whole; without a number the first."""
    kind, index = parameter(parameters, 0).strip(), number(parameters, 1, "0")
    found = [line for line in _lines(text) if line.startswith(f"{kind}=")]
    if not -len(found) <= index < len(found):
        raise ScriptFault(f"sdp.line: no line {index} of kind {kind[:20]!r}")
    return found[index]


def _streams(text: str) -> tuple[list[str], list[list[str]]]:
    """Split a description into its session lines and its streams; each stream begins with its `m=` line."""
    session, streams = list[str](), list[list[str]]()
    for line in _lines(text):
        if line.startswith("m="):
            streams.append([line])
        else:
            (streams[-1] if streams else session).append(line)
    return session, streams


def _chosen(streams: list[list[str]], wanted: str) -> int:
    """Return the index of a stream that is given by its index or by a medium such as `audio`.

    raises ScriptFault: there is no such stream.
    """
    if wanted.lstrip("-").isascii() and wanted.lstrip("-").isdigit() and len(wanted) < 9:
        index = int(wanted)
        if -len(streams) <= index < len(streams):
            return index % len(streams)
    for index, stream in enumerate(streams):
        if stream[0].removeprefix("m=").partition(" ")[0].lower() == wanted.lower():
            return index
    raise ScriptFault(f"sdp: there is no stream {wanted[:20]!r} among the {len(streams)}")


def _stream(text: str, parameters: tuple[str, ...]) -> Value:
    _, streams = _streams(text)
    return _joined(streams[_chosen(streams, parameter(parameters, 0).strip())])


def _without_stream(text: str, parameters: tuple[str, ...]) -> Value:
    session, streams = _streams(text)
    del streams[_chosen(streams, parameter(parameters, 0).strip())]
    return _joined([*session, *(line for stream in streams for line in stream)])


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\r\n" for line in lines)


SDP: Final[Transforms] = {"line": _line, "stream": _stream, "stream-delete": _without_stream}
