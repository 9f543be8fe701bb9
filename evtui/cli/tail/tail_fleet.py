"""`evtui tail` of several servers: what is raised at each, in the order in which it arrives here."""

from collections.abc import Sequence
from functools import partial

from evtui.backends.fleet.backend import FleetBackend
from evtui.bootstrap.logs import warn_on_stderr
from evtui.cli import output
from evtui.cli.client_session import run_with_fleet, usage
from evtui.cli.tail.tail_filter import TailFilter
from evtui.cli.tail.tail_output import TailLines
from evtui.cli.tail.tail_records import follow_records
from evtui.core.errors import UnknownEventError
from evtui.core.values import check_event_name, is_wildcard


def tail_fleet(mi: Sequence[str], events: Sequence[str], shown: TailFilter, lines: TailLines) -> None:
    """Print what is raised until a signal arrives. A server that is away is tried again, and told at the end."""
    for event in events:
        usage(partial(check_event_name, event))
    warn_on_stderr()
    run_with_fleet(mi, partial(_follow, events, shown, lines))


async def _follow(events: Sequence[str], shown: TailFilter, lines: TailLines, fleet: FleetBackend) -> None:
    known = {state.event.name for state in await fleet.events()}
    # A source has no catalogue, and that of a server which is away is not known.
    knows_all = all(server.light == "live" and server.can_raise for server in (await fleet.status()).servers)
    for event in events:
        if knows_all and not is_wildcard(event) and event not in known:
            raise UnknownEventError(event)
    watch = await fleet.watch(events)
    output.message(f"{', '.join(events) or 'all events'} of {', '.join(server.name for server in fleet.servers)}")
    await follow_records(watch, shown, lines, None)
