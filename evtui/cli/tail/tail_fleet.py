"""`evtui tail` of several servers: what is raised at each, in the order in which it arrives here."""

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import anyio
import click
from anyio.abc import TaskGroup

from evtui.backends.amqp.address import is_amqp
from evtui.backends.fleet.backend import FleetBackend
from evtui.backends.fleet.given_servers import GivenServer
from evtui.backends.kafka.kafka_address import is_kafka
from evtui.backends.remote.feed_socket import FeedSocket, open_own_socket
from evtui.backends.watched.feed_follower import ALL_RECORDS
from evtui.bootstrap.logs import warn_on_stderr
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.bootstrap.remote_server import attach
from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED, refuse, run_with_fleet, usage
from evtui.cli.tail.subscribed_tail import SubscribedTail, TailOptions
from evtui.cli.tail.tail_filter import TailFilter
from evtui.cli.tail.tail_output import TailLines, until_signal
from evtui.cli.tail.tail_past import tell_memory
from evtui.cli.tail.tail_records import follow_records
from evtui.config.server_texts import read_servers
from evtui.core.backoff import Backoff
from evtui.core.errors import BackendError, EvtuiError, RequestError, UnknownEventError
from evtui.core.fleet_port import ServerState
from evtui.core.values import check_event_name, is_wildcard

_ANSWER_SECONDS = 2.0
_LOOK_SECONDS = 0.05
_RETRY_FIRST = 0.5
_RETRY_LONGEST = 10.0


def tail_fleet(mi: Sequence[str], shown: TailFilter, lines: TailLines, asked: TailOptions) -> None:
    """Print what is raised until a signal arrives. A server that is away is tried again, and told at the end."""
    for event in asked.events:
        usage(partial(check_event_name, event))
    warn_on_stderr()
    if asked.subscribes:
        _SubscribedTails(usage(lambda: read_servers(mi)), shown, lines, asked).run()
    else:
        back = 0 if asked.seconds is None else ALL_RECORDS
        wanted = shown.text_for_servers
        # What a filter shows first does not say since when a server has any records.
        asks = read_servers(mi) if wanted else ()
        run_with_fleet(mi, partial(_follow, asked, shown, lines, asks), back=back, wanted=wanted)


async def _follow(
    asked: TailOptions, shown: TailFilter, lines: TailLines, asks: Sequence[GivenServer], fleet: FleetBackend
) -> None:
    """Print what the fleet tells; servers in `asks` are asked since when they remember."""
    known = {state.event.name for state in await fleet.events()}
    # A source has no catalogue, and that of a server which is away is not known.
    knows_all = all(server.light == "live" and server.can_raise for server in (await fleet.status()).servers)
    for event in asked.events:
        if knows_all and not is_wildcard(event) and event not in known:
            raise UnknownEventError(event)
    watch = await fleet.watch(asked.events)
    if asked.seconds is not None:
        for server in await _servers_when_known(fleet):
            if server.light == "live" and not server.tells_all:
                output.message(f"{server.name} keeps no raises: what was before now is only told by evtui")
    output.message(f"{asked.shown_events} of {', '.join(server.name for server in fleet.servers)}")
    if asked.seconds is not None:
        live = {server.name for server in fleet.servers if server.light == "live" and server.tells_all}
        async with anyio.create_task_group() as tasks:
            for given in asks:
                if given.name in live:
                    tasks.start_soon(_tell_memory, given, asked.seconds)
    await follow_records(watch, shown, lines, asked.seconds, tells_begin=not asks)


async def _servers_when_known(fleet: FleetBackend) -> Sequence[ServerState]:
    """Return how the servers stand, when each evtui has told that its feed is followed, or has had two seconds."""
    servers = (await fleet.status()).servers
    with anyio.move_on_after(_ANSWER_SECONDS):
        while any(server.light == "live" and not server.tells_all and _may_be_evtui(server) for server in servers):
            await anyio.sleep(_LOOK_SECONDS)
            servers = (await fleet.status()).servers
    return servers


def _may_be_evtui(server: ServerState) -> bool:
    return not server.version or server.version.startswith("evtui")


async def _tell_memory(given: GivenServer, seconds: int) -> None:
    with suppress(EvtuiError), anyio.move_on_after(_ANSWER_SECONDS):
        async with attach(given.address, os.environ, suffix=given.variable) as server:
            await tell_memory(server, seconds, given.name)


class _SubscribedTails:
    """A subscription at each server: a socket for each, or one for all of them.

    One that is away is tried again. What arrives at a socket for all does not say from which server it came.
    """

    def __init__(self, given: Sequence[GivenServer], shown: TailFilter, lines: TailLines, asked: TailOptions) -> None:
        self._given = given
        self._shown = shown
        self._lines = lines
        self._asked = asked
        self._shared: FeedSocket | None = None
        self._failed = False

    def run(self) -> None:
        """Print until a signal arrives; ends the program with status 1 when a server was not subscribed."""
        with output.quiet_pipe():
            try:
                anyio.run(self._all_of_them)
            except EvtuiError as error:
                refuse(error, EXIT_REFUSED)
            except KeyboardInterrupt:
                raise click.exceptions.Exit(130) from None
        if self._failed:
            raise click.exceptions.Exit(EXIT_REFUSED)

    async def _all_of_them(self) -> None:
        own = self._asked.socket
        self._shared = None if own is None else open_own_socket(own)
        try:
            async with until_signal() as tasks:
                for server in self._given:
                    tasks.start_soon(self._one, server, tasks)
        finally:
            if self._shared is not None:
                self._shared.close()

    async def _one(self, given: GivenServer, tasks: TaskGroup) -> None:
        if is_amqp(given.address) or is_kafka(given.address):
            self._fail(given, "it is a source: it takes no subscriptions")
            return
        backoff = Backoff(_RETRY_FIRST, _RETRY_LONGEST)
        before = ""
        async with attach(given.address, os.environ, suffix=given.variable) as server:
            while True:
                tail = SubscribedTail(self._asked, self._shown, self._lines, given.name)
                try:
                    await tail.begin(server, tasks, self._shared)
                except BackendError as error:
                    if (why := str(error)) != before:
                        output.message(f"evtui: {given.name}: {why}")
                    before = why
                    await REAL_CLOCKS.sleep(backoff.next_pause())
                except RequestError as error:
                    self._fail(given, str(error))
                    return
                else:
                    break
            try:
                await anyio.sleep_forever()
            finally:
                tail.tell_lost()

    def _fail(self, given: GivenServer, why: str) -> None:
        self._failed = True
        output.message(f"evtui: {given.name}: {why}")
