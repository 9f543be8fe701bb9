"""A reload of the script that somebody asked for, by key or by signal, and what is said of it."""

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.core.script_port import ScriptView
from evtui.ui.messages import Told

_LINES = 6
"""Lines of an error that a toast shows."""


async def reload(view: ScriptView) -> Told:
    """Read the script again, and say that it was, or why what runs stays."""
    try:
        trouble = await view.reload()
    except EvtuiError as error:
        trouble = str(error)
    if trouble is None:
        return Told("Reloaded.")
    lines = [display_safe(line, 300) for line in trouble.splitlines()[:_LINES]]
    return Told("\n".join(["Not reloaded:", *lines]), bad=True)
