"""`evtui tail`: print notifications as they arrive."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from evtui.backends.amqp.address import is_amqp
from evtui.backends.kafka.kafka_address import is_kafka
from evtui.backends.remote.feed import Received
from evtui.backends.watched.feed_follower import ALL_RECORDS
from evtui.bootstrap.logs import warn_on_stderr
from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.cli.client_session import EXIT_USAGE, fail, is_fleet, run, usage
from evtui.cli.tail.tail_filter import TailFilter
from evtui.cli.tail.tail_output import TailLines, until_signal
from evtui.cli.tail.tail_past import check_remembers, read_since, show_past
from evtui.cli.tail.tail_records import follow_records
from evtui.codecs.jsonvalue import Json
from evtui.codecs.sockets import check_socket
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.core.errors import UnknownEventError
from evtui.core.values import Params, check_event_name, is_wildcard

EXPIRE: Final = 60
"""Seconds for which a socket is subscribed, unless others are given."""


def tail(
    events: Sequence[str], socket: str | None, expire: int | None, given: Sequence[str], *, wanted: str | None,
    since: str | None, lines: TailLines,
) -> None:  # fmt: skip
    """Print what is raised until a signal arrives, as far as the filter `wanted` shows it.

    An evtui tells it by its watch feed. At another server, or with a `socket` or an `expire`, it is subscribed, and
    unsubscribed at the end. `since` says how far back to begin, with what the server remembers.
    """
    if events and is_kafka(events[0]):
        given, events = events[:1], events[1:]
    if is_fleet(given):
        from evtui.cli.tail.tail_fleet import tail_fleet

        if socket is not None or expire is not None or since is not None:
            fail("--socket, --expire and --since are for one server", EXIT_USAGE)
        tail_fleet(given, events, TailFilter(wanted), lines)
        return
    mi = next(iter(given), None)
    broker = events[0] if events and is_amqp(events[0]) else mi
    if broker is not None and is_amqp(broker):
        from evtui.cli.tail.tail_amqp import tail_broker

        if since is not None:
            fail("--since is for servers reached over the management interface: a broker keeps no past", EXIT_USAGE)
        named = events[1:] if broker in events[:1] else events
        tail_broker(broker, named, socket, wanted=wanted, lines=lines)
        return
    for event in events:
        usage(partial(check_event_name, event))
    if socket is not None:
        usage(lambda: check_socket(socket, KNOWN_SCHEMES))
    work = _Tail(events, TailFilter(wanted), None if since is None else usage(lambda: read_since(since)), lines)
    warn_on_stderr()
    run(mi, partial(work.follow, socket=socket, expire=expire))


class _Tail:
    """Prints the notifications of a server; what arrives while the past is printed is printed after it."""

    def __init__(self, events: Sequence[str], shown: TailFilter, seconds: int | None, lines: TailLines) -> None:
        self._events = events
        self._shown = shown
        self._seconds = seconds
        self._lines = lines
        self._socket = ""
        self._held: list[Received] | None = None if seconds is None else []

    async def follow(self, server: AttachedServer, *, socket: str | None, expire: int | None) -> None:
        """Print until a signal arrives. raises UnsupportedError: the past is wanted, which the server does not keep."""
        if socket is None and expire is None and await self._follow_feed(server):
            return
        if self._seconds is not None:
            await check_remembers(server)
        feed = server.feed(self._events, self._receive, expire=expire or EXPIRE, own=socket)
        async with until_signal() as tasks:
            own = await tasks.start(feed.run)
            self._socket = feed.socket
            output.message(f"{', '.join(self._events) or 'all events'} of {server.client.address} on {own}")
            if feed.left_out:
                names = ", ".join(feed.left_out)
                output.message(f"without {names}, raised at each step of the server's script: name them to see them")
            await self._show_past(server, feed.left_out)
        if feed.lost or feed.malformed:
            output.message(f"lost {feed.lost:,} datagrams, {feed.malformed:,} were not notifications")

    async def _follow_feed(self, server: AttachedServer) -> bool:
        """Print what the watch feed tells until a signal arrives; returns whether the server has a feed."""
        back = 0 if self._seconds is None else ALL_RECORDS
        watch = await server.backend.watch_feed(self._events, back)
        if watch is None:
            return False
        known = {state.event.name for state in await server.backend.events()}
        for event in self._events:
            if not is_wildcard(event) and event not in known:
                raise UnknownEventError(event)
        output.message(f"{', '.join(self._events) or 'all events'} of {server.client.address}")
        await follow_records(watch, self._shown, self._lines, self._seconds)
        return True

    def _receive(self, received: Received) -> None:
        if self._held is not None:
            self._held.append(received)
            return
        self._write(
            received.at, received.event, received.params, ("source", received.source or None),
            ("bytes", len(received.payload)),
        )  # fmt: skip

    async def _show_past(self, server: AttachedServer, left_out: Sequence[str]) -> None:
        """Print what the server remembers, then what arrived meanwhile."""
        if self._seconds is not None:
            await show_past(server, self._seconds, self._socket, self._events, left_out, self._show_raise)
        waiting, self._held = self._held, None
        for received in waiting or ():
            self._receive(received)

    def _show_raise(self, at: float, event: str, params: Params) -> None:
        self._write(at, event, params, ("source", None), ("bytes", None))

    def _write(self, at: float, event: str, params: Params, *rest: tuple[str, Json]) -> None:
        if self._shown.shows(at, event, params, self._socket):
            self._lines.write(at, event, params, *rest)
