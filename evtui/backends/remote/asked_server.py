"""A server of which single questions are asked."""

from msgspec import Struct

from evtui.backends.remote.exchange.waits import Waits
from evtui.backends.remote.mi_client import MiClient
from evtui.backends.remote.remote_requests import RemoteRequests


class AskedServer(Struct, frozen=True):
    """Its client for single requests, what is asked by several of them, and how this process waits for it."""

    client: MiClient
    backend: RemoteRequests
    waits: Waits
