"""Painted lines that are freed as soon as they are painted over.

Textual remembers in each line (`Strip`) how it was divided, and in a line that is not divided a reference to itself.
Such a line stays until a garbage collection finds it: with 50 consoles some thousand a second.
"""

from collections.abc import Iterable, Sequence

from textual.strip import Strip

_divide = Strip.divide


def forget_whole_strips() -> None:
    """Let a line that is not divided remember nothing of that, in this process."""
    Strip.divide = _divide_parts  # type: ignore[method-assign, assignment]


def _divide_parts(strip: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    places = [*cuts]
    return [strip] if places == [strip.cell_length] else _divide(strip, places)
