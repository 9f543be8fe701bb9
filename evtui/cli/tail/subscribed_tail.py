"""`evtui tail` by a subscription: a socket of its own, subscribed at one server and unsubscribed at the end."""

from collections.abc import Sequence
from typing import Final

from anyio.abc import TaskGroup
from msgspec import Struct

from evtui.backends.remote.feed import Feed, Received
from evtui.backends.remote.feed_socket import FeedSocket
from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.cli.tail.tail_filter import TailFilter
from evtui.cli.tail.tail_output import TailLines
from evtui.cli.tail.tail_past import check_remembers, show_past
from evtui.codecs.jsonvalue import Json
from evtui.core.errors import UnsupportedError
from evtui.core.values import Params

EXPIRE: Final = 60
"""Seconds for which a socket is subscribed, unless others are given."""


class TailOptions(Struct, frozen=True):
    """What `tail` is asked for."""

    events: tuple[str, ...]
    seconds: int | None = None
    """How far back to begin; None for now."""
    socket: str | None = None
    expire: int | None = None

    @property
    def subscribes(self) -> bool:
        """Say whether a socket is to be subscribed, also at an evtui."""
        return self.socket is not None or self.expire is not None

    @property
    def shown_events(self) -> str:
        """Name the events."""
        return ", ".join(self.events) or "all events"


class SubscribedTail:
    """Prints the notifications of a server; what arrives while the past is printed is printed after it."""

    def __init__(self, asked: TailOptions, shown: TailFilter, lines: TailLines, name: str = "") -> None:
        """`name` is that of the server among several."""
        self._asked = asked
        self._shown = shown
        self._lines = lines
        self._name = name
        self._before = f"{name}: " if name else ""
        self._socket = ""
        self._held: list[Received] | None = None if asked.seconds is None else []
        self._feed: Feed | None = None
        self._is_shared = False
        """Whether its socket is that of other servers too: what arrives there does not say from which it came."""

    async def begin(self, server: AttachedServer, tasks: TaskGroup, shared: FeedSocket | None = None) -> None:
        """Subscribe, then print in the task group; `shared` is a socket at which others receive too.

        raises UnsupportedError: the past is wanted, which the server does not keep. BackendError, RequestError: it
        could not be subscribed.
        """
        asked = self._asked
        self._is_shared = shared is not None
        has_past = await self._remembers(server)
        own = shared or asked.socket
        feed = server.feed(asked.events, self._receive, expire=asked.expire or EXPIRE, own=own)
        self._feed = feed
        await tasks.start(feed.run)
        self._socket = feed.socket
        output.message(f"{self._before}{asked.shown_events} of {server.client.address} on {feed.socket}")
        if feed.left_out:
            names = ", ".join(feed.left_out)
            steps = "raised at each step of the server's script: name them to see them"
            output.message(f"{self._before}without {names}, {steps}")
        await self._show_past(server, asked.seconds if has_past else None, feed.left_out)

    def tell_lost(self) -> None:
        """Tell what was lost, when something was."""
        feed = self._feed
        if feed is not None and (feed.lost or feed.malformed):
            output.message(f"{self._before}lost {feed.lost:,} datagrams, {feed.malformed:,} were not notifications")

    def _receive(self, received: Received) -> None:
        if self._held is not None:
            self._held.append(received)
            return
        self._write(
            received.at, received.event, received.params, ("source", received.source or None),
            ("bytes", len(received.payload)),
        )  # fmt: skip

    async def _remembers(self, server: AttachedServer) -> bool:
        """Say whether the past is wanted and kept. raises UnsupportedError: it is not kept by the only server."""
        if self._asked.seconds is None:
            return False
        try:
            await check_remembers(server)
        except UnsupportedError as error:
            if not self._name:
                raise
            output.message(f"{self._before}{error}")
            return False
        return True

    async def _show_past(self, server: AttachedServer, seconds: int | None, left_out: Sequence[str]) -> None:
        """Print what the server remembers, then what arrived meanwhile."""
        if seconds is not None:
            await show_past(server, seconds, self._socket, self._asked.events, left_out, self._show_raise)
        waiting, self._held = self._held, None
        for received in waiting or ():
            self._receive(received)

    def _show_raise(self, at: float, event: str, params: Params) -> None:
        self._write(at, event, params, ("source", None), ("bytes", None))

    def _write(self, at: float, event: str, params: Params, *rest: tuple[str, Json]) -> None:
        server = "" if self._is_shared else self._name
        if self._shown.shows(at, event, params, self._socket, server):
            where = (("server", server or None),) if self._name else ()
            self._lines.write(at, event, params, *rest, *where, server=server)
