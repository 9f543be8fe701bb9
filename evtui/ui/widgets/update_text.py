"""How a line of a form changes: only when it reads differently, for each update lays the whole screen out anew."""

from textual.content import Content
from textual.widgets import Static


def say(line: Static, what: Content) -> None:
    """Show a text; the same one costs nothing."""
    shown = line.content
    # `==` of two contents is blind to their colours.
    if not (isinstance(shown, Content) and shown.is_same(what)):
        line.update(what)
