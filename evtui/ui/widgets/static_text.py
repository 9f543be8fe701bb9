"""How the text of a `Static` is replaced: only by another, because each update lays the whole screen out."""

from textual.content import Content
from textual.widgets import Static


def update_static(line: Static, what: Content, *, same_size: bool = False) -> None:
    """Show a text; the text that is shown already costs nothing. With `same_size` the screen is not laid out anew."""
    shown = line.content
    # `==` of two contents does not compare their colours.
    if not (isinstance(shown, Content) and shown.is_same(what)):
        line.update(what, layout=not same_size)
