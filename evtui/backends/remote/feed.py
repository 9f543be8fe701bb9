"""A feed: a subscription that a viewer makes on a server over MI, to receive its notifications.

It is renewed at two thirds of its time, and at once when the server has restarted; at the end it is unsubscribed.
"""

import logging
import socket
from collections.abc import Callable, Sequence
from typing import TypeAlias, cast

import anyio
from anyio.abc import TaskStatus
from msgspec import Struct

from evtui.backends.remote.feed_socket import FeedSocket, dropped_by_kernel, open_feed_socket
from evtui.backends.remote.mi_client import MiClient
from evtui.backends.remote.reply_members import member_int, member_text
from evtui.backends.remote.subscription_requests import COSTLY_EVENTS, event_names, subscribe_all
from evtui.codecs import jsonrpc, text
from evtui.codecs.jsonvalue import Json, Members
from evtui.core.backoff import Backoff
from evtui.core.errors import BackendError, BadMessageError, RequestError, ServerError
from evtui.core.ports import Clock
from evtui.core.records import Restarted
from evtui.core.values import Params
from evtui.core.viewers.viewer_mark import VIEWER_EXPIRE
from evtui.core.wildcards import matches

_RETRY_FIRST, _RETRY_LONGEST = 1.0, 30.0
_CHECK_EVERY = 5.0
"""Seconds between two checks whether the server has restarted."""
_UNSUBSCRIBE_TIME = 2.0
"""Seconds that unsubscribing may take at the end."""
_MAX_DATAGRAM = 1 << 16
_MAX_AT_ONCE = 500
_MAX_BYTES_AT_ONCE = 1 << 18
"""Datagrams, and their bytes, taken before other tasks get their turn."""

_log = logging.getLogger(__name__)


class Received(Struct, frozen=True):
    """A notification as it arrived."""

    at: float
    """Wall seconds of its arrival."""
    source: str
    """The address it came from; empty when the sender has none."""
    event: str
    params: Params
    payload: bytes


OwnSocket: TypeAlias = str | FeedSocket | None
"""A socket to open, one that is open and shared with others, or None for one that the server reaches."""

Receive: TypeAlias = Callable[[Received], None]
"""Called with each notification; it must not block."""


class Feed:
    """Receives the notifications of events (names or wildcards; of all when empty) until `run` is cancelled.

    Datagrams that the kernel dropped are counted; datagrams that are not notifications are counted and skipped.
    """

    def __init__(
        self,
        client: MiClient,
        events: Sequence[str],
        receive: Receive,
        *,
        wall: Clock,
        expire: int = VIEWER_EXPIRE,
        own: OwnSocket = None,
        restarted: Callable[[Restarted], None] | None = None,
    ) -> None:
        """`restarted` is called when the server was started again and the feed is subscribed again."""
        self._client = client
        self._events = tuple(events) or ("*",)
        self._leave_out = "" if events else COSTLY_EVENTS
        self._receive = receive
        self._wall = wall
        self._expire = expire
        self._own = own
        self._restarted = restarted
        self._renew_now = anyio.Event()
        self._check_now = anyio.Event()
        self._whole_until = 0.0
        """Wall seconds until which no notification is missing: the server was the same, and had the subscription."""
        self._is_subscribed_anew = False
        """Whether it has subscribed since then, perhaps to a server that was started again."""
        self._hole_since: float | None = None
        """Wall seconds since which notifications may be missing, until it is subscribed again."""
        self.socket = ""
        """The socket as it was subscribed, once `run` has started."""
        self.lost = 0
        """Datagrams that the kernel dropped."""
        self.malformed = 0
        """Datagrams that were not a notification."""
        self.left_out: tuple[str, ...] = ()
        """Events of the server that were left out because they were not named: see `COSTLY_EVENTS`."""
        self.renewal_error: str | None = None
        """Why the last renewal failed; None when it went well."""

    def renew(self) -> None:
        """Subscribe again now, because the server may have lost the subscription."""
        self._renew_now.set()
        self._check_now.set()

    async def run(self, *, task_status: TaskStatus[str] = anyio.TASK_STATUS_IGNORED) -> None:
        """Subscribe, then receive and renew until cancelled; `task_status` gets the socket.

        raises BackendError, RequestError: the first subscription failed; later failures are retried.
        """
        given = self._own
        own = given.share() if isinstance(given, FeedSocket) else await open_feed_socket(given, self._client.address)
        self.socket = own.text
        subscribed: set[str] = set()
        try:
            server = await self._server()
            await self._subscribe_first(subscribed, is_away=server is None)
            self._whole_until = self._wall()
            task_status.started(own.text)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._receive_from, own.sock)
                tasks.start_soon(self._watch_for_restarts, server)
                await self._renew_for_ever(subscribed)
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(_UNSUBSCRIBE_TIME):
                await self._unsubscribe(subscribed)
            own.close()

    async def _subscribe(self, subscribed: set[str]) -> None:
        await subscribe_all(self._client, self._events, self.socket, self._expire, subscribed, self._leave_out)
        if self._leave_out and "*" not in subscribed:
            names = await event_names(self._client)
            self.left_out = tuple(name for name in names if matches(name, self._leave_out))

    async def _subscribe_first(self, subscribed: set[str], *, is_away: bool) -> None:
        try:
            await self._subscribe(subscribed)
        except BackendError:
            if is_away:  # it was not reached before either: it has subscribed nothing
                subscribed.clear()
            raise

    async def _unsubscribe(self, events: set[str]) -> None:
        for event in sorted(events):
            try:
                await self._client.call("event_subscribe", [event, self.socket, 0])
            except ServerError:
                pass  # the socket was not subscribed to this event
            except BackendError as error:
                _log.warning("%s may still get %s, for %d s at most: %s", self.socket, event, self._expire, error)
                return

    async def _renew_for_ever(self, subscribed: set[str]) -> None:
        pause = self._expire * 2 / 3
        backoff = Backoff(_RETRY_FIRST, _RETRY_LONGEST)
        while True:
            self._renew_now = anyio.Event()
            with anyio.move_on_after(pause):
                await self._renew_now.wait()
            try:
                await self._subscribe(subscribed)
            except (BackendError, RequestError) as error:
                pause = backoff.next_pause()
                self.renewal_error = str(error)
                _log.warning("the subscription could not be renewed, next attempt in %g s: %s", pause, error)
            else:
                pause, self.renewal_error = self._expire * 2 / 3, None
                backoff.reset()
                self._end_hole()

    async def _watch_for_restarts(self, server: tuple[str, int] | None) -> None:
        """Subscribe again soon after a restart of the server, which loses the subscription."""
        while True:
            self._check_now = anyio.Event()
            with anyio.move_on_after(_CHECK_EVERY):
                await self._check_now.wait()
            now = await self._server()
            if now is None:
                continue
            if now == server:
                self._whole_until, self._is_subscribed_anew = self._wall(), False
                continue
            was_known, server = server is not None, now
            if not was_known:
                continue
            if self._hole_since is None:
                self._hole_since = self._whole_until
            self._renew_now.set()

    def _end_hole(self) -> None:
        """Take note that the feed is subscribed, and tell of a restart before that."""
        self._is_subscribed_anew = True
        if self._hole_since is None:
            return
        now, since = self._wall(), self._hole_since
        self._hole_since, self._whole_until, self._is_subscribed_anew = None, now, False
        hole = max(0.0, now - since)
        _log.warning("the server was started again: events of up to %.1f s are missing", hole)
        if self._restarted is not None:
            self._restarted(Restarted(now, hole))

    async def _server(self) -> tuple[str, int] | None:
        """Return the start time and the process id, which differ after a restart; None when the server is away."""
        try:
            uptime, processes = await self._client.call("uptime"), await self._client.call("ps")
        except ServerError:
            return "", 0
        except BackendError:
            return None
        return member_text(uptime, "Up since") if isinstance(uptime, Members) else "", _first_pid(processes)

    async def _receive_from(self, sock: socket.socket) -> None:
        while True:
            await anyio.wait_readable(sock)
            size = 0
            for _ in range(_MAX_AT_ONCE):
                if size > _MAX_BYTES_AT_ONCE:
                    break
                try:
                    payload, source = sock.recvfrom(_MAX_DATAGRAM)
                except BlockingIOError:
                    break
                size += len(payload)
                self._take(payload, _shown(source))
            self._count_lost(dropped_by_kernel(sock))

    def _count_lost(self, lost: int) -> None:
        if lost > self.lost:
            _log.warning("%d notifications lost: they came faster than they were read", lost - self.lost)
            self.lost = lost

    def _take(self, payload: bytes, source: str) -> None:
        decode = jsonrpc.decode_notification if payload[:1] == b"{" else text.decode
        try:
            event, params = decode(payload)
        except BadMessageError as error:
            self.malformed += 1
            if self.malformed.bit_count() == 1:  # 1, 2, 4, 8 …: a sender of wrong datagrams must not fill the log
                _log.warning("%d bytes from %s are not a notification (%d so far): %s",
                             len(payload), source, self.malformed, error)  # fmt: skip
            return
        now = self._wall()
        if not self._is_subscribed_anew and self._hole_since is None:
            self._whole_until = now
        self._receive(Received(now, source, event, params, payload))


def _shown(source: object) -> str:
    if isinstance(source, tuple):
        host, port = cast("tuple[object, ...]", source)[:2]
        return f"udp:[{host}]:{port}" if ":" in str(host) else f"udp:{host}:{port}"
    return f"unix:{source}" if isinstance(source, str) and source else ""


def _first_pid(processes: Json) -> int:
    match dict(processes).get("Processes") if isinstance(processes, Members) else None:
        case [Members() as first, *_]:
            return member_int(first, "PID")
        case _:
            return 0
