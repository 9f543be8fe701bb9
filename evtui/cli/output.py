"""What is printed: data on standard output, talk on standard error; text from outside is made safe to show."""

import os
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime

import typer

from evtui.codecs.jsonvalue import Json, Members, dump_bytes, dumps
from evtui.codecs.sanitise import display_safe


def data(text: str) -> None:
    """Print a line of data at once; bytes that are not UTF-8 go out as they came in."""
    sys.stdout.buffer.write((text + "\n").encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def json_line(value: Json) -> None:
    """Print a value as one line of JSON."""
    data(dump_bytes(value).decode("utf-8"))


def pretty(value: Json, indent: str = "") -> str:
    """Write JSON for a person: indented, made safe to show."""
    deeper = indent + "  "
    match value:
        case Members() if value:
            inner = [f"{deeper}{display_safe(dumps(name))}: {pretty(item, deeper)}" for name, item in value]
            return "{\n" + ",\n".join(inner) + f"\n{indent}}}"
        case list() if value:
            return "[\n" + ",\n".join(deeper + pretty(item, deeper) for item in value) + f"\n{indent}]"
        case _:
            return display_safe(dumps(value))


def talk(text: str) -> None:
    """Print a line for a person on standard error."""
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
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S.%f")[:-3]


def duration(seconds: float) -> str:
    """Show seconds as `59:12`, or `1:00:00` from an hour on."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def quiet_pipe() -> Generator[None]:
    """End quietly when nobody reads our standard output any more (`| head`)."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at exit: give it somewhere to write.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
