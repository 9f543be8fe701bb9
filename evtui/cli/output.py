"""Print data on standard output and messages on standard error; text from outside is made safe to show."""

import os
import re
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from evtui.codecs.display_text import display_lines, display_safe
from evtui.core.errors import EvtuiError

if TYPE_CHECKING:
    from evtui.codecs.csv_text import Cell
    from evtui.codecs.jsonvalue import Json

_NOT_PRINTABLE_ASCII: Final = re.compile(r"[^ -~]")


class OutputError(EvtuiError):
    """Standard output cannot be written: the disk is full, or it is closed."""

    def __init__(self, why: str) -> None:
        super().__init__(f"standard output: {why}")


def data(text: str) -> None:
    """Print lines of text for people at once, made safe to show.

    raises OutputError. BrokenPipeError: no process reads it any more.
    """
    _write(display_lines(text, len(text)))


def json_line(value: "Json") -> None:
    """Print a value as one line of JSON. For a program its bytes are as they are; for a terminal they are escaped.

    raises as `data`.
    """
    from evtui.codecs.jsonvalue import dump_bytes  # imported here, as others below: `--version` needs none of them

    text = dump_bytes(value).decode("utf-8")
    _write(_escape_json(text) if _is_terminal() else text)


def csv_cells(cells: "Sequence[Cell]") -> None:
    """Print a line of CSV. For a program it ends in CRLF (RFC 4180); for a terminal control characters are escaped.

    raises as `data`.
    """
    from evtui.codecs.csv_text import csv_line

    text = csv_line(cells).removesuffix("\n")
    _write(display_safe(text.removesuffix("\r"), len(text) + 1) if _is_terminal() else text)


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()  # pyright: ignore[reportUnnecessaryComparison]


def _write(text: str) -> None:
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison] - None when the shell closed it
        raise OutputError("it is closed")
    try:
        sys.stdout.buffer.write((text + "\n").encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _drop_rest()
        raise OutputError(error.strerror or str(error)) from error


def _escape_json(text: str) -> str:
    """Write the characters that a terminal obeys, hides or reorders as `\\uXXXX`: the JSON means the same."""
    return _NOT_PRINTABLE_ASCII.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    import json

    # Combining marks are safe one by one; a run of them is what is not.
    is_safe = display_safe(match[0]) == match[0]
    return match[0] if is_safe else json.dumps(match[0])[1:-1]


def pretty(value: "Json", indent: str = "") -> str:
    """Write JSON for people: indented, and made safe to show."""
    from evtui.codecs.jsonvalue import Members, dumps

    deeper = indent + "  "
    match value:
        case Members() if value:
            inner = [f"{deeper}{display_safe(dumps(name))}: {pretty(item, deeper)}" for name, item in value]
            return "{\n" + ",\n".join(inner) + f"\n{indent}}}"
        case list() if value:
            return "[\n" + ",\n".join(deeper + pretty(item, deeper) for item in value) + f"\n{indent}]"
        case _:
            return display_safe(dumps(value))


def click_message(error: click.ClickException) -> None:
    """Print what click says of a wrong command line, which repeats it, on standard error."""
    import io

    written = io.StringIO()
    error.show(written)
    print(display_lines(written.getvalue().rstrip("\n")), file=sys.stderr, flush=True)


def message(text: str) -> None:
    """Print a line for the user on standard error."""
    print(display_safe(text), file=sys.stderr, flush=True)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Print aligned columns; those in `right` (places from 0) are numbers."""
    lines = [tuple(titles), *(tuple(map(display_safe, row)) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(titles))]
    for line in lines:
        cells = [
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        data("  ".join(cells).rstrip())


def clock_time(at: float) -> str:
    """Show wall seconds as local `HH:MM:SS.mmm`."""
    from datetime import datetime

    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S.%f")[:-3]


def duration(seconds: float) -> str:
    """Show seconds as `59:12`, or `1:00:00` from an hour on."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def quiet_pipe() -> Generator[None]:
    """End silently when no process reads standard output any more (`| head`); print why when it cannot be written."""
    try:
        yield
    except BrokenPipeError:
        _drop_rest()
        raise click.exceptions.Exit(0) from None
    except OutputError as error:
        message(f"evtui: {error}")
        raise click.exceptions.Exit(1) from None


def _drop_rest() -> None:
    """Send the rest of the output to /dev/null, because Python flushes it once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
