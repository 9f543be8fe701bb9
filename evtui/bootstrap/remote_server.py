"""A server to which this process is attached over MI."""

from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from typing import TYPE_CHECKING

from evtui.backends.remote.asked_server import AskedServer
from evtui.backends.remote.mi_address import parse_mi_address
from evtui.backends.remote.mi_client import MiClient
from evtui.backends.remote.remote_requests import RemoteRequests
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.storage.runtime_dir import runtime_path

if TYPE_CHECKING:
    from evtui.backends.remote.exchange.waits import Waits
    from evtui.backends.remote.feed import Feed, OwnSocket, Receive
    from evtui.backends.watched.server_backend import ServerBackend
    from evtui.engine.journal import JournalBounds

TOKEN_VARIABLE = "EVTUI_MI_HTTP_TOKEN"  # noqa: S105 - the name of a variable, not a token


class AttachedServer:
    """A server: its client for single requests, and its backend."""

    def __init__(self, client: MiClient, backend: "ServerBackend") -> None:
        self.client = client
        self.backend = backend

    def feed(self, events: Sequence[str], receive: "Receive", *, expire: int, own: "OwnSocket" = None) -> "Feed":
        """Make a feed of some events; the caller runs it in a task group."""
        from evtui.backends.remote.feed import Feed  # imported here: most commands need none

        return Feed(self.client, events, receive, wall=REAL_CLOCKS.wall, expire=expire, own=own)


def default_address() -> str:
    """Return the address of the default datagram socket of an evtui on this host."""
    return f"unix:{runtime_path()}/mi.sock"


@contextmanager
def ask(address: str, environ: Mapping[str, str], waits: "Waits", *, suffix: str = "") -> Generator[AskedServer]:
    """Name a server for single questions; nothing is sent yet. raises BadSocketError: it is not an MI address."""
    token = _token(environ, suffix)
    with closing(MiClient(parse_mi_address(address), token=token, schemes=KNOWN_SCHEMES, waits=waits)) as client:
        yield AskedServer(client, RemoteRequests(client, clock=REAL_CLOCKS.monotonic, wall=REAL_CLOCKS.wall), waits)


@asynccontextmanager
async def attach(
    address: str, environ: Mapping[str, str], *, read_only: bool = False, back: int = 0, suffix: str = "",
    bounds: "JournalBounds | None" = None, wanted: str = "",
) -> AsyncGenerator[AttachedServer]:  # fmt: skip
    """Attach to a server; nothing is sent yet. A watch of an evtui begins with `back` older records that are `wanted`.

    A variable of the token whose name ends in `suffix` counts before the one without.
    raises BadSocketError: it is not an MI address.
    """
    # On first use: it loads an event loop, which what asks single questions does without.
    from evtui.backends.watched.server_backend import open_server
    from evtui.core.error_groups import unwrap_lone_error
    from evtui.engine.journal import WHOLE_JOURNAL

    token = _token(environ, suffix)
    client = MiClient(parse_mi_address(address), token=token, schemes=KNOWN_SCHEMES)
    with unwrap_lone_error():
        async with open_server(
            client, REAL_CLOCKS, token=token, read_only=read_only, back=back, bounds=bounds or WHOLE_JOURNAL,
            wanted=wanted,
        ) as backend:  # fmt: skip
            yield AttachedServer(client, backend)


def _token(environ: Mapping[str, str], suffix: str) -> str | None:
    return environ.get(TOKEN_VARIABLE + suffix) or environ.get(TOKEN_VARIABLE)
