"""Which keys the help begins with: those of a dialog, of the line that is typed into, or of the raise form."""

from typing import TYPE_CHECKING, Any

from evtui.ui.guide.help_groups import NO_FIRST_KEYS, FirstKeys
from evtui.ui.widgets.form_keys import PROMPT_KEYS, RAISE_KEYS
from evtui.ui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from evtui.ui.screens.pane_screen import PaneScreen
    from evtui.ui.state.dismissed_once import DismissedOnce


def first_keys(screen: "PaneScreen[Any]", dialog: "DismissedOnce[Any] | None") -> FirstKeys:
    """Return the keys of what has the focus, in front of the panes of a screen."""
    if dialog is not None:
        return FirstKeys(f"In this dialog: {dialog.SUBJECT}", dialog.HELP_KEYS)
    if any(isinstance(each, Prompt) for each in (screen.focused.ancestors if screen.focused else ())):
        return FirstKeys("In this line", PROMPT_KEYS)
    return FirstKeys("In the raise form", RAISE_KEYS) if screen.active == "raise" else NO_FIRST_KEYS
