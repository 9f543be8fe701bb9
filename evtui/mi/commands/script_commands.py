"""The commands about the routing script."""

from typing import Final

from evtui.mi.command_context import CommandContext
from evtui.mi.protocol.arguments import Arguments
from evtui.mi.protocol.results import Result
from evtui.mi.refusals import RefusedError

FAILED: Final = 500
_NO_SCRIPT: Final = "no script is loaded: start evtui with --script FILE"


async def reload_routes(context: CommandContext, _arguments: Arguments) -> Result:
    """Read the script again; when it is wrong, the one that runs stays."""
    why = _NO_SCRIPT if context.script is None else await context.script.reload()
    if why is not None:
        raise RefusedError(FAILED, "reload failed", why)
    return "OK"


async def set_statistic(context: CommandContext, arguments: Arguments) -> Result:
    """Set the value of a statistic that scripts read with $stat."""
    if context.script is None:
        raise RefusedError(FAILED, "Server Error", _NO_SCRIPT)
    context.script.give_statistic(arguments.text("statistic"), arguments.number("value"))
    return "OK"
