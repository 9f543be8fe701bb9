"""The line at the bottom of a dialog that tells for a moment what was done, as the hint line of a screen does."""

from typing import Any

from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from evtui.ui.text.figures import cut_middle

TOLD_SECONDS = 6.0
"""How long it is told what was done."""


class ToldLine(Static):
    """Below the dialog, over all its width; it leaves the screen by itself."""

    _timer: Timer | None = None

    def __init__(self, text: str) -> None:
        super().__init__("", id="told")
        self._text = text

    def on_mount(self) -> None:
        """Tell it."""
        self.tell(self._text)

    def on_resize(self) -> None:
        """Cut the text to the new width."""
        self.update(Content(cut_middle(self._text, max(1, self.screen.size.width - 2))))

    def tell(self, text: str) -> None:
        """Tell another text, for a moment from now on."""
        self._text = text
        self.on_resize()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(TOLD_SECONDS, self.remove)


def tell_in_dialog(screen: Screen[Any], text: str) -> None:
    """Tell a text at the bottom of a screen that has no line for it."""
    for line in screen.query(ToldLine):
        line.tell(text)
        return
    screen.mount(ToldLine(text))
