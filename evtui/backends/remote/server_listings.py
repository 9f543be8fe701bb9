"""Turn the lists that a server returns into states of events, subscriptions, outboxes and transports."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from evtui.backends.remote.mi_client import MiClient
from evtui.backends.remote.reply_members import (
    events_of,
    member_int,
    member_number,
    member_text,
    member_texts,
    members_of,
)
from evtui.codecs.jsonvalue import Json, Members
from evtui.core.ports import EventState, OutboxState, QueueUse, Status, SubscriptionState
from evtui.core.redact import redact_listed
from evtui.core.transport import TransportInfo, info_of
from evtui.core.values import Event, Params, Socket, Subscription
from evtui.core.viewers.viewer_mark import is_viewer
from evtui.engine.catalogue import static_events

Deadlines: TypeAlias = Mapping[tuple[str, str], tuple[int, float]]
"""Expiry (seconds) and end (monotonic seconds) of subscriptions, by event and listed socket."""

_NO_DEADLINES: Final[Deadlines] = MappingProxyType({})
_TOTALS = ("raised", "sent", "failed", "dropped", "queued", "no_subscribers", "refused")


class Seen(Struct, frozen=True):
    """The notifications of one event that a watch received."""

    count: int = 0
    last_at: float | None = None
    last_params: Params | None = None


def event_states(
    client: MiClient, events: Json, subscribers: Json, seen: Callable[[str], Seen], own: Container[str] = ()
) -> tuple[EventState, ...]:
    """Join `events_list`, `subscribers_list` and the notifications received, by id.

    Viewers, such as the sockets in `own`, are counted apart. A server does not tell what it raised and sent.
    raises BackendError: the reply holds no list of events.
    """
    documented = {event.name: event for event in static_events()}
    counts: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    for state in subscription_states(subscribers, 0.0, own):
        counts[state.viewer][state.subscription.event] += 1
    states: list[EventState] = []
    for item in events_of(client, events):
        name = member_text(item, "name")
        received = seen(name)
        # A server lists names and ids only; the documentation of its static events is evtui's.
        event = msgspec.structs.replace(documented.get(name) or Event(0, name), id=member_int(item, "id"))
        states.append(
            EventState.seen(
                event,
                received.count,
                received.last_at,
                received.last_params,
                subscribers=counts[False][name],
                viewers=counts[True][name],
            )
        )
    return tuple(sorted(states, key=lambda state: state.event.id))


def subscription_states(
    listed: Json, now: float, own: Container[str] = (), deadlines: Deadlines = _NO_DEADLINES
) -> tuple[SubscriptionState, ...]:
    """Read `subscribers_list`; `now` (seconds) is when the time left begins. The sockets in `own` are viewers.

    `deadlines` holds what is known of subscriptions of which a server does not list the time left.
    """
    return tuple(
        _state(event, item, now, deadlines, own=member_text(item, "socket") in own)
        for event, item in _subscribers(listed)
        if not _has_ended(item)
    )


def transport_infos(listed: Json, schemes: Iterable[TransportInfo] = ()) -> tuple[TransportInfo, ...]:
    """Read `transports_list`; what it does not say of a scheme is taken from `schemes`."""
    return tuple(
        msgspec.structs.replace(
            info_of(member_text(item, "scheme"), schemes),
            grammar=member_text(item, "socket"),
            example=member_text(item, "example"),
            description=member_text(item, "description"),
            options=member_texts(item, "options"),
        )
        for item in members_of(listed, "Transports")
    )


def outbox_states(listed: Json) -> Mapping[str, OutboxState]:
    """Read `queues_list`; the keys are sockets as `subscribers_list` shows them."""
    return {member_text(item, "socket"): _outbox(item) for item in members_of(listed, "Queues")}


def with_outbox(state: SubscriptionState, boxes: Mapping[str, OutboxState]) -> SubscriptionState:
    """Add the outbox of the subscription's socket."""
    box = boxes.get(str(state.subscription.socket))
    if box is None:
        return state
    # A server counts deliveries by destination, not by subscription.
    return msgspec.structs.replace(
        state, outbox=box, queued=box.queued, sent=box.delivered, failed=box.failed, dropped=box.dropped,
        last_error=box.last_error,
    )  # fmt: skip


def with_totals(status: Status, statistics: Json) -> Status:
    """Add the engine's totals from `get_statistics`; those that a server does not tell are None."""
    if not isinstance(statistics, Members):
        statistics = Members(())
    use = QueueUse(*(member_int(statistics, f"evi:queue_{name}") for name in ("bytes", "limit", "overflows")))
    told = dict(statistics)
    totals = {name: _count(told.get(f"evi:{name}")) for name in _TOTALS}
    return msgspec.structs.replace(status, queue_use=use, **totals)


def _subscribers(listed: Json) -> Iterator[tuple[str, Members]]:
    """Yield (event, subscriber) of `{"Events":[…]}`, or of `{"Event":{…}}` for one event, empty without subscribers."""
    members = dict(listed) if isinstance(listed, Members) else {}
    events = members.get("Events", [members.get("Event")])
    for event in events if isinstance(events, list) else ():
        if not isinstance(event, Members):
            continue
        items = dict(event).get("Subscribers")
        for item in items if isinstance(items, list) else ():
            if isinstance(item, Members):
                yield member_text(event, "name"), item


def _outbox(item: Members) -> OutboxState:
    members = dict(item)
    link, error = member_text(item, "state"), member_text(item, "last_error")
    return OutboxState(
        Socket(*_split(item)),
        "sending" if link == "sending" else "retrying" if link == "retrying" else "idle",
        queued=member_int(item, "queued"),
        bytes=member_int(item, "bytes"),
        age=member_number(item, "age"),
        attempt=member_int(item, "attempt"),
        retry_in=None if members.get("retry_in") is None else member_number(item, "retry_in"),
        delivered=member_int(item, "delivered"),
        failed=member_int(item, "failed"),
        dropped=member_int(item, "dropped"),
        last_error=error or None,
        durable=members.get("durable") is True,
    )


def _split(item: Members) -> tuple[str, str]:
    """Split a listed socket, without a password that the server may list."""
    scheme, _, address = redact_listed(member_text(item, "socket")).partition(":")
    return scheme, address


def _has_ended(item: Members) -> bool:
    """Say whether a subscription was ended: OpenSIPS lists it until the next raise, or for up to a second."""
    return dict(item).get("expire") == 0


def _count(value: Json) -> int | None:
    return value if isinstance(value, int) else None


def _state(event: str, item: Members, now: float, deadlines: Deadlines, *, own: bool) -> SubscriptionState:
    scheme, address = _split(item)
    members = dict(item)
    expire, ttl = members.get("expire"), members.get("ttl")
    if not isinstance(expire, int):
        return _untold(Subscription(event, Socket(scheme, address)), None, own=own)
    left = float(ttl) if isinstance(ttl, int) else 0.0 if isinstance(ttl, str) else None
    if left is None:  # OpenSIPS before 3.1 lists none
        known, end = deadlines.get((event, f"{scheme}:{address}"), (None, 0.0))
        left = max(0.0, end - now) if known == expire else None
    expires_at = None if left is None else now + left
    return _untold(Subscription(event, Socket(scheme, address), expire, expires_at), left, own=own)


def _untold(subscription: Subscription, ttl: float | None, *, own: bool) -> SubscriptionState:
    """Make a state without the counters, which no server lists with its subscribers."""
    return SubscriptionState(
        subscription, ttl, sent=None, failed=None, queued=None, dropped=None, codec="",
        viewer=own or is_viewer(subscription),
    )  # fmt: skip


def with_codec(state: SubscriptionState, info: TransportInfo, *, classic: bool) -> SubscriptionState:
    """Add the codec of a socket of a scheme, if the scheme tells it; a `classic` server (2.x) writes text.

    Datagrams and the messages of brokers are JSON-RPC with the event as its method.
    """
    if not info.direct and info.form not in {"broker", "endpoints"}:
        return state
    is_text = classic or state.subscription.socket.address.endswith("?payload=text")
    return msgspec.structs.replace(state, codec="text" if is_text else "jsonrpc")
