"""An input that shows nothing a terminal would obey, whatever is pasted into it."""

from textual.widgets import Input

from evtui.codecs.sanitise import display_safe


class SafeInput(Input):
    """An input; what is typed or pasted is made visible first. Whoever sets `value` sets it safe."""

    def replace(self, text: str, start: int, end: int) -> None:
        """Put text in the place of other text."""
        super().replace(display_safe(text, len(text) + 1), start, end)
