"""A reload of the script, by a key or a signal, and the notice that tells its result."""

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.core.script_port import ScriptView
from evtui.ui.messages import Notice

_LINES = 6
"""Lines of an error that the notice shows."""


async def reload(view: ScriptView) -> Notice:
    """Read the script again; the notice tells that it was reloaded, or why the running one stays."""
    try:
        trouble = await view.reload()
    except EvtuiError as error:
        trouble = str(error)
    if trouble is None:
        return Notice("Reloaded.")
    lines = [display_safe(line, 300) for line in trouble.splitlines()[:_LINES]]
    return Notice("\n".join(["Not reloaded:", *lines]), bad=True)
