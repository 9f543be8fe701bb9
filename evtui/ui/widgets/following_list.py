"""A list that follows its newest line until a person looks back, such as the stream and the script's log."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Protocol

from evtui.ui.actions import BY_ID, shown_keys
from evtui.ui.state.follow_mode import FollowMode
from evtui.ui.text.cells import PaneLines
from evtui.ui.text.figures import count
from evtui.ui.widgets.line_list import LineList


class FollowedView(Protocol):
    """A view that follows or stands still."""

    mode: FollowMode
    new: int

    def follow(self) -> None:
        """Let it follow again, from the newest line on."""
        ...

    def freeze(self, mode: FollowMode) -> None:
        """Let it stand still."""
        ...


class FollowingList(LineList):
    """Lines, newest last. Moving up holds the view still; going to the last line lets it follow again."""

    SEARCH_STEP: ClassVar[Literal[1, -1]] = -1

    def __init__(self, view: FollowedView, lines: PaneLines, *, id: str) -> None:  # noqa: A002 - Textual's own name
        self._followed = view
        self._is_scrolling_itself = False
        self._is_held_by_search = False
        self._follow_key, self._pause_key = "G", "space"
        super().__init__(lines, id=id)

    def on_mount(self) -> None:
        """Show the titles."""
        super().on_mount()
        self.show_titles()

    def on_resize(self) -> None:
        """Measure again; while the view follows, scroll to its end, which may not be visible at another size."""
        super().on_resize()
        self.follow_end()

    def name_keys(self, remapped: Mapping[str, str]) -> None:
        """Take the keys as they are bound, for the note that names them."""
        self._follow_key = ("the palette", *shown_keys(BY_ID["bottom"], remapped))[-1]
        self._pause_key = ("the palette", *shown_keys(BY_ID["pause"], remapped))[-1]
        self.show_titles()

    def show_titles(self) -> None:
        """Show the title of the pane, and whether the view follows."""

    def mode_note(self) -> str | tuple[str, str]:
        """Say whether the view follows, with a colour when it does not."""
        new = count(self._followed.new)
        match self._followed.mode:
            case "follow":
                return "following"
            case "held":
                how = f"+{new} new" if self._followed.new else "held"
                return f"{how}, {self._follow_key} follows", "$warning"
            case "paused":
                return f"paused +{new}, {self._pause_key} goes on", "$warning"

    def follow_end(self) -> None:
        """Go to the newest line, if the view follows."""
        if self._followed.mode != "follow":
            return
        self._is_scrolling_itself = True
        try:
            self._measure()
            self._move_to_end()
        finally:
            self._is_scrolling_itself = False

    def follow(self) -> None:
        """Go to the newest line and follow."""
        self._is_held_by_search = False
        self._followed.follow()
        self.redraw()
        self.show_titles()
        self.follow_end()

    def pause(self) -> None:
        """Let the view stand still, or follow again."""
        if self._followed.mode == "paused":
            self.follow()
        else:
            self._followed.freeze("paused")
            self.show_titles()

    @property
    def is_following(self) -> bool:
        """Say whether the list moves to each new line."""
        return self._followed.mode == "follow"

    def hold_still(self) -> None:
        """Hold the view still while it is searched."""
        if self._followed.mode == "follow":
            self.touched()
            self._is_held_by_search = True

    def let_go(self) -> None:
        """Follow again if only a search that found nothing held the view."""
        if self._is_held_by_search:
            self.follow()

    def touched(self) -> None:
        """Hold the view still: a person looks at a line."""
        self._is_held_by_search = False
        if self._followed.mode == "follow":
            self._followed.freeze("held")
            self.show_titles()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Hold the view still when a person scrolls up by the wheel or the scroll bar."""
        super().watch_scroll_y(old_value, new_value)
        if not self._is_scrolling_itself and new_value < old_value and new_value < self.max_scroll_y:
            self.touched()

    def action_row_down(self) -> None:
        """One line down; below the last line, follow."""
        if self._followed.mode == "held" and self.cursor >= len(self.lines) - 1:
            self.follow()
        else:
            super().action_row_down()

    def action_row_bottom(self) -> None:
        """To the newest line, and follow."""
        self.follow()

    def _move_to_end(self) -> None:
        last = len(self.lines) - 1
        if last < 0:
            self.redraw()
            return
        moved = self.lines.key(last) != self.key
        self.move_to(last, scroll=False)
        self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)
        if moved:
            self.refresh()
