"""The commands `events` and `subscribers`: what a server lists, with the counters that evtui tells."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from msgspec import Struct

from evtui.backends.remote.reply_members import member_text, members_of
from evtui.backends.remote.subscription_requests import is_evtui
from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED, fail, is_fleet, run
from evtui.codecs.display_text import UNTOLD
from evtui.codecs.jsonvalue import Json, Members
from evtui.core.errors import ServerError, UnknownEventError
from evtui.core.ports import EVENT_COUNTERS, SUBSCRIPTION_COUNTERS, EventState, SubscriptionState
from evtui.core.values import is_wildcard
from evtui.core.wildcards import matches

_NOTHING_TOLD: Final = Members()
_SHOWN_COUNTERS: Final = ("sent", "failed", "dropped", "queued")
_SUBSCRIBER_TITLES: Final = ("event", "socket", "expire", "left")
_COUNTER_TITLES: Final = (*_SHOWN_COUNTERS, "latency", "last error")


def events(event: str | None, mi: Sequence[str], *, as_json: bool) -> None:
    """List the catalogue, or the events of it that a name or a wildcard matches; of several servers that of each."""
    if is_fleet(mi):
        _events_of_each(event, mi, as_json=as_json)
        return

    async def work(server: AttachedServer) -> None:
        listed = await _list_events(event, server)
        if event is not None and not listed.states:
            if not is_wildcard(event):
                raise UnknownEventError(event)
            output.message(f"no event matches {event}")
        if listed.gaps:
            output.message(f"not all subscriptions are counted. {listed.gaps}")
        if as_json:
            output.json_line(listed.members())
            return
        counters = EVENT_COUNTERS if listed.has_counters else ()
        _print_events([], [(str(s.event.id), *row) for s, row in listed.rows(counters)], counters)

    run(next(iter(mi), None), work)


def _events_of_each(event: str | None, mi: Sequence[str], *, as_json: bool) -> None:
    from evtui.cli.servers.several_servers import ask_at_each, end_by

    answers = ask_at_each(mi, partial(_list_events, event))
    told = [(answer.server, answer.told) for answer in answers if answer.told is not None]
    if event is not None and told and not any(listed.states for _, listed in told):
        fail(str(UnknownEventError(event)), EXIT_REFUSED)
    for server, listed in told:
        if listed.gaps:
            output.message(f"{server}: not all subscriptions are counted. {listed.gaps}")
    if as_json:
        output.json_line([_at(server, item) for server, listed in told for item in listed.members()])
    else:
        counters = EVENT_COUNTERS if any(listed.has_counters for _, listed in told) else ()
        rows = [(server, *row) for server, listed in told for _, row in listed.rows(counters)]
        _print_events(["server"], rows, counters)
    end_by(answers)


def subscribers(event: str | None, mi: Sequence[str], *, as_json: bool) -> None:
    """List the subscriptions; of several servers those of each."""
    if is_fleet(mi):
        _subscribers_of_each(event, mi, as_json=as_json)
        return

    async def work(server: AttachedServer) -> None:
        listed = await _list_subscriptions(event, server)
        if listed.gaps:
            output.message(f"not all subscriptions are listed. {listed.gaps}")
        if as_json:
            output.json_line(listed.members())
            return
        _print_subscribers([], listed.rows(has_counters=listed.has_counters), has_counters=listed.has_counters)
        if listed.viewers:
            output.message(_watching(listed.viewers))

    run(next(iter(mi), None), work)


def _subscribers_of_each(event: str | None, mi: Sequence[str], *, as_json: bool) -> None:
    from evtui.cli.servers.several_servers import ask_at_each, end_by

    answers = ask_at_each(mi, partial(_list_known_subscriptions, event))
    told = [(answer.server, answer.told) for answer in answers if answer.told is not None]
    if event is not None and told and not any(listed.is_known for _, listed in told):
        fail(str(UnknownEventError(event)), EXIT_REFUSED)
    for server, listed in told:
        if listed.gaps:
            output.message(f"{server}: not all subscriptions are listed. {listed.gaps}")
    if as_json:
        output.json_line([_at(server, item) for server, listed in told for item in listed.members()])
    else:
        has_counters = any(listed.has_counters for _, listed in told)
        rows = [(server, *row) for server, listed in told for row in listed.rows(has_counters=has_counters)]
        _print_subscribers(["server"], rows, has_counters=has_counters)
        for server, listed in told:
            if listed.viewers:
                output.message(f"{server}: {_watching(listed.viewers)}")
    end_by(answers)


class _ListedEvents(Struct, frozen=True):
    """The events of a server, with the counters of those that it tells."""

    states: Sequence[EventState]
    counters: Mapping[str, Members]
    gaps: str

    @property
    def has_counters(self) -> bool:
        """Say whether the server tells counters."""
        return bool(self.counters)

    def members(self) -> list[Json]:
        """Write them as JSON."""
        return [_event_members(s, self.counters.get(s.event.name, _NOTHING_TOLD)) for s in self.states]

    def rows(self, counters: Sequence[str]) -> Iterator[tuple[EventState, Sequence[str]]]:
        """Yield each event with its name, its subscribers and some counters as text."""
        for state in self.states:
            told = dict(self.counters.get(state.event.name, _NOTHING_TOLD))
            yield state, [state.event.name, _told(_count(state)), *(_told(told.get(name)) for name in counters)]


class _ListedSubscriptions(Struct, frozen=True):
    """The subscriptions of a server, each with what it tells of it."""

    told: Sequence[tuple[SubscriptionState, Members]] = ()
    has_counters: bool = False
    gaps: str = ""
    is_known: bool = True
    """Whether the server knows the event that was asked for."""

    @property
    def viewers(self) -> int:
        """Count the sockets of viewers."""
        return len({state.subscription.socket for state, _ in self.told if state.viewer})

    def members(self) -> list[Json]:
        """Write them as JSON, also those of viewers."""
        return [_subscription_members(state, item) for state, item in self.told]

    def rows(self, *, has_counters: bool) -> list[Sequence[str]]:
        """Write those that are not of viewers, as rows."""
        columns = len(_SUBSCRIBER_TITLES) + (len(_COUNTER_TITLES) if has_counters else 0)
        return [_subscription_row(state, item, columns) for state, item in self.told if not state.viewer]


async def _list_events(event: str | None, server: AttachedServer) -> _ListedEvents:
    states = [s for s in await server.backend.events() if event is None or _matches(event, s.event.name)]
    gaps = server.backend.gaps
    listed = await _told_by_evtui(server, "event_counters", "Events", event) if states else ()
    return _ListedEvents(states, {member_text(item, "name"): item for item in listed}, gaps)


async def _list_subscriptions(event: str | None, server: AttachedServer) -> _ListedSubscriptions:
    states = await _subscriptions(server, event)
    gaps = server.backend.gaps
    listed = await _told_by_evtui(server, "subscription_counters", "Subscriptions", event) if states else ()
    counters = {(member_text(item, "event"), member_text(item, "socket")): item for item in listed}
    told = [(s, counters.get((s.subscription.event, str(s.subscription.socket)), _NOTHING_TOLD)) for s in states]
    return _ListedSubscriptions(told, bool(listed), gaps)


async def _list_known_subscriptions(event: str | None, server: AttachedServer) -> _ListedSubscriptions:
    """List the subscriptions of a server that may not know the event: others do."""
    try:
        return await _list_subscriptions(event, server)
    except UnknownEventError:
        return _ListedSubscriptions(is_known=False)


def _print_events(first: Sequence[str], rows: Sequence[Sequence[str]], counters: Sequence[str]) -> None:
    """Print the table of events; its first column is the server's where `first` names it, else the event's id."""
    titles = [*(first or ["id"]), "event", "subscribers", *(name.replace("_", " ") for name in counters)]
    output.table(titles, rows, right=(*(() if first else (0,)), *range(2, len(titles))))


def _print_subscribers(first: Sequence[str], rows: Sequence[Sequence[str]], *, has_counters: bool) -> None:
    """Print the table of subscribers, behind the columns that `first` names."""
    if not rows:
        output.message("no subscribers")
        return
    titles = [*first, *_SUBSCRIBER_TITLES, *(_COUNTER_TITLES if has_counters else ())]
    begin = len(first)
    output.table(titles, rows, right=[begin + place for place in (2, 3, *range(4, 9))])


def _watching(viewers: int) -> str:
    return f"watching: {viewers:,} viewer{'s' * (viewers != 1)} (--json lists them)"


def _at(server: str, item: Json) -> Members:
    return Members((("server", server), *(item if isinstance(item, Members) else ())))


async def _told_by_evtui(server: AttachedServer, command: str, name: str, event: str | None) -> Sequence[Members]:
    """Ask for counters, of one event or of all; nothing when the server is not evtui, or an older one."""
    named: list[Json] = [] if event is None or is_wildcard(event) else [event]
    if not await is_evtui(server.client):
        return ()
    try:
        return members_of(await server.client.call(command, named), name)
    except ServerError:
        return ()


def _event_members(state: EventState, counters: Members) -> Members:
    told = dict(counters)
    return _members(
        id=state.event.id, name=state.event.name, subscribers=_count(state),
        **{name: told.get(name) for name in EVENT_COUNTERS},
    )  # fmt: skip


def _count(state: EventState) -> int | None:
    return None if state.is_unlisted else state.subscribers


def _matches(event: str, name: str) -> bool:
    return event == name or (is_wildcard(event) and matches(name, event))


async def _subscriptions(server: AttachedServer, event: str | None) -> Sequence[SubscriptionState]:
    if event is None or not is_wildcard(event):
        return await server.backend.subscriptions(event)
    return [s for s in await server.backend.subscriptions() if _matches(event, s.subscription.event)]


def _subscription_row(state: SubscriptionState, counters: Members, columns: int) -> list[str]:
    told = dict(counters)
    latency = told.get("latency")
    shown = [_told(told.get(name)) for name in _SHOWN_COUNTERS]
    shown.append(f"{1000 * latency:,.1f} ms" if isinstance(latency, int | float) else UNTOLD)
    error = told.get("last_error")
    shown.append(error if isinstance(error, str) else "")
    return [state.subscription.event, str(state.subscription.socket), *_times(state), *shown][:columns]


def _subscription_members(state: SubscriptionState, counters: Members) -> Members:
    subscription, told = state.subscription, dict(counters)
    return _members(
        event=subscription.event,
        socket=str(subscription.socket),
        expire=subscription.expire,
        ttl=None if state.ttl is None else round(state.ttl),
        **{name: told.get(name) for name in SUBSCRIPTION_COUNTERS},
        **({"viewer": True} if state.viewer else {}),
    )


def _members(**members: Json) -> Members:
    return Members(members.items())


def _told(number: Json) -> str:
    """Write a count; one that the server does not tell as a dash."""
    return f"{number:,}" if isinstance(number, int) else UNTOLD


def _times(state: SubscriptionState) -> tuple[str, str]:
    expire = state.subscription.expire
    if state.ttl is None:  # OpenSIPS before 3.1 does not tell the time left
        return ("never", "never") if expire is None else (str(expire), UNTOLD)
    return str(expire), output.duration(state.ttl) if state.ttl > 0 else "expired"
