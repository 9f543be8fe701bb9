r"""The line a flat file gets of a notification: the event's name and the values, a delimiter between them.

As event_flatstore writes it, with one difference: what a reader could take for a delimiter or for the end of the line
is escaped with a backslash, `\,` `\n` `\r` `\\`, as the text formats of PostgreSQL's COPY and of MySQL's LOAD DATA
have it. Names of parameters are not written; null is an empty field.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final

from msgspec import Struct

from evtui.core.errors import BadMessageError
from evtui.core.values import Params

_ESCAPES: Final = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_MEANINGS: Final = {"n": "\n", "r": "\r"}
_NOT_FIRST: Final = frozenset(_MEANINGS)
_NOWHERE: Final = frozenset(_ESCAPES)


class Layout(Struct, frozen=True, dict=True):
    """How lines are written. raises ValueError: such lines could not be read back."""

    delimiter: str = ","
    escape: str = ""
    """The text that replaces a delimiter in a value, as OpenSIPS's `escape_delimiter`. Such a value is not
    read back as it was. Empty: a backslash before the delimiter."""
    bare: bool = False
    """Whether the event's name is left out (`suppress_event_name`)."""

    def __post_init__(self) -> None:
        if not self.delimiter or _NOWHERE & set(self.delimiter) or self.delimiter[0] in _NOT_FIRST:
            raise ValueError(f"{self.delimiter!r} delimits nothing: no backslash, no line end, not n or r at its start")
        if self.escape and (_NOWHERE & set(self.escape) or self.delimiter in self.escape):
            raise ValueError(f"{self.escape!r} stands for no delimiter: it holds one, a backslash or a line end")

    @cached_property
    def table(self) -> dict[int, str]:
        """Return the escape of each character of a value that needs one."""
        first = self.delimiter[0]
        return str.maketrans({**_ESCAPES, first: f"\\{first}"})

    @property
    def options(self) -> dict[str, str]:
        """Return the options from which `family` makes the same layout, without those that are defaults."""
        delimiter = "" if self.delimiter == "," else self.delimiter
        return {"delimiter": delimiter, "escape": self.escape, "bare": "true" if self.bare else ""}


def family(options: Mapping[str, str]) -> Callable[[str, Params], bytes]:
    """Make the encoder of a codec's options: `delimiter`, `escape`, `bare`."""
    layout = Layout(options.get("delimiter", ","), options.get("escape", ""), bare=options.get("bare") == "true")
    return lambda event, params: encode(event, params, layout)


def encode(event: str, params: Params, layout: Layout) -> bytes:
    """Write one line, its newline included; without a name and without values it is empty."""
    fields = [] if layout.bare else [event]
    fields += ["" if value is None else str(value) for value in params.values]
    if layout.escape:
        fields = [field.replace(layout.delimiter, layout.escape) for field in fields]
    line = layout.delimiter.join([field.translate(layout.table) for field in fields])
    return f"{line}\n".encode("utf-8", "surrogateescape")


def decode(raw: bytes, layout: Layout) -> tuple[str, ...]:
    """Read one line back: its fields as text, the event's name first when the layout writes it.

    raises BadMessageError: it is not a single whole line, or not of this layout.
    """
    text = raw.decode("utf-8", "surrogateescape")
    if not text.endswith("\n") or text.count("\n") > 1:
        raise BadMessageError("a line ends in one newline and holds no other")
    fields, place = [""], 0
    while place < len(text) - 1:
        field, place = _take(text, place, layout.delimiter)
        fields[-1] = field
        if place < len(text) - 1:
            fields.append("")
            place += len(layout.delimiter)
    return tuple(fields)


def _take(text: str, place: int, delimiter: str) -> tuple[str, int]:
    """Return the field that starts at a place, and the place of the delimiter or newline after it."""
    signs: list[str] = []
    while (sign := text[place]) != "\n" and sign != delimiter[0]:
        place += 1
        if sign == "\\":
            sign = _MEANINGS.get(text[place], text[place])
            place += 1
            if place >= len(text):
                raise BadMessageError("the line ends in a backslash")
        signs.append(sign)
    if sign != "\n" and not text.startswith(delimiter, place):
        raise BadMessageError(f"{sign!r} at {place + 1} is neither escaped nor the delimiter {delimiter!r}")
    return "".join(signs), place
