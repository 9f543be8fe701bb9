"""A list that follows its end until someone looks back: what the stream and the script's log have in common."""

from typing import Protocol

from evtui.ui.stream.stream_view import Mode
from evtui.ui.text.cells import Lines
from evtui.ui.text.figures import count
from evtui.ui.widgets.line_list import LineList


class Following(Protocol):
    """A view that runs on or stands still."""

    mode: Mode
    new: int

    def follow(self) -> None:
        """Let it run again, at its end."""
        ...

    def freeze(self, mode: Mode) -> None:
        """Let it stand still."""
        ...


class FollowingList(LineList):
    """Moving up holds it still; its last line, or `G`, lets it follow again."""

    def __init__(self, view: Following, lines: Lines, *, id: str) -> None:  # noqa: A002 - Textual's own name
        self._followed = view
        self._flowing = False
        super().__init__(lines, id=id)

    def on_mount(self) -> None:
        """Show the titles."""
        super().on_mount()
        self.show_titles()

    def on_resize(self) -> None:
        """Measure again; while it follows, show its end, which another size may have moved out of sight."""
        super().on_resize()
        self.flow_on()

    def show_titles(self) -> None:
        """Show the pane's name, and whether it follows."""

    def mode_note(self) -> str | tuple[str, str]:
        """Say whether it follows, with a colour where it does not."""
        new = count(self._followed.new)
        match self._followed.mode:
            case "follow":
                return "following"
            case "held":
                return (f"+{new} new, G follows" if self._followed.new else "held, G follows"), "$warning"
            case "paused":
                return f"paused +{new}, space goes on", "$warning"

    def flow_on(self) -> None:
        """Go to the end, as long as it follows."""
        if self._followed.mode != "follow":
            return
        self._flowing = True
        try:
            self._measure()
            self._painted_cursor_moves()
        finally:
            self._flowing = False

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._followed.follow()
        self.redraw()
        self.show_titles()
        self.flow_on()

    def pause(self) -> None:
        """Stand still, or run again."""
        if self._followed.mode == "paused":
            self.follow()
        else:
            self._followed.freeze("paused")
            self.show_titles()

    def touched(self) -> None:
        """Hold still: a person looks at a line."""
        if self._followed.mode == "follow":
            self._followed.freeze("held")
            self.show_titles()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Hold still when a person scrolls up by wheel or bar."""
        super().watch_scroll_y(old_value, new_value)
        if not self._flowing and new_value < old_value and new_value < self.max_scroll_y:
            self.touched()

    def action_row_down(self) -> None:
        """One line down; from the last line on, follow."""
        if self._followed.mode == "held" and self.cursor >= len(self.lines) - 1:
            self.follow()
        else:
            super().action_row_down()

    def action_row_bottom(self) -> None:
        """To the end, and stay there."""
        self.follow()

    def _painted_cursor_moves(self) -> None:
        last = len(self.lines) - 1
        if last < 0:
            self.redraw()
            return
        moved = self.lines.key(last) != self.key
        self.move_to(last, scroll=False)
        self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)
        if moved:
            self.refresh()
