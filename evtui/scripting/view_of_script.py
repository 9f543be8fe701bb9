"""What front ends see of the script that runs."""

from typing import TYPE_CHECKING

from evtui.core.script_port import ScriptView

if TYPE_CHECKING:
    from evtui.scripting.script_runtime import ScriptRuntime


def script_view(script: "ScriptRuntime | None") -> ScriptView | None:
    """Return the script of an engine as a front end sees it."""
    if script is None:
        return None
    # On first use: without a script nothing of its language is loaded.
    from evtui.scripting.script_view import EngineScriptView

    return EngineScriptView(script)
