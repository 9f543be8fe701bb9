"""A server as a `Backend`: of an evtui its watch feed is followed, of another one the notifications.

What changes something, and single questions, go over the management interface. The feed begins with the first watch,
so that a command that asks one question opens none.
"""

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
from anyio.abc import TaskGroup
from msgspec.structs import replace

from evtui.backends.remote.backend import RemoteBackend, open_remote
from evtui.backends.remote.mi_address import FifoAddress, HttpAddress, UnixAddress
from evtui.backends.remote.mi_client import MiClient
from evtui.backends.remote.reply_members import member_int, member_text
from evtui.backends.remote.subscription_requests import is_evtui
from evtui.backends.seen.followed_watch import FollowedWatch
from evtui.codecs.jsonvalue import Members
from evtui.core.clocks import Clocks
from evtui.core.delivery_report import DeliveryReport
from evtui.core.errors import BackendError, ServerError, UnknownEventError
from evtui.core.ports import EventState, Status, SubscriptionState, Watch
from evtui.core.records import Raised, SubscriberTest
from evtui.core.redact import redact_listed
from evtui.core.transport import TransportInfo
from evtui.core.values import Params, Subscription
from evtui.engine.journal import WHOLE_JOURNAL, JournalBounds

if TYPE_CHECKING:
    from evtui.backends.watched.feed_follower import FeedFollower
    from evtui.backends.watched.feed_stream import FeedAddress

_CATCH_UP: Final = 2.0
"""Seconds in which a change that was made over the management interface shows in the feed."""

_READY: Final = 10.0
"""Seconds in which a feed tells how everything stands, before the server is watched by its notifications instead."""

_LOCAL: Final = ("127.0.0.1", "::1", "localhost")

_log = logging.getLogger(__name__)


class ServerBackend:
    """One server. `open_server` makes it."""

    def __init__(
        self, client: MiClient, remote: RemoteBackend, tasks: TaskGroup, clocks: Clocks, *, token: str | None,
        read_only: bool, back: int, bounds: JournalBounds = WHOLE_JOURNAL,
    ) -> None:  # fmt: skip
        self.wanted = ""
        """A filter: watches that name none are sent only the records that it shows."""
        self._bounds = bounds
        self._client = client
        self._remote = remote
        self._tasks = tasks
        self._clocks = clocks
        self._token = token
        self._read_only = read_only
        self._back = back
        self._follower: FeedFollower | None = None
        self._scope = anyio.CancelScope()
        self._watches = 0
        self._opening = anyio.Lock()
        self._schemes: tuple[TransportInfo, ...] | None = None

    @property
    def gaps(self) -> str:
        """Say what the lists asked for so far leave out, and why; empty when they were complete."""
        return "" if self._follower is not None else self._remote.gaps

    async def status(self) -> Status:
        """Describe the server; of one that is away, `detail` says why."""
        follower = self._follower
        if follower is None:
            return await self._remote.status()
        detail = follower.detail
        if self._schemes is None and not detail:
            self._schemes = (await self._remote.status()).transports or None
        read_only = self._read_only or follower.read_only
        return replace(
            follower.states.status(), source=str(self._client.address), connected=not detail, detail=detail,
            read_only=read_only, can_raise=not read_only, can_be_permanent=False, raises_as="evtui", tells_all=True,
            silence=follower.silence, transports=self._schemes or (),
            schemes=self._schemes or tuple(self._client.schemes),
        )  # fmt: skip

    async def events(self) -> Sequence[EventState]:
        """List the catalogue.

        raises BackendError.
        """
        return await self._remote.events() if self._follower is None else self._follower.states.events()

    async def subscriptions(self, event: str | None = None, socket: str | None = None) -> Sequence[SubscriptionState]:
        """List the subscriptions of one event or of all, of one socket or of all.

        raises UnknownEventError, BackendError.
        """
        follower = self._follower
        if follower is None:
            return await self._remote.subscriptions(event, socket)
        if event is not None and not follower.states.has_event(event):
            raise UnknownEventError(event)
        found = follower.states.subscriptions(event, follower.server_wall())
        wanted = None if socket is None else {socket, redact_listed(socket)}
        return found if wanted is None else [each for each in found if str(each.subscription.socket) in wanted]

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:
        """Subscribe, refresh or end (expire 0) a socket; permanent is not possible over MI.

        raises PermanentError, UnknownEventError, UnknownSchemeError, BadSocketError, BadExpireError, ReadOnlyError,
        BackendError.
        """
        made = await self._remote.subscribe(event, socket, expire)
        await self._catch_up()
        return made

    async def raise_event(self, event: str, params: Params) -> Raised | None:
        """Raise an event. The record is that of the feed, or None when it does not come in time.

        raises UnknownEventError, ReadOnlyError, BackendError.
        """
        follower = self._follower
        before = 0 if follower is None else follower.journal.written
        raised = await self._remote.raise_event(event, params)
        await self._catch_up()
        if follower is None:
            return raised
        records, _ = follower.journal.since(before)
        found = (each for each in records if isinstance(each, Raised) and each.event == event)
        return next((each for each in found if each.params == params), raised)

    async def test_subscriber(self, event: str, socket: str, params: Params) -> SubscriberTest:
        """Let the server send one notification to one subscriber alone.

        raises UnknownEventError, NoSubscriberError, BadSocketError, ReadOnlyError, UnsupportedError, BackendError.
        """
        tested = await self._remote.test_subscriber(event, socket, params)
        await self._catch_up()
        return tested

    async def report_delivery(self, event: str, socket: str = "") -> DeliveryReport:
        """Say why a socket got an event or did not.

        raises UnknownEventError, BackendError.
        """
        return await self._remote.report_delivery(event, socket)

    async def watch(self, events: Sequence[str] = (), back: int | None = None) -> Watch:
        """Follow the records, by the feed of the server or by the notifications of a subscription.

        `back` is how many records that are here a watch begins with that is not the first one.

        raises BackendError, RequestError.
        """
        return await self.watch_feed(events, back) or await self._remote.watch(events)

    async def watch_feed(
        self, events: Sequence[str] = (), back: int | None = None, *, wanted: str = ""
    ) -> FollowedWatch | None:
        """Follow the records by the feed of the server; None when it has none that can be reached from here.

        `back` replaces the number of older records that the first watch begins with; others begin with as many that are
        here, or with none. `wanted` is a filter: the server sends only the records that it shows, to this watch and to
        those that begin before this one has ended.
        raises BackendError.
        """
        async with self._opening:
            follower = self._follower or await self._open_feed(
                self._back if back is None else back, wanted or self.wanted
            )
        if follower is None:
            return None
        self._watches += 1
        # The first one begins with all that the feed has told.
        place = 0 if self._watches == 1 else None if back is None else follower.journal.place_of_last(back)
        return FollowedWatch(follower.journal, events, place, lost=lambda: follower.lost, end=self._end_watch)

    async def _end_watch(self) -> None:
        self._watches -= 1
        if not self._watches:
            self._scope.cancel()
            self._follower = None

    async def aclose(self) -> None:
        """End the feed."""
        self._scope.cancel()

    async def _open_feed(self, back: int, wanted: str) -> "FeedFollower | None":
        """Begin to follow the feed; returns None when the server has none that can be reached from here.

        raises BackendError: the server is away.
        """
        address = await self._find_feed()
        if address is None:
            return None
        from evtui.backends.watched.feed_follower import FeedFollower  # on first use: most commands watch nothing

        follower = FeedFollower(address, str(self._client.address), self._clocks, back, self._bounds, wanted=wanted)
        self._scope = anyio.CancelScope()
        self._tasks.start_soon(self._follow, follower, self._scope)
        with anyio.move_on_after(_READY):
            await follower.ready()
            self._follower = follower
            return follower
        self._scope.cancel()
        _log.warning("%s; the server is watched by its notifications", follower.detail)
        return None

    async def _follow(self, follower: "FeedFollower", scope: anyio.CancelScope) -> None:
        with scope:
            await follower.run()

    async def _find_feed(self) -> "FeedAddress | None":
        from evtui.backends.watched.feed_stream import HttpFeed, UnixFeed  # on first use, too

        if not await is_evtui(self._client):
            return None
        try:
            places = await self._client.call("watch_feed")
        except ServerError:
            return None  # an evtui without a feed
        if not isinstance(places, Members):
            return None
        address, unix, http = self._client.address, member_text(places, "unix"), member_text(places, "http")
        if isinstance(address, HttpAddress):
            return HttpFeed(replace(address, path=http), self._token) if http else None
        is_local = isinstance(address, UnixAddress | FifoAddress) or address.host in _LOCAL
        return UnixFeed(unix) if unix and is_local and await _is_ours(unix) else None

    async def _catch_up(self) -> None:
        """Wait until the feed tells what has happened until now."""
        if self._follower is None or self._follower.detail:
            return
        try:
            places = await self._client.call("watch_feed")
        except BackendError:
            return
        if isinstance(places, Members):
            await self._follower.reach(member_int(places, "place"), _CATCH_UP)


async def _is_ours(path: str) -> bool:
    """Say whether a path is a socket here: a server on another host may have named it."""
    return await anyio.to_thread.run_sync(Path(path).is_socket)


@asynccontextmanager
async def open_server(
    client: MiClient,
    clocks: Clocks,
    *,
    token: str | None = None,
    read_only: bool = False,
    back: int = 0,
    bounds: JournalBounds = WHOLE_JOURNAL,
    wanted: str = "",
) -> AsyncGenerator[ServerBackend]:
    """Attach to a server; `back` is how many records before now a watch of an evtui begins with.

    `wanted` is a filter: an evtui sends only the records that it shows.
    """
    async with (
        open_remote(client, clock=clocks.monotonic, wall=clocks.wall, read_only=read_only, bounds=bounds) as remote,
        anyio.create_task_group() as tasks,
    ):
        backend = ServerBackend(
            client, remote, tasks, clocks, token=token, read_only=read_only, back=back, bounds=bounds
        )
        backend.wanted = wanted
        try:
            yield backend
        finally:
            await backend.aclose()
            tasks.cancel_scope.cancel()
