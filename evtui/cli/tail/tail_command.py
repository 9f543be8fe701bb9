"""`evtui tail`: print notifications as they arrive."""

from collections.abc import Sequence
from functools import partial

from evtui.backends.amqp.address import is_amqp
from evtui.backends.kafka.kafka_address import is_kafka
from evtui.backends.watched.feed_follower import ALL_RECORDS
from evtui.bootstrap.logs import warn_on_stderr
from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.cli.client_session import EXIT_USAGE, fail, is_fleet, run, usage
from evtui.cli.tail.subscribed_tail import SubscribedTail, TailOptions
from evtui.cli.tail.tail_filter import TailFilter
from evtui.cli.tail.tail_output import TailLines, until_signal
from evtui.cli.tail.tail_past import read_since, tell_memory
from evtui.cli.tail.tail_records import follow_records
from evtui.codecs.sockets import check_socket
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.core.errors import UnknownEventError
from evtui.core.values import check_event_name, is_wildcard


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

        if socket is not None:
            usage(lambda: check_socket(socket, KNOWN_SCHEMES))
        tail_fleet(given, TailFilter(wanted), lines, TailOptions(tuple(events), _seconds(since), socket, expire))
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
    asked = TailOptions(tuple(events), _seconds(since), socket, expire)
    warn_on_stderr()
    run(mi, partial(_follow, asked, TailFilter(wanted), lines))


def _seconds(since: str | None) -> int | None:
    return None if since is None else usage(lambda: read_since(since))


async def _follow(asked: TailOptions, shown: TailFilter, lines: TailLines, server: AttachedServer) -> None:
    """Print until a signal arrives. raises UnsupportedError: the past is wanted, which the server does not keep."""
    if not asked.subscribes and await _follow_feed(asked, shown, lines, server):
        return
    tail = SubscribedTail(asked, shown, lines)
    async with until_signal() as tasks:
        await tail.begin(server, tasks)
    tail.tell_lost()


async def _follow_feed(asked: TailOptions, shown: TailFilter, lines: TailLines, server: AttachedServer) -> bool:
    """Print what the watch feed tells until a signal arrives; returns whether the server has a feed."""
    back = 0 if asked.seconds is None else ALL_RECORDS
    watch = await server.backend.watch_feed(asked.events, back, wanted=shown.text)
    if watch is None:
        return False
    known = {state.event.name for state in await server.backend.events()}
    for event in asked.events:
        if not is_wildcard(event) and event not in known:
            raise UnknownEventError(event)
    output.message(f"{asked.shown_events} of {server.client.address}")
    if asked.seconds is not None:  # the first record that the filter shows does not say it
        await tell_memory(server, asked.seconds)
    await follow_records(watch, shown, lines, asked.seconds, tells_begin=False)
    return True
