"""The lines of a recording, from any place on, with their numbers and offsets."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from msgspec import Struct

from evtui.backends.recording.recorded_bytes import RecordedBytes
from evtui.core.errors import BadMessageError, RecordingError

MAX_LINE: Final = 128 * 1024 * 1024
"""Bytes of the longest line: that of a raise with the largest request, several times written."""


class Damage(Struct, frozen=True):
    """Where a recording cannot be read any further, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line:,}: {self.reason}"


class DamagedError(BadMessageError):
    """A recording is damaged from a line on."""

    def __init__(self, damage: Damage) -> None:
        super().__init__(str(damage))
        self.damage = damage


class RecordedLine(NamedTuple):
    """A line: its number from 1, the offset of its first byte in the recording, its bytes."""

    number: int
    offset: int
    text: bytes


def read_lines(source: RecordedBytes, offset: int = 0, number: int = 1) -> Iterator[RecordedLine]:
    """Read on from the line with a number, which begins at an offset.

    raises DamagedError: a line is too long or cut off, or the file cannot be read.
    """
    parts: list[bytes] = []
    waiting = 0
    blocks = source.blocks(offset)
    while True:
        try:
            block = next(blocks, None)
        except RecordingError as error:
            raise DamagedError(Damage(number, error.why)) from error
        if block is None:
            break
        first, *others = block.split(b"\n")
        parts.append(first)
        waiting += len(first)
        for part in others:
            yield RecordedLine(number, offset, parts[0] if len(parts) == 1 else b"".join(parts))
            number, offset = number + 1, offset + waiting + 1
            parts, waiting = [part], len(part)
        if waiting > MAX_LINE:
            raise DamagedError(Damage(number, f"it is longer than {MAX_LINE:,} bytes"))
    if waiting:
        raise DamagedError(Damage(number, "it is cut off: the program was killed, or still writes it"))
