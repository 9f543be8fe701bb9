"""How the sockets of a script's routes are described. They have no settings."""

from typing import Final

from evtui.core.transport import TransportInfo
from evtui.transports.common_settings import ScriptModule

INFOS: Final = (
    TransportInfo(
        "route",
        "route:NAME",
        "route:E_PIKE_BLOCKED",
        "an event_route of the script; made for each of them when the script is loaded",
        secret=False,
        opensips_expiry="added each time",
    ),
    TransportInfo(
        "routing",
        "routing:EVENT",
        "routing:E_PIKE_BLOCKED",
        "a script that waits: made by wait_for_event and notify_on_event, and only by them",
        secret=False,
        opensips_expiry="added each time",
    ),
)
MODULES: Final = (ScriptModule("event_route"), ScriptModule("event_routing"))
