"""What several servers tell as one: counters added up, catalogues merged by the names of events.

What some of the servers do not tell is left out of a sum; a sum that none of them tells is not told.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec.structs import replace

from evtui.core.fleet_port import ServerState
from evtui.core.ports import EventState, OutboxState, QueueUse, Status
from evtui.core.records import DispatchGroup, DispatchPlan, Failure, Raised
from evtui.core.transport import TransportInfo

_SUMS: Final = ("raised", "sent", "failed", "dropped", "queued", "no_subscribers", "refused")
"""The counters of a `Status` that are added up."""


def merged_events(lists: Sequence[Sequence[EventState]]) -> tuple[EventState, ...]:
    """Merge catalogues: the events in the order in which they are found first, with new ids."""
    by_name: dict[str, list[EventState]] = {}
    for states in lists:
        for state in states:
            by_name.setdefault(state.event.name, []).append(state)
    return tuple(_merged_event(place, parts) for place, parts in enumerate(by_name.values()))


def _merged_event(place: int, parts: Sequence[EventState]) -> EventState:
    newest = max(parts, key=_last_at)
    first = parts[0]
    event = next((part.event for part in parts if part.event.module is not None), first.event)
    return EventState(
        replace(event, id=place),
        added(part.subscribers for part in parts),
        added(part.raised for part in parts),
        added(part.sent for part in parts),
        added(part.failed for part in parts),
        added(part.dropped for part in parts),
        newest.last_at,
        newest.last_params,
        any(part.is_unlisted for part in parts),
        any(part.is_watched for part in parts),
        sum(part.viewers for part in parts),
        sum(part.received for part in parts),
        added(part.no_subscribers for part in parts),
        added(part.refused for part in parts),
        parts=tuple(parts),
    )


def merged_status(
    source: str,
    statuses: Sequence[Status],
    servers: tuple[ServerState, ...],
    boxes: Sequence[Sequence[OutboxState]],
    list_trouble: str = "",
) -> Status:
    """Merge what is known of the servers; the fleet is connected while any of them is.

    `statuses` are of the servers that have ever answered, `servers` say how each stands now; `boxes` are the queues of
    each, with the names of the servers; `list_trouble` is as in `Status`.
    """
    away = [each for each in servers if each.light != "live"]
    live = [status for status in statuses if status.connected]
    writable = [status for status in live if not status.read_only]
    gaps = [f"{each.name} is away" for each in away if each.light != "starting"]
    totals: dict[str, Any] = {name: added(getattr(status, name) for status in statuses) for name in _SUMS}
    return Status(
        source,
        connected=not servers or len(away) < len(servers),
        detail="; ".join(f"{each.name}: {each.detail or each.light}" for each in away),
        read_only=bool(live) and not writable,
        tells_all=all(status.tells_all or not status.connected for status in statuses),
        can_raise=any(status.can_raise for status in live) or not live,
        can_be_permanent=all(status.can_be_permanent for status in writable),
        raises_as="opensips" if live and all(status.raises_as == "opensips" for status in live) else "evtui",
        gaps="; ".join(filter(None, [*gaps, *(status.gaps for status in live)])),
        why_no_raise=next((status.why_no_raise for status in live if status.why_no_raise), ""),
        transports=_infos(status.transports for status in statuses),
        schemes=_infos(status.schemes or status.transports for status in statuses),
        **totals,
        outboxes=tuple(box for some in boxes for box in some),
        queue_use=merged_use([status.queue_use for status in statuses]),
        set_aside=sum(status.set_aside for status in statuses),
        duplicates=sum(status.duplicates for status in statuses),
        servers=servers,
        list_trouble=list_trouble,
    )


def merged_use(uses: Sequence[QueueUse]) -> QueueUse:
    """Add up what all queues hold; a bound that one server does not tell is not known for all."""
    if not all(use.limit for use in uses):
        return QueueUse()
    return QueueUse(
        sum(use.bytes for use in uses),
        sum(use.limit for use in uses),
        sum(use.overflows for use in uses),
        sum(use.destinations for use in uses),
        sum(use.destination_limit for use in uses),
        sum(use.destinations_refused for use in uses),
    )


def merged_raise(raises: Sequence[Raised]) -> Raised:
    """Merge what raises of one event at several servers reached into one answer; its serial is that of the first."""
    if len(raises) == 1:
        return raises[0]
    codecs: list[str] = []
    groups: list[DispatchGroup] = []
    failures: list[Failure] = []
    for each in raises:
        failures += [Failure(len(groups) + old.group, old.place, old.reason) for old in each.failures]
        groups += [DispatchGroup(old.sockets, len(codecs) + old.codec, old.queued) for old in each.plan.groups]
        codecs += each.plan.codecs
    plan = DispatchPlan(
        tuple(codecs), tuple(groups), sum(each.plan.size for each in raises), sum(each.plan.queued for each in raises)
    )
    first = raises[0]
    return Raised(
        first.serial, first.at, first.event, first.params, plan,
        tuple(payload for each in raises for payload in each.payloads),
        tuple(latency for each in raises for latency in each.latencies), tuple(failures),
    )  # fmt: skip


def added(numbers: Iterable[int | None]) -> int | None:
    """Add up what is told; None when nothing is."""
    told = [number for number in numbers if number is not None]
    return sum(told) if told else None


def _infos(lists: Iterable[tuple[TransportInfo, ...]]) -> tuple[TransportInfo, ...]:
    by_scheme: dict[str, TransportInfo] = {}
    for infos in lists:
        for info in infos:
            by_scheme.setdefault(info.scheme, info)
    return tuple(by_scheme.values())


def _last_at(state: EventState) -> float:
    return state.last_at or 0.0
