"""The commands `events` and `subscribers`: what a server lists, with the counters that evtui tells."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from evtui.backends.remote.reply_members import member_text, members_of
from evtui.backends.remote.subscription_requests import is_evtui
from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.cli.client_session import is_fleet, run, run_with_fleet
from evtui.codecs.display_text import UNTOLD
from evtui.codecs.jsonvalue import Json, Members
from evtui.core.errors import ServerError, UnknownEventError
from evtui.core.ports import EVENT_COUNTERS, SUBSCRIPTION_COUNTERS, EventState, SubscriptionState
from evtui.core.values import is_wildcard
from evtui.core.wildcards import matches

if TYPE_CHECKING:
    from evtui.backends.fleet.backend import FleetBackend

_NOTHING_TOLD: Final = Members()
_SHOWN_COUNTERS: Final = ("sent", "failed", "dropped", "queued")


def events(event: str | None, mi: Sequence[str], *, as_json: bool) -> None:
    """List the catalogue, or the events of it that a name or a wildcard matches; of several servers that of each."""
    if is_fleet(mi):
        run_with_fleet(mi, partial(_events_of_fleet, event, as_json))
        return

    async def work(server: AttachedServer) -> None:
        states = [s for s in await server.backend.events() if event is None or _matches(event, s.event.name)]
        if event is not None and not states:
            if not is_wildcard(event):
                raise UnknownEventError(event)
            output.message(f"no event matches {event}")
        if gaps := server.backend.gaps:
            output.message(f"not all subscriptions are counted. {gaps}")
        listed = await _told_by_evtui(server, "event_counters", "Events", event)
        counters = {member_text(item, "name"): item for item in listed}
        if as_json:
            output.json_line([_event_members(s, counters.get(s.event.name, _NOTHING_TOLD)) for s in states])
            return
        titles, rows = ["id", "event", "subscribers"], [_event_row(s) for s in states]
        if listed:
            titles += [name.replace("_", " ") for name in EVENT_COUNTERS]
            rows = [
                row + [_told(dict(counters.get(row[1], _NOTHING_TOLD)).get(name)) for name in EVENT_COUNTERS]
                for row in rows
            ]
        output.table(titles, rows, right=(0, *range(2, len(titles))))

    run(next(iter(mi), None), work)


def subscribers(event: str | None, mi: Sequence[str], *, as_json: bool) -> None:
    """List the subscriptions; of several servers those of each."""
    if is_fleet(mi):
        run_with_fleet(mi, partial(_subscriptions_of_fleet, event, as_json))
        return

    async def work(server: AttachedServer) -> None:
        states = await _subscriptions(server, event)
        if gaps := server.backend.gaps:
            output.message(f"not all subscriptions are listed. {gaps}")
        listed = await _told_by_evtui(server, "subscription_counters", "Subscriptions", event) if states else ()
        counters = {(member_text(item, "event"), member_text(item, "socket")): item for item in listed}
        told = [(s, counters.get((s.subscription.event, str(s.subscription.socket)), _NOTHING_TOLD)) for s in states]
        if as_json:
            output.json_line([_subscription_members(state, item) for state, item in told])
            return
        titles, right = ["event", "socket", "expire", "left"], [2, 3]
        if listed:
            titles += [*_SHOWN_COUNTERS, "latency", "last error"]
            right += range(4, 9)
        rows = [_subscription_row(state, item, len(titles)) for state, item in told if not state.viewer]
        if rows:
            output.table(titles, rows, right=right)
        else:
            output.message("no subscribers")
        if viewers := len({s.subscription.socket for s in states if s.viewer}):
            output.message(f"watching: {viewers:,} viewer{'s' * (viewers != 1)} (--json lists them)")

    run(next(iter(mi), None), work)


async def _events_of_fleet(event: str | None, as_json: bool, fleet: "FleetBackend") -> None:
    """List the catalogue of each server, without the counters of one server alone."""
    found = [state for state in await fleet.events() if event is None or _matches(event, state.event.name)]
    if event is not None and not found:
        raise UnknownEventError(event)
    parts = [part for state in found for part in state.parts]
    if as_json:
        output.json_line([_members(server=p.server, name=p.event.name, subscribers=_count(p)) for p in parts])
        return
    output.table(
        ["server", "event", "subscribers"], [[p.server, p.event.name, _told(_count(p))] for p in parts], right=(2,)
    )


async def _subscriptions_of_fleet(event: str | None, as_json: bool, fleet: "FleetBackend") -> None:
    """List the subscriptions of each server, without the counters of one server alone."""
    states = [s for s in await fleet.subscriptions() if event is None or _matches(event, s.subscription.event)]
    if as_json:
        told = [(state, dict(_subscription_members(state, _NOTHING_TOLD))) for state in states]
        output.json_line([_members(server=state.subscription.server, **members) for state, members in told])
        return
    rows = [
        [state.subscription.server, state.subscription.event, str(state.subscription.socket), *_times(state)]
        for state in states if not state.viewer
    ]  # fmt: skip
    if rows:
        output.table(["server", "event", "socket", "expire", "left"], rows, right=(3, 4))
    else:
        output.message("no subscribers")


async def _told_by_evtui(server: AttachedServer, command: str, name: str, event: str | None) -> Sequence[Members]:
    """Ask for counters, of one event or of all; nothing when the server is not evtui, or an older one."""
    named: list[Json] = [] if event is None or is_wildcard(event) else [event]
    if not await is_evtui(server.client):
        return ()
    try:
        return members_of(await server.client.call(command, named), name)
    except ServerError:
        return ()


def _event_row(state: EventState) -> list[str]:
    return [str(state.event.id), state.event.name, _told(_count(state))]


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
