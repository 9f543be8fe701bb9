"""A picture of the console as an SVG file, which a browser shows and text can be copied from."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from anyio import to_thread
from textual.app import App

from evtui.codecs.display_text import display_safe
from evtui.ui.forms.export.saved_copy import save_new
from evtui.ui.messages import Notice
from evtui.ui.text.path_text import path_text

_REMOTE_FONT: Final = re.compile(r',\s*url\("https://[^"]*"\) format\("[^"]*"\)')
"""Where the picture would get a font that the reader has not: a private picture must ask no server."""


def screen_svg(app: App[int]) -> str:
    """Draw what is on the screen now, and nothing else, as SVG that loads nothing."""
    return _REMOTE_FONT.sub("", app.export_screenshot(title="evtui"))


async def save_screenshot(directory: Path, svg: str, now: float) -> Notice:
    """Write a picture to a new file that only its owner can read, named by the time `now` in wall seconds.

    Returns the notice that tells where it is, or why it was not written.
    """
    name = f"evtui-{datetime.fromtimestamp(now, UTC).astimezone():%Y%m%d-%H%M%S}"
    try:
        path = await to_thread.run_sync(save_new, directory, name, ".svg", [svg])
    except OSError as error:
        return Notice(f"Not saved: {error.strerror} ({display_safe(str(directory), 200)})", bad=True)
    return Notice(f"Screenshot saved to {path_text(path)}")
