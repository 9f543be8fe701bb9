"""Where the focus is now. `Widget.has_focus` changes only when the widget has handled its Focus event."""

from textual.widget import Widget


def holds_focus(widget: Widget) -> bool:
    """Say whether the focus of the screen is in a widget."""
    focused = widget.screen.focused
    return focused is not None and widget in focused.ancestors_with_self
