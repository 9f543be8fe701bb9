"""Several servers and sources as one `Backend`: one stream of records in the order in which they arrive here.

What is asked of all of them goes to each at the same time. A list holds what each server told last, also of one that
is away. A request without a server is one to all: it is refused when no server did it.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TypeVar

import anyio
from anyio.abc import TaskGroup

from evtui.backends.fleet.fleet_server import FleetServer, OpenServer
from evtui.backends.fleet.given_servers import GivenServer, named_servers
from evtui.backends.fleet.merged_states import merged_events, merged_raise, merged_status
from evtui.backends.fleet.server_answers import Answers, ask_each
from evtui.backends.fleet.server_requests import RequestsToServer
from evtui.backends.seen.followed_watch import FollowedWatch
from evtui.core.clocks import Clocks
from evtui.core.delivery_report import DeliveryReport
from evtui.core.error_groups import unwrap_lone_error
from evtui.core.errors import UnknownEventError, UnknownServerError
from evtui.core.fleet_port import ServerState
from evtui.core.ports import EventState, Status, SubscriptionState, Watch
from evtui.core.records import Raised, Record, Refused, SubscriberTest
from evtui.core.values import Params, Subscription
from evtui.engine.journal import Journal

KEPT_RECORDS: Final = 50_000
"""Records of all servers that are kept; each server keeps its share of as many until they are taken."""

_LOOK: Final = 0.05
"""Seconds between two looks at what is waited for."""

_FIRST_MOMENT: Final = 0.2
"""Seconds in which servers tell what happened before."""

_Answered = TypeVar("_Answered")


class FleetBackend:
    """A fleet. `open_fleet` makes it; `set_servers` changes what it consists of."""

    def __init__(self, opener: OpenServer, tasks: TaskGroup, clocks: Clocks) -> None:
        self._opener = opener
        self._tasks = tasks
        self._clocks = clocks
        self._journal = Journal(KEPT_RECORDS)
        self._servers: dict[str, FleetServer] = {}
        self._watches = 0
        self._lost_before = 0
        """What servers lost that have left the fleet."""
        self.list_trouble = ""
        """Why the file that lists the servers does not count; empty while it does."""
        self._first: list[Record] | None = None
        """What came in the first moment, to be put in the order of its times; None later."""

    @property
    def servers(self) -> Sequence[ServerState]:
        """Return how each server stands, in the order in which they were named."""
        return [server.state for server in self._servers.values()]

    @property
    def lost(self) -> int:
        """Count the records of all servers that never came here."""
        return self._lost_before + sum(server.lost for server in self._servers.values())

    def at(self, server: str) -> RequestsToServer:
        """Return the requests to one server, by its name.

        raises UnknownServerError: there is none of that name.
        """
        found = self._servers.get(server)
        if found is None:
            raise UnknownServerError(server, tuple(self._servers))
        return RequestsToServer(found)

    async def reach_all(self, seconds: float) -> None:
        """Return when each server has answered or cannot be reached, or after so many seconds."""
        with anyio.move_on_after(seconds):
            while any(server.light == "starting" for server in (await self.status()).servers):
                await self._clocks.sleep(_LOOK)

    async def set_servers(self, given: Sequence[GivenServer]) -> None:
        """Let the fleet consist of some servers; those that stay are not touched.

        raises BadServerError: two have one name.
        """
        wanted = {each.name: each for each in named_servers(given)}
        for name, server in tuple(self._servers.items()):
            if wanted.get(name) != server.given:
                del self._servers[name]
                self._lost_before += server.lost
                server.scope.cancel()
        kept, self._servers = self._servers, {}
        for name, each in wanted.items():
            self._servers[name] = kept.get(name) or self._begin(each)
        if self._watches:
            await self._of_all(FleetServer.follow)

    async def status(self) -> Status:
        """Describe the fleet, with how each server stands."""
        await self._of_all(partial(_refresh, "status"))
        servers = tuple(self.servers)
        told = [server.status.value for server in self._servers.values() if server.status.value is not None]
        boxes = [
            tuple(map(server.names.outbox, server.status.value.outboxes))
            for server in self._servers.values()
            if server.status.value is not None
        ]
        number = len(servers)
        source = f"{number:,} server{'s' * (number != 1)}"
        return merged_status(source, told, servers, boxes, self.list_trouble)

    async def events(self) -> Sequence[EventState]:
        """List the merged catalogue: each event once, with its state at each server in `parts`."""
        await self._of_all(partial(_refresh, "events"))
        return merged_events(
            [server.names.events(server.events.value or ()) for server in self._servers.values()]
        )  # fmt: skip

    async def subscriptions(self, event: str | None = None, socket: str | None = None) -> Sequence[SubscriptionState]:
        """List the subscriptions of all servers, server by server; those of a socket, as far as they answer in time.

        raises UnknownEventError: no server has the event.
        """
        if socket is not None:
            answers = await self._ask(partial(_list, event, socket))
            if not answers.done:
                answers.raise_worst()
            return [state for _, states in answers.done for state in states]
        await self._of_all(partial(_refresh, "subscriptions"))
        lists = [server.names.subscriptions(server.subscriptions.value or ()) for server in self._servers.values()]
        found = [state for states in lists for state in states]
        if event is None:
            return found
        if event not in {state.event.name for state in await self.events()}:
            raise UnknownEventError(event)
        return [state for state in found if state.subscription.event == event]

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:
        """Subscribe, refresh or end a socket at every server that has the event.

        raises as `Backend.subscribe` when none did it. PartlyDoneError: some did it, some could not be reached.
        """
        answers = await self._ask(lambda server: RequestsToServer(server).subscribe(event, socket, expire))
        return tuple(made for _, several in answers.required("subscribed") for made in several)

    async def raise_event(self, event: str, params: Params) -> Raised | None:
        """Raise an event at every server that has it; the record says whom that reached at all of them.

        raises as `Backend.raise_event` when none did it. PartlyDoneError: some did it, some could not be reached.
        """
        answers = await self._ask(lambda server: RequestsToServer(server).raise_event(event, params))
        told = [raised for _, raised in answers.required("raised") if raised is not None]
        return merged_raise(told) if told else None

    async def test_subscriber(self, event: str, socket: str, params: Params) -> SubscriberTest:
        """Let the first server that has the subscriber send it one notification, as `Backend.test_subscriber`."""
        for server in await self._with_subscriber(event, socket):
            return await RequestsToServer(server).test_subscriber(event, socket, params)
        answers = await self._ask(lambda server: RequestsToServer(server).test_subscriber(event, socket, params))
        return answers.required("tested")[0][1]

    async def report_delivery(self, event: str, socket: str = "") -> DeliveryReport:
        """Say why a socket got an event or did not, at the first server that has the subscriber or knows most of it."""
        for server in await self._with_subscriber(event, socket) if socket else ():
            return await RequestsToServer(server).report_delivery(event, socket)
        answers = await self._ask(lambda server: RequestsToServer(server).report_delivery(event, socket))
        reports = [report for _, report in answers.required("reported")]
        return max(reports, key=lambda report: len(report.steps))

    async def watch(self, events: Sequence[str] = (), back: int | None = None) -> Watch:
        """Follow the records of all servers, in the order in which they arrive here.

        `back` is how many records that are here a watch begins with that is not the first one.

        What servers tell of the past at the first moment is put in the order of its times.
        """
        is_first = not self._watches
        place = 0 if is_first and not self._journal.written else None
        if not is_first and back is not None:
            place = self._journal.place_of_last(back)
        watch = FollowedWatch(self._journal, events, place, lost=lambda: self.lost, end=self._end_watch)
        self._watches += 1
        if is_first:
            await self._begin_to_follow()
        return watch

    async def _end_watch(self) -> None:
        self._watches -= 1
        if not self._watches:
            await self._of_all(FleetServer.stop_following)

    async def _begin_to_follow(self) -> None:
        self._first = []
        try:
            await self._of_all(FleetServer.follow)
            await self._clocks.sleep(_FIRST_MOMENT)
        finally:
            first, self._first = self._first, None
            for record in sorted(first, key=_at):
                self._write(record)

    def _begin(self, given: GivenServer) -> FleetServer:
        server = FleetServer(given, self._opener, self._clocks, self._take)
        self._tasks.start_soon(server.run)
        return server

    def _take(self, server: FleetServer, records: Sequence[Record]) -> None:
        if server.scope.cancel_called:
            return
        if self._first is not None:
            self._first += records
            return
        for record in records:
            self._write(record)

    def _write(self, record: Record) -> None:
        size = record.params.text_size if isinstance(record, Raised | Refused) else 0
        self._journal.append(record, size + (sum(map(len, record.payloads)) if isinstance(record, Raised) else 0))

    async def _of_all(self, work: Callable[[FleetServer], Coroutine[Any, Any, None]]) -> None:
        async with anyio.create_task_group() as tasks:
            for server in tuple(self._servers.values()):
                tasks.start_soon(work, server)

    async def _ask(self, ask: Callable[[FleetServer], Awaitable[_Answered]]) -> Answers[_Answered]:
        return await ask_each(tuple(self._servers.values()), ask)

    async def _with_subscriber(self, event: str, socket: str) -> list[FleetServer]:
        answers = await self._ask(partial(_list, event, socket))
        return [server for server, states in answers.done if states]


def _at(record: Record) -> float:
    return record.at


async def _refresh(question: str, server: FleetServer) -> None:
    await server.refresh(question)


async def _list(event: str | None, socket: str | None, server: FleetServer) -> Sequence[SubscriptionState]:
    return server.names.subscriptions(await server.backend.subscriptions(event, socket))


@asynccontextmanager
async def open_fleet(given: Sequence[GivenServer], opener: OpenServer, clocks: Clocks) -> AsyncGenerator[FleetBackend]:
    """Open a fleet until the block ends; the servers are reached in their own time.

    raises BadServerError: two have one name.
    """
    with unwrap_lone_error():
        async with anyio.create_task_group() as tasks:
            fleet = FleetBackend(opener, tasks, clocks)
            await fleet.set_servers(given)
            try:
                yield fleet
            finally:
                tasks.cancel_scope.cancel()
