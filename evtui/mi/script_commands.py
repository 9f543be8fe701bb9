"""The commands about the routing script."""

from typing import Final

from evtui.codecs.mi_json import Result
from evtui.mi.arguments import Arguments
from evtui.mi.desk import Desk
from evtui.mi.refusals import RefusedError

FAILED: Final = 500
_NONE: Final = "no script is loaded: start evtui with --script FILE"


async def reload_routes(desk: Desk, _arguments: Arguments) -> Result:
    """Read the script anew; when it is wrong the one that runs stays."""
    why = _NONE if desk.script is None else await desk.script.reload()
    if why is not None:
        raise RefusedError(FAILED, "reload failed", why)
    return "OK"


async def set_statistic(desk: Desk, arguments: Arguments) -> Result:
    """Let a statistic that scripts look at ($stat) have this value."""
    if desk.script is None:
        raise RefusedError(FAILED, "Server Error", _NONE)
    desk.script.give_statistic(arguments.text("statistic"), arguments.number("value"))
    return "OK"
