"""The commands `events` and `subscribers`: what a server lists, with the counters that evtui tells."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from msgspec import Struct

from evtui.backends.remote.asked_server import AskedServer
from evtui.backends.remote.reply_members import member_text, members_of
from evtui.backends.remote.subscription_requests import is_evtui
from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED, fail
from evtui.cli.servers.asked_servers import Answers, ServerAnswer, ask_servers, list_json
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
    ask_servers(mi, partial(_list_events, event), partial(_show_events, event, as_json))


def _show_events(event: str | None, as_json: bool, answers: "Answers[_ListedEvents]") -> None:
    told = [(answer, answer.told) for answer in answers if answer.told is not None]
    if event is not None and told and not any(listed.states for _, listed in told):
        if not is_wildcard(event):
            fail(str(UnknownEventError(event)), EXIT_REFUSED)
        output.message(f"no event matches {event}")
    for answer, listed in told:
        if listed.gaps:
            output.message(answer.line(f"not all subscriptions are counted. {listed.gaps}"))
    if as_json:
        list_json([ServerAnswer(answer.server, listed.members()) for answer, listed in told])
        return
    counters = EVENT_COUNTERS if any(listed.has_counters for _, listed in told) else ()
    of_each = [(answer.server, listed.rows(counters)) for answer, listed in told]
    rows = [(server or str(state.event.id), *row) for server, listed in of_each for state, row in listed]
    titles = ["server" if any(answer.server for answer in answers) else "id", "event", "subscribers"]
    titles += [name.replace("_", " ") for name in counters]
    output.table(titles, rows, right=(*(() if "server" in titles else (0,)), *range(2, len(titles))))


def subscribers(event: str | None, mi: Sequence[str], *, as_json: bool) -> None:
    """List the subscriptions; of several servers those of each."""
    ask_servers(mi, partial(_list_known_subscriptions, event), partial(_show_subscribers, event, as_json))


def _show_subscribers(event: str | None, as_json: bool, answers: "Answers[_ListedSubscriptions]") -> None:
    told = [(answer, answer.told) for answer in answers if answer.told is not None]
    if event is not None and told and not any(listed.is_known for _, listed in told):
        fail(str(UnknownEventError(event)), EXIT_REFUSED)
    for answer, listed in told:
        if listed.gaps:
            output.message(answer.line(f"not all subscriptions are listed. {listed.gaps}"))
    if as_json:
        list_json([ServerAnswer(answer.server, listed.members()) for answer, listed in told])
        return
    has_counters = any(listed.has_counters for _, listed in told)
    first = ("server",) if any(answer.server for answer in answers) else ()
    of_each = [(answer.server, listed.rows(has_counters=has_counters)) for answer, listed in told]
    rows = [(*(first and (server,)), *row) for server, listed in of_each for row in listed]
    if rows:
        titles = [*first, *_SUBSCRIBER_TITLES, *(_COUNTER_TITLES if has_counters else ())]
        output.table(titles, rows, right=[len(first) + place for place in (2, 3, *range(4, 9))])
    else:
        output.message("no subscribers")
    for answer, listed in told:
        if listed.viewers:
            output.message(answer.line(_watching(listed.viewers)))


class _ListedEvents(Struct, frozen=True):
    """The events of a server, with the counters of those that it tells."""

    states: Sequence[EventState]
    counters: Mapping[str, Members]
    gaps: str

    @property
    def has_counters(self) -> bool:
        """Say whether the server tells counters."""
        return bool(self.counters)

    def members(self) -> list[Members]:
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

    def members(self) -> list[Members]:
        """Write them as JSON, also those of viewers."""
        return [_subscription_members(state, item) for state, item in self.told]

    def rows(self, *, has_counters: bool) -> list[Sequence[str]]:
        """Write those that are not of viewers, as rows."""
        columns = len(_SUBSCRIBER_TITLES) + (len(_COUNTER_TITLES) if has_counters else 0)
        return [_subscription_row(state, item, columns) for state, item in self.told if not state.viewer]


async def _list_events(event: str | None, server: AskedServer) -> _ListedEvents:
    states = [s for s in await server.backend.events() if event is None or _matches(event, s.event.name)]
    gaps = server.backend.gaps
    listed = await _told_by_evtui(server, "event_counters", "Events", event) if states else ()
    return _ListedEvents(states, {member_text(item, "name"): item for item in listed}, gaps)


async def _list_subscriptions(event: str | None, server: AskedServer) -> _ListedSubscriptions:
    states = await _subscriptions(server, event)
    gaps = server.backend.gaps
    listed = await _told_by_evtui(server, "subscription_counters", "Subscriptions", event) if states else ()
    counters = {(member_text(item, "event"), member_text(item, "socket")): item for item in listed}
    told = [(s, counters.get((s.subscription.event, str(s.subscription.socket)), _NOTHING_TOLD)) for s in states]
    return _ListedSubscriptions(told, bool(listed), gaps)


async def _list_known_subscriptions(event: str | None, server: AskedServer) -> _ListedSubscriptions:
    """List the subscriptions of a server that may not know the event: others do."""
    try:
        return await _list_subscriptions(event, server)
    except UnknownEventError:
        return _ListedSubscriptions(is_known=False)


def _watching(viewers: int) -> str:
    return f"watching: {viewers:,} viewer{'s' * (viewers != 1)} (--json lists them)"


async def _told_by_evtui(server: AskedServer, command: str, name: str, event: str | None) -> Sequence[Members]:
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


async def _subscriptions(server: AskedServer, event: str | None) -> Sequence[SubscriptionState]:
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
