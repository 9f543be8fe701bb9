"""Attaching to a server over MI."""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

from evtui.backends.remote.backend import RemoteBackend, open_remote
from evtui.backends.remote.feed import Feed, Receive
from evtui.backends.remote.mi_address import parse_mi_address
from evtui.backends.remote.mi_client import MiClient
from evtui.bootstrap.paths import runtime_dir
from evtui.bootstrap.tasks import lone_error
from evtui.transports import INFOS

TOKEN_VARIABLE = "EVTUI_MI_HTTP_TOKEN"  # noqa: S105 - the name of a variable, not a token


class AttachedServer:
    """A server: its client for single calls, and its backend."""

    def __init__(self, client: MiClient, backend: RemoteBackend) -> None:
        self.client = client
        self.backend = backend

    def feed(self, events: Sequence[str], receive: Receive, *, expire: int, own: str | None = None) -> Feed:
        """Make a feed of some events; run it in a task group."""
        return Feed(self.client, events, receive, wall=time.time, expire=expire, own=own)


def default_address() -> str:
    """Name the datagram socket of the evtui that runs here."""
    return f"unix:{runtime_dir() / 'mi.sock'}"


@asynccontextmanager
async def attach(
    address: str, environ: Mapping[str, str], *, read_only: bool = False
) -> AsyncGenerator[AttachedServer]:
    """Attach to the server at an address; does not ask it anything yet.

    raises BadSocketError: the address is none.
    """
    client = MiClient(parse_mi_address(address), token=environ.get(TOKEN_VARIABLE), schemes=INFOS)
    with lone_error():
        async with open_remote(client, clock=time.monotonic, wall=time.time, read_only=read_only) as backend:
            yield AttachedServer(client, backend)
