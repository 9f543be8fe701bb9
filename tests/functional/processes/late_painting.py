"""Consoles under test paint what a test looks at.

A console in a test has no terminal: what it paints goes nowhere, and costs half of the processor time of its test. So
the first screen of each class and size in a file of tests is painted once when it comes, and each screen when
something reads what stands on it. What it keeps of its paintings is the same. Tests whose subject is the painting
itself use the fixture `all_paintings`.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from textual.screen import Screen

# Textual has no public way to leave a painting out.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false


class LatePainting:
    """Leaves out the paintings that go nowhere while `is_on`."""

    def __init__(self) -> None:
        self.is_on = True
        self._painted = set[tuple[object, ...]]()
        self._paint = Screen._compositor_refresh

    @contextmanager
    def installed(self) -> Generator["LatePainting"]:
        """Be asked at each painting of Textual."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Screen, "_compositor_refresh", lambda screen: self._refresh(screen))  # noqa: PLW0108 - bound to no screen
            yield self

    def _refresh(self, screen: Screen[Any]) -> None:
        app = screen.app
        file = os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[0]
        kind = (type(screen), app.size, file)
        if self.is_on and app.is_headless and screen is app.screen and kind in self._painted:
            screen._compositor._dirty_regions.clear()
            screen._dirty_widgets.clear()
            app._update_mouse_over(screen)
        else:
            self._painted.add(kind)
            self._paint(screen)
