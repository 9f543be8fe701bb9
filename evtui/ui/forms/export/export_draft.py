"""An export while it is being chosen: which rows, in which form, and the file. It knows no widget."""

import re
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from evtui.codecs.display_text import display_safe
from evtui.ui.forms.export.export_rows import ExportFormat
from evtui.ui.stream.stream_rows import StreamRow
from evtui.ui.stream.stream_view import StreamView
from evtui.ui.text.figures import count

FORMATS: Final[tuple[ExportFormat, ...]] = ("jsonl", "csv")

_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_.-]+")
"""What does not stand in the name of a file, which a shell and a web browser have to read, too."""

_MAX_TITLE: Final = 60


class RowChoice(Struct, frozen=True):
    """Rows that can be exported."""

    word: str
    """One word: `shown`, `marked`, `all`, `one`."""
    rows: Sequence[StreamRow]
    title: str = ""
    """What the name of the file says of them; empty when they are all."""

    def told(self) -> str:
        """Say how many rows they are, and which."""
        number = f"{count(len(self.rows))} row{'s' * (len(self.rows) != 1)}"
        match self.word:
            case "shown":
                return f"{number}, as filtered: {display_safe(self.title, 60)}"
            case "marked":
                return f"{number} that are marked"
            case "one":
                return f"{number}: the one under the cursor"
            case _:
                return f"{number}: all that the journal holds"


def row_choices(stream: StreamView, selected: StreamRow | None) -> tuple[RowChoice, ...]:
    """List the rows that can be exported, what is meant most first; as they are now: later ones are not added."""
    choices: list[RowChoice] = []
    if stream.filter:
        choices.append(RowChoice("shown", stream.view.copy(), str(stream.filter)))
    if len(stream.marks):
        choices.append(RowChoice("marked", stream.marked_rows(), "marked"))
    choices.append(RowChoice("all", stream.rows.copy()))
    if selected is not None:
        choices.append(RowChoice("one", (selected,), "selected"))
    return tuple(choices)


def proposed_name(choice: RowChoice, form: ExportFormat, now: float) -> str:
    """Name a file by the time, in wall seconds, and by what is in it."""
    time = datetime.fromtimestamp(now, UTC).astimezone().strftime("%Y%m%d-%H%M%S")
    title = _NOT_IN_NAMES.sub("-", choice.title).strip("-.")[:_MAX_TITLE]
    return "-".join(filter(None, ("evtui", time, title))) + f".{form}"


def with_format(path: str, form: ExportFormat) -> str:
    """Return a path with the suffix of a format in place of that of another one."""
    stem, dot, suffix = path.rpartition(".")
    return f"{stem}.{form}" if dot and suffix in FORMATS else path


class PathCheck(Struct, frozen=True):
    """What a path means."""

    path: Path
    wrong: str = ""
    """Why no file can be written there."""
    exists: bool = False
    """Whether there is a file that would be replaced."""


def check_path(text: str, own: Path, *, only_own: bool) -> PathCheck:
    """Find out what a path means; `own` is the directory of this program, which is made when it is missing.

    `only_own` allows no other directory: a read-only console may be shown to others, who must not write anywhere.
    """
    path = Path(text)
    try:
        path = path.expanduser()
        if wrong := next(_faults(text, path, own, only_own=only_own), ""):
            return PathCheck(path, wrong)
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return PathCheck(path)
    except (OSError, RuntimeError, ValueError) as error:  # no home of such a user, a loop of links, the character NUL
        return PathCheck(path, display_safe(getattr(error, "strerror", None) or str(error), 200))
    return (
        PathCheck(path, exists=True) if stat.S_ISREG(mode) else PathCheck(path, "there is something else of this name")
    )


def _faults(text: str, path: Path, own: Path, *, only_own: bool) -> Iterator[str]:
    if not text or text.endswith("/"):
        yield "the name of a file is missing"
    parent, own = path.parent.resolve(), own.resolve()
    if only_own and parent != own:
        yield f"read-only: files are written to {display_safe(str(own), 200)} only"
    if parent != own and not parent.is_dir():
        yield f"there is no directory {display_safe(str(parent), 200)}"
