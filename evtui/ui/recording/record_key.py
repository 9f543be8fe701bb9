"""The key that begins a recording of what the console shows, and ends it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.core.ports import Clock
from evtui.core.recording_port import Recordings, RecordingState
from evtui.ui.messages import Notice
from evtui.ui.text.figures import count
from evtui.ui.text.path_text import path_text
from evtui.ui.widgets.one_line import LineWord


async def begin_or_end(recordings: Recordings | None, directory: Path | None, wall: Clock) -> Notice:
    """Begin to record into a new file in a directory, or end the recording that is being written."""
    if recordings is None or directory is None:
        return Notice("This is a recording already: it is only shown.", bad=True)
    try:
        if recordings.state is None:
            return _told_begin(await recordings.begin(str(_new_file(directory, wall()))))
        return _told_end(await recordings.end())
    except (EvtuiError, OSError) as error:
        return Notice(f"Not recorded: {display_safe(str(error), 300)}", bad=True)


def recording_words(state: RecordingState | None) -> Iterator[LineWord]:
    """Write for the status line that what happens is recorded, what the recording lacks, and why."""
    if state is None:
        return
    if state.trouble:
        yield LineWord([("bad", "● NOT RECORDED "), ("wait", display_safe(state.trouble, 40))], 1, "record")
    else:
        yield LineWord([("bad", "● REC "), ("text", count(state.records))], 2, "record")
    if state.lost:
        yield LineWord([("bad", f"not recorded {count(state.lost)}")], 1)


def _new_file(directory: Path, wall: float) -> Path:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory / f"recording-{datetime.fromtimestamp(wall).astimezone():%Y%m%d-%H%M%S}.jsonl.gz"


def _told_begin(state: RecordingState) -> Notice:
    return Notice(f"Recording to {path_text(state.path)}; the same key ends it.")


def _told_end(state: RecordingState | None) -> Notice:
    if state is None:
        return Notice("Nothing was being recorded.", bad=True)
    lost = f"; it lacks {state.lost:,}" if state.lost else ""
    text = f"{state.records:,} record{'s' * (state.records != 1)} saved to {path_text(state.path)}{lost}"
    return Notice(text, bad=bool(state.lost or state.trouble))
