"""One line of a detail: a label and a text."""

from evtui.codecs.display_text import display_safe
from evtui.ui.text.cells import Cells, Role

_LABEL = 12


def fact(label: str, text: str, role: Role = "text") -> Cells:
    """Write a label and a text as one line."""
    return [("dim", label.ljust(_LABEL)), (role, display_safe(text))]
