"""A text that was copied, in a file of its own: a terminal does not say whether its clipboard took it."""

import os
from collections.abc import Iterable
from pathlib import Path

from anyio import to_thread

from evtui.codecs.display_text import display_safe
from evtui.ui.messages import Notice
from evtui.ui.text.path_text import path_text


async def save_copy(directory: Path, suffix: str, text: str) -> Notice:
    """Write a text that was copied to a new file whose name ends in `suffix`, and tell where, or why not."""
    try:
        path = await to_thread.run_sync(save_new, directory, "evtui-copied", suffix, [text])
    except OSError as error:
        return Notice(f"Not saved: {error.strerror} ({display_safe(str(directory), 200)})", bad=True)
    return Notice(f"Sent to the terminal's clipboard; saved to {path_text(path)}")


def save_new(directory: Path, stem: str, suffix: str, lines: Iterable[str]) -> Path:
    """Write lines to a new file that only its owner can read, and return its path.

    raises OSError: the file cannot be written.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for attempt in range(1000):
        path = directory / (f"{stem}{suffix}" if not attempt else f"{stem}-{attempt}{suffix}")
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        return path
    raise FileExistsError(f"{directory / stem}{suffix} and 999 more exist")
