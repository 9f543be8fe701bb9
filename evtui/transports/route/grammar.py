"""The grammar of the sockets of routes: `route:NAME` and `routing:EVENT`. The script says which names there are."""

from collections.abc import Mapping
from typing import Final, TypeVar

from evtui.core.errors import BadSocketError

_Destination = TypeVar("_Destination")

_WANTED: Final = {
    "route": "the script has no event_route of that name",
    "routing": "no script waits for it: wait_for_event and notify_on_event make such sockets",
}


def find_name(scheme: str, name: str, known: Mapping[str, _Destination]) -> _Destination:
    """Return what a name stands for: the whole text after the colon is the name.

    raises BadSocketError: no such name; the error lists those there are.
    """
    found = known.get(name)
    if found is None:
        why = _WANTED[scheme] + (f"; there are {', '.join(known)}" if known else "")
        raise BadSocketError(f"{scheme}:{name}", "name", why)
    return found
