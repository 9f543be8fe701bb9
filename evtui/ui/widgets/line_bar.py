"""The scroll bar of a list, which is painted only when it looks different."""

from textual.geometry import Size
from textual.scroll_view import ScrollView

from evtui.ui.text.thumb import NO_THUMB, thumb


class LineBar:
    """Moves the vertical scroll bar of a view of lines."""

    def __init__(self, view: ScrollView) -> None:
        self._view = view

    def measure(self, size: Size) -> None:
        """Give the view the size of all its lines."""
        view = self._view
        if size == view.virtual_size:
            return
        before, room = view.virtual_size, view.scrollable_content_region.height
        if room < before.height < size.height and size.width == before.width:
            # Setting it lays the whole screen out again. Where there is a scroll bar, telling the bar is enough.
            view.set_reactive(ScrollView.virtual_size, size)  # pyright: ignore[reportArgumentType]
            view.call_later(self.move)  # when the view has gone on to its end, if it does
            view.refresh()
        else:
            view.virtual_size = size

    def move(self) -> None:
        """Move the bar to where the view is, if its thumb looks different there."""
        if self._view.show_vertical_scrollbar:
            bar = self._view.vertical_scrollbar
            height, window = bar.size.height, bar.window_size
            seen = thumb(height, bar.window_virtual_size, window, bar.position)
            if seen == NO_THUMB or seen != thumb(height, self._view.virtual_size.height, window, self._view.scroll_y):
                self.set()

    def set(self) -> None:
        """Move the bar to where the view is: in a bar of a new size even a small difference may be seen."""
        if self._view.show_vertical_scrollbar:
            bar = self._view.vertical_scrollbar
            bar.window_virtual_size, bar.position = self._view.virtual_size.height, self._view.scroll_y
