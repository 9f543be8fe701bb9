"""An input that shows nothing a terminal would obey, whatever is pasted into it."""

from textual.events import Key
from textual.widgets import Input

from evtui.codecs.display_text import display_safe


class SafeInput(Input):
    """An input; what is typed or pasted is made visible first. Whoever sets `value` sets it safe."""

    def replace(self, text: str, start: int, end: int) -> None:
        """Put text in the place of other text."""
        super().replace(display_safe(text, len(text) + 1), start, end)

    def on_key(self, event: Key) -> None:
        """Edit at once, as letters do.

        A binding runs after its key went up through all parents; letters typed behind a backspace would overtake it.
        """
        match event.key:
            case "backspace":
                self.action_delete_left()
            case "delete":
                self.action_delete_right()
            case "left":
                self.action_cursor_left()
            case "right":
                self.action_cursor_right()
            case "home":
                self.action_home()
            case "end":
                self.action_end()
            case _:
                return
        event.stop()
