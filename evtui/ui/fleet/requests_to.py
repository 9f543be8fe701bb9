"""The requests of the console to one server of a fleet, or to all that it shows."""

from evtui.core.fleet_port import ServerRequests
from evtui.core.ports import Backend
from evtui.ui.subscribers.remembering_backend import RememberingBackend


def requests_to(backend: Backend, server: str) -> ServerRequests:
    """Return the requests to a server by its name; with an empty one, to the backend as a whole."""
    return backend.at(server) if server and isinstance(backend, RememberingBackend) else backend
