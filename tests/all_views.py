"""Every screen, pane and dialog at three sizes, dark and light: `python -m tests.all_views` draws them into .views/.

The pictures are there to be looked at and are not kept: those that are compared are in the picture tests. Arguments
are names of views; without any, all are drawn.
"""

import sys
from typing import Final

from tests.functional.console.picture_files import write_png
from tests.functional.console.test_console_pictures import SIZES, drawn
from tests.functional.small_screens.views import VIEWS, made
from tests.paths import ROOT

FOLDER: Final = ROOT / ".views"
"""Git ignores it."""
THEMES: Final = {"dark": "evtui-dark", "light": "evtui-light"}


def draw(names: list[str]) -> None:
    """Draw the views of some names, or all. raises SystemExit: there is no such view."""
    if unknown := {*names} - {view.name for view in VIEWS}:
        sys.exit(f"no such view: {', '.join(sorted(unknown))}; there are {', '.join(view.name for view in VIEWS)}")
    FOLDER.mkdir(exist_ok=True)
    for view in VIEWS:
        if names and view.name not in names:
            continue
        for look, theme in THEMES.items():
            for width, height in SIZES:
                scene, story = made(view, theme)
                svg = drawn(scene, (width, height), view.keys, story)
                write_png(FOLDER / f"{view.name}-{width}x{height}-{look}.png", svg)


if __name__ == "__main__":
    draw(sys.argv[1:])
