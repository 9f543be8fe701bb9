"""The listeners of the management interface: where they listen, and one dispatcher behind all of them."""

import secrets
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from anyio.abc import TaskGroup
from msgspec import Struct

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.codecs.sockets import split_udp
from evtui.config.schema import Config, MiConfig
from evtui.config.value_syntax import http_path, is_loopback, parse_mode
from evtui.core.known_versions import VERSION
from evtui.core.viewers.session_state import SessionControl
from evtui.engine.engine import Engine
from evtui.mi.command_context import FeedPlaces, Rotate, ScriptControl
from evtui.mi.dispatch import Dispatcher, ReplyLimits
from evtui.mi.listener_statistics import ListenerStatistics
from evtui.mi.listeners.datagram import serve_datagram
from evtui.mi.listeners.fifo import serve_fifo
from evtui.mi.listeners.listen_error import ListenError
from evtui.mi.load_meter import LoadMeter
from evtui.mi.process_memory import ProcessMemory
from evtui.mi.this_process import about_this_process
from evtui.serve.service.metrics import Measured
from evtui.serve.watch.feed_places import FEED_PATH, feed_path
from evtui.storage.runtime_dir import open_runtime_dir

if TYPE_CHECKING:
    from evtui.mi.listeners.http_connection import HttpLimits
    from evtui.serve.watch.watch_feed import WatchFeed

_Start = Callable[[], Awaitable[Any]]


class ListenAddresses(Struct, frozen=True):
    """The places of the management interface."""

    fifo: str | None = None
    datagram: tuple[str, ...] = ()
    http: str | None = None
    watch: str | None = None
    """The path of the UNIX socket of the watch feed."""
    implied: bool = False
    """Whether they are defaults: then a console starts without them when another evtui listens there."""

    @classmethod
    def named(cls, config: Config) -> "ListenAddresses":
        """Take only the configured places."""
        mi = config.mi
        if not mi.listen:
            return cls()
        fifo = None if mi.fifo is None else str(Path(mi.fifo).absolute())
        return cls(fifo, mi.datagram, mi.http, feed_path(mi.watch, mi.datagram))

    def __bool__(self) -> bool:
        return self != ListenAddresses()

    @classmethod
    def chosen(cls, config: Config) -> "ListenAddresses":
        """Take the configured places, else mi.fifo and mi.sock in the runtime directory.

        raises RuntimeDirError.
        """
        named = cls.named(config)
        if named or not config.mi.listen:
            return named
        directory = open_runtime_dir()
        datagram = (f"unix:{directory / 'mi.sock'}",)
        return cls(str(directory / "mi.fifo"), datagram, None, feed_path(config.mi.watch, datagram), implied=True)


class OpenListeners(NamedTuple):
    """Where clients can send requests, and what the user must be told."""

    places: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    dispatcher: Dispatcher | None = None
    """What answers all requests; None when nothing listens."""


async def start_listeners(  # noqa: PLR0913 - each is a part of this process
    tasks: TaskGroup,
    engine: Engine,
    config: Config,
    addresses: ListenAddresses,
    *,
    lenient: bool = False,
    rotate: Rotate | None = None,
    script: ScriptControl | None = None,
    measured: Measured | None = None,
    sessions: SessionControl | None = None,
) -> OpenListeners:
    """Start to listen. When `lenient`, another evtui may listen at the default places: a notice says so then.

    `rotate` rotates a flat file, `script` is the script of this process, `measured` what is counted of it, `sessions`
    are those of viewers.
    raises ListenError: it cannot listen at a place.
    """
    if not addresses and config.web.listen is None:
        return OpenListeners()
    statistics = None if measured is None else measured.listeners
    dispatcher, feed = _front_end(tasks, engine, config, addresses, rotate, script, sessions, statistics)
    if measured is not None:
        measured.feed = feed.statistics
    places: list[str] = []
    try:
        for start in _starts(tasks, dispatcher, config, addresses, feed):
            places.append(await start())  # noqa: PERF401 - the places before a refused one are in use
    except ListenError as error:
        if not (lenient and addresses.implied):
            raise
        return OpenListeners(tuple(places), (_notice(error),), dispatcher)
    return OpenListeners(tuple(places), tuple(map(_open_notice, filter(_is_open, addresses.datagram))), dispatcher)


def _front_end(
    tasks: TaskGroup, engine: Engine, config: Config, addresses: ListenAddresses, rotate: Rotate | None,
    script: ScriptControl | None, sessions: SessionControl | None, statistics: ListenerStatistics | None,
) -> "tuple[Dispatcher, WatchFeed]":  # fmt: skip
    """Make what answers the requests of all listeners, and the watch feed."""
    backend = EmbeddedBackend(engine, read_only=config.read_only, trusted=False)
    limits = ReplyLimits(config.mi.max_batch, config.mi.max_reply)
    load = LoadMeter(REAL_CLOCKS.monotonic, REAL_CLOCKS.processor)
    tasks.start_soon(load.run, REAL_CLOCKS.sleep)
    from evtui.serve.watch.watch_feed import WatchFeed  # on first use, as the lines of recordings

    program, most = f"evtui {VERSION}", config.mi.watch_readers
    feed = WatchFeed(backend, engine.journal, REAL_CLOCKS, instance=secrets.token_hex(8), program=program, readers=most)
    tasks.start_soon(feed.run)
    http, place = "" if addresses.http is None else FEED_PATH, lambda: engine.journal.written
    feed_places = FeedPlaces(feed.instance, addresses.watch or "", http, place, feed.statistics)
    about, clock = about_this_process(load, REAL_CLOCKS.wall, ProcessMemory().use), REAL_CLOCKS.monotonic
    return Dispatcher(backend, about, rotate, script, limits, clock, feed_places, sessions, statistics=statistics), feed


async def start_service(tasks: TaskGroup, config: Config, measured: Measured) -> OpenListeners:
    """Begin to tell the health of this process, and its metrics, if that is configured. raises ListenError."""
    if config.service.http is None:
        return OpenListeners()
    # On first use: the HTTP library costs more to load than the rest together.
    from evtui.mi.listeners.http import serve_http
    from evtui.serve.service.service_pages import start_service_pages

    limits, hosts, service = _http_limits(config.mi), config.mi.http_hosts, config.service
    serve = partial(
        serve_http,
        None,
        service.http or "",
        hosts=hosts,
        token=service.token,
        limits=limits,
        statistics=measured.listeners,
    )
    place, notices = await start_service_pages(tasks, serve, measured, REAL_CLOCKS)
    return OpenListeners((place,), tuple(notices))


def _starts(
    tasks: TaskGroup, dispatcher: Dispatcher, config: Config, addresses: ListenAddresses, feed: "WatchFeed"
) -> Iterator[_Start]:
    mi = config.mi
    # Datagrams first: their lock stops a second evtui before it touches the FIFO.
    for address in addresses.datagram:
        yield partial(tasks.start, partial(serve_datagram, dispatcher, address, max_request=mi.max_request))
    if addresses.fifo is not None:
        fifo = partial(
            serve_fifo, dispatcher, addresses.fifo, mode=parse_mode(mi.fifo_mode), reply_dir=mi.reply_dir,
            max_request=mi.max_request,
        )  # fmt: skip
        yield partial(tasks.start, fifo)
    if addresses.http is not None:
        # On first use: the HTTP library costs more to load than the rest together.
        from evtui.mi.listeners.http import serve_http
        from evtui.mi.listeners.http_paths import HttpPaths
        from evtui.serve.watch.http_door import HttpDoor

        door = HttpDoor(feed, mi.http_write_timeout)
        http = partial(
            serve_http, dispatcher, addresses.http, hosts=mi.http_hosts, token=mi.http_token,
            paths=HttpPaths(http_path(mi.http_root), http_path(mi.xmlrpc_root), {FEED_PATH: door.handle}),
            limits=_http_limits(mi),
        )  # fmt: skip
        yield partial(tasks.start, http)
    if addresses.watch is not None:
        from evtui.serve.watch.unix_door import serve_unix_feed

        yield partial(tasks.start, partial(serve_unix_feed, feed, addresses.watch))


def _http_limits(mi: MiConfig) -> "HttpLimits":
    from evtui.mi.listeners.http_connection import HttpLimits

    return HttpLimits(
        mi.max_request, mi.http_connections, mi.http_connections_per_address, mi.http_header_timeout,
        mi.http_idle_timeout, mi.http_write_timeout, mi.http_unread_bytes,
    )  # fmt: skip


def _is_open(address: str) -> bool:
    scheme, _, rest = address.partition(":")
    return scheme == "udp" and not is_loopback(split_udp(rest)[0])


def _open_notice(address: str) -> str:
    return (
        f"{address} is reachable from other hosts, and UDP has no token: every program there may change subscriptions"
    )


def _notice(error: ListenError) -> str:
    if error.taken:
        return (
            f"Another evtui listens, so this one takes no requests at {error.place}. "
            f"evtui --mi {error.place} attaches to the other one."
        )
    return f"No management interface: {error}"
