"""An input that never shows a control sequence, whatever is pasted into it."""

from rich.cells import cell_len
from rich.segment import Segment
from textual.events import Key
from textual.geometry import Size
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widgets import Input

from evtui.codecs.display_text import typed_safe


class SafeInput(Input):
    """An input in which typed and pasted text is made visible first. Code that sets `value` has to do the same."""

    virtual_size = Reactive(Size(0, 0))
    """The size of its text. Without `layout`, as Textual has it: the place of an input never depends on its text, and
    laying out a form of 60 rows at each key takes 0.1 s."""

    def replace(self, text: str, start: int, end: int) -> None:
        """Replace a part of the text."""
        super().replace(typed_safe(text), start, end)

    def render_line(self, y: int) -> Strip:
        """Paint the field; a placeholder, or a text without the cursor, has a sign where it is cut."""
        line, width = super().render_line(y), self.size.width
        if cell_len(self.value or str(self.placeholder)) <= width or width < 2 or (self.value and self.has_focus):
            return line
        sign, start = Segment("…", list(line)[-1].style), int(self.scroll_offset.x) if self.value else 0
        if cell_len(self.value or str(self.placeholder)) - start > width:
            line = Strip([*line.crop(0, width - 1), sign])
        return Strip([sign, *line.crop(1, width)]) if start else line

    def on_key(self, event: Key) -> None:
        """Edit at once, in the order of the keys.

        A binding would run only after its key went up through all parents: letters typed after a backspace would be
        inserted before it deletes.
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
