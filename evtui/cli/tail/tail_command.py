"""`evtui tail`: print notifications as they arrive."""

from collections.abc import Sequence
from functools import partial

from evtui.backends.amqp.address import is_amqp
from evtui.backends.remote.feed import Received
from evtui.bootstrap.logs import warn_on_stderr
from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.cli.client_session import run, usage
from evtui.cli.tail.tail_filter import TailFilter
from evtui.cli.tail.tail_output import TailLines, until_signal
from evtui.codecs.sockets import check_socket
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.core.values import check_event_name


def tail(
    events: Sequence[str], socket: str | None, expire: int, mi: str | None, *, wanted: str | None, lines: TailLines
) -> None:
    """Print notifications until a signal arrives, those that the filter `wanted` shows; unsubscribe at the end."""
    broker = events[0] if events and is_amqp(events[0]) else mi
    if broker is not None and is_amqp(broker):
        from evtui.cli.tail.tail_amqp import tail_broker

        named = events[1:] if broker in events[:1] else events
        tail_broker(broker, named, socket, wanted=wanted, lines=lines)
        return
    for event in events:
        usage(partial(check_event_name, event))
    if socket is not None:
        usage(lambda: check_socket(socket, KNOWN_SCHEMES))
    shown = TailFilter(wanted)
    warn_on_stderr()

    async def work(server: AttachedServer) -> None:
        def receive(received: Received) -> None:
            if shown.shows(received.at, received.event, received.params, feed.socket):
                source, size = received.source or None, len(received.payload)
                lines.write(received.at, received.event, received.params, ("source", source), ("bytes", size))

        feed = server.feed(events, receive, expire=expire, own=socket)
        async with until_signal() as tasks:
            own = await tasks.start(feed.run)
            output.message(f"{', '.join(events) or 'all events'} of {server.client.address} on {own}")
            if feed.left_out:
                names = ", ".join(feed.left_out)
                output.message(f"without {names}, raised at each step of the server's script: name them to see them")
        if feed.lost or feed.malformed:
            output.message(f"lost {feed.lost:,} datagrams, {feed.malformed:,} were not notifications")

    run(mi, work)
