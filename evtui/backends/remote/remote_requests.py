"""What is asked of a server over MI, and changed there: evtui, or OpenSIPS. It needs no event loop."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from evtui.backends.remote.mi_client import MiClient, NoRoomError
from evtui.backends.remote.retry_gate import RetryGate
from evtui.backends.remote.server_listings import (
    Seen,
    event_states,
    outbox_states,
    subscription_states,
    transport_infos,
    with_codec,
    with_outbox,
    with_totals,
)
from evtui.backends.remote.subscriber_listing import SubscriberListing
from evtui.backends.remote.subscription_requests import FORBIDDEN, event_names, is_evtui, subscribe_one
from evtui.backends.seen.seen_subscriptions import SeenSubscriptions
from evtui.codecs.jsonvalue import Json
from evtui.codecs.sockets import check_socket, split_scheme
from evtui.core.errors import (
    BackendError,
    BadExpireError,
    ReadOnlyError,
    RequestError,
    ServerError,
    UnknownEventError,
)
from evtui.core.ports import Clock, EventState, OutboxState, Status, SubscriptionState
from evtui.core.records import DispatchPlan, Raised, SubscriberTest
from evtui.core.redact import redact_listed
from evtui.core.transport import TransportInfo, info_of
from evtui.core.values import Params, Socket, Subscription, is_wildcard
from evtui.core.wildcards import matches

if TYPE_CHECKING:
    from evtui.backends.remote.checked_changes import CheckedChanges
    from evtui.backends.remote.report_reply import ReportedRaises
    from evtui.backends.remote.watch import RemoteWatch
    from evtui.core.delivery_report import DeliveryReport

NOT_FOUND = 404
NO_SUBSCRIBERS = 480


class PermanentError(RequestError):
    """A server cannot make a permanent subscription over MI."""

    def __init__(self) -> None:
        super().__init__("bad expire: over the management interface a subscription cannot be permanent; give seconds")


class RemoteRequests:
    """One server, without watches: `RemoteBackend` has them, and tells here what they receive."""

    def __init__(self, client: MiClient, *, clock: Clock, wall: Clock, read_only: bool = False) -> None:
        self._client = client
        self._clock = clock
        self._wall = wall
        self._read_only = read_only
        self._retry_gate = RetryGate(clock)
        self._transports: tuple[TransportInfo, ...] | None = None
        self._watches: list[RemoteWatch] = []
        """None, where only questions are asked."""
        self._listing = SubscriberListing(client, self._call, clock)
        self._memory = SeenSubscriptions(wall)
        self._deadlines: dict[tuple[str, str], tuple[int, float]] = {}
        """Expiry and end of what was subscribed here, by event and listed socket; OpenSIPS before 3.1 lists no end."""

    # What a single question needs not is imported on first use, here and below: each client command loads this module.
    @cached_property
    def _raises(self) -> "ReportedRaises":
        from evtui.backends.remote.report_reply import ReportedRaises

        return ReportedRaises(self._client)

    @cached_property
    def _changes(self) -> "CheckedChanges":
        from evtui.backends.remote.checked_changes import CheckedChanges

        return CheckedChanges(self._client, self._listing)

    async def status(self) -> Status:
        """Describe the server; of one that is away, `detail` says why and when the next attempt is."""
        try:
            if self._transports is None:
                self._transports = await self._list_transports()
            numbers = await self._get_totals()
        except BackendError as error:
            status = with_totals(Status(str(self._client.address), connected=False, detail=str(error)), None)
        else:
            detail = next((watch.feed.renewal_error for watch in self._watches if watch.feed.renewal_error), "")
            status = with_totals(Status(str(self._client.address), detail=detail, transports=self._transports), numbers)
        return msgspec.structs.replace(
            status,
            schemes=self._transports or tuple(self._client.schemes),
            read_only=self._read_only,
            tells_all=False,
            can_raise=not self._read_only and not self._client.speaks_lines,
            can_be_permanent=False,
            raises_as="opensips" if self._transports == () else "evtui",
            gaps=self.gaps,
            why_no_raise=_no_raise() if self._client.speaks_lines else "",
        )

    @property
    def gaps(self) -> str:
        """Say what the lists asked for so far leave out, and why; empty when they were complete."""
        return self._listing.gaps

    async def events(self) -> Sequence[EventState]:
        """List the catalogue; what is received is the notifications that the watches received.

        raises BackendError.
        """
        listed = await self._call("events_list")
        states = event_states(self._client, listed, await self._listing.of_all(), self._seen, self._own_sockets())
        is_unlisted, left_out = self._listing.is_unlisted, {name for w in self._watches for name in w.feed.left_out}
        return tuple(
            msgspec.structs.replace(state, is_unlisted=is_unlisted(name), is_watched=name not in left_out)
            for state in states
            for name in (state.event.name,)
        )

    async def subscriptions(self, event: str | None = None, socket: str | None = None) -> Sequence[SubscriptionState]:
        """List the subscriptions of one event or of all, of one socket or of all; those of its watches are viewers.

        A socket is compared with the listed text also without its password. raises UnknownEventError, BackendError.
        """
        listed = await self._list_subscribers(event)
        states = subscription_states(listed, self._clock(), self._own_sockets(), self._deadlines)
        infos = [info_of(state.subscription.socket.scheme, self._client.schemes) for state in states]
        classic = bool(self._client.speaks_lines)
        states = tuple(with_codec(state, info, classic=classic) for state, info in zip(states, infos, strict=True))
        if event is None:
            self._memory.take(states, lambda name: not self._listing.is_unlisted(name))
        if not all(info.direct for info in infos):
            boxes = await self._list_queues()
            states = tuple(with_outbox(state, boxes) for state in states)
        return states if socket is None else tuple(state for state in states if _is_of(state, socket))

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:
        """Subscribe, refresh or end (expire 0) a socket; permanent is not possible over MI.

        raises PermanentError, UnknownEventError, UnknownSchemeError, BadSocketError, BadExpireError, ReadOnlyError,
        BackendError.
        """
        self._check_writable("subscribe")
        if expire is None:
            raise PermanentError
        if expire < 0:
            raise BadExpireError(expire)
        check_socket(socket, self._client.schemes)
        if not await is_evtui(self._client):
            return await self._change_checked(event, socket, expire)
        before = await self._of_socket(socket) if expire == 0 else ()
        names = await subscribe_one(self._client, event, socket, expire)
        if expire == 0:
            return tuple(old for old in before if any(matches(old.event, name) for name in names))
        if is_wildcard(event) and event in names:
            names = tuple(name for name in await event_names(self._client) if matches(name, event))
        until = self._clock() + expire
        pattern = event if is_wildcard(event) else None
        shown = Socket(*split_scheme(redact_listed(socket)))
        return tuple(Subscription(name, shown, expire, until, pattern) for name in names)

    async def _change_checked(self, event: str, socket: str, expire: int) -> tuple[Subscription, ...]:
        """Change a subscription of OpenSIPS, which answers OK also when it does something else."""
        now = self._clock()
        done = self._changes.end(event, socket) if expire == 0 else self._changes.subscribe(event, socket, expire)
        try:
            listed = await done
        finally:
            self._listing.forget()
        made: list[Subscription] = []
        for found in listed:
            until = None if found.expire is None else now + found.expire
            made.append(Subscription(found.event, Socket(*split_scheme(found.socket)), found.expire, until))
            if expire and found.expire is not None and until is not None:
                self._deadlines[found.event, found.socket] = found.expire, until
        self._memory.note_own(made, expire)
        return tuple(made)

    async def raise_event(self, event: str, params: Params) -> Raised | None:
        """Raise an event; the record of an evtui says whom it reached, of another server only that it reached none.

        raises UnknownEventError, ReadOnlyError, BackendError.
        """
        self._check_writable("raise")
        try:
            return await self._raises.raise_event(event, params)
        except ServerError as error:
            if error.code == NOT_FOUND:
                raise UnknownEventError(event) from error
            if error.code == FORBIDDEN:
                raise ReadOnlyError("raise") from error
            if error.code == NO_SUBSCRIBERS:
                return Raised(0, self._wall(), event, params, DispatchPlan(), (), ())
            raise

    async def test_subscriber(self, event: str, socket: str, params: Params) -> SubscriberTest:
        """Let the server send one notification to one subscriber alone. raises as `ask_test`, ReadOnlyError."""
        self._check_writable("test")
        from evtui.backends.remote.report_reply import ask_test

        return await ask_test(self._client, event, socket, params)

    async def report_delivery(self, event: str, socket: str = "") -> "DeliveryReport":
        """Say why a socket got an event or did not; of a server that is not evtui, what was seen here of it.

        raises UnknownEventError, BackendError.
        """
        from evtui.backends.remote.report_reply import read_report
        from evtui.backends.seen.seen_report import report_seen

        try:
            if await is_evtui(self._client):
                return read_report(await self._call("delivery_report", [event, socket] if socket else [event]))
            await self._list_subscribers(event)  # an event that the server does not know is refused
            await self.subscriptions()
            watch, shown = next(iter(self._watches), None), redact_listed(socket) or self._memory.last_socket(event)
            records, since = ((), None) if watch is None else (watch.kept(), watch.begun_at)
            return report_seen(event, shown, self._memory, records, since, is_own=shown in self._own_sockets())
        except ServerError as error:
            if error.code == NOT_FOUND:
                raise UnknownEventError(event) from error
            raise

    async def _call(self, method: str, params: list[Json] | None = None) -> Json:
        """Call a command; a server that is away gets no request before its pause is over."""
        was_away = self._retry_gate.check()
        try:
            result = await self._client.call(method, params)
        except (ServerError, NoRoomError):  # it answered
            self._retry_gate.succeeded()
            raise
        except BackendError as error:
            self._retry_gate.failed(str(error))
            raise
        self._retry_gate.succeeded()
        if was_away:
            for watch in self._watches:
                watch.feed.renew()
        return result

    async def _get_totals(self) -> Json:
        """Ask for the counters, which only evtui has; of OpenSIPS ask what shows at least that it answers."""
        try:
            if self._transports:
                return await self._call("get_statistics", [["evi:"]])
            await self._call("uptime")
        except ServerError:
            pass
        return None

    async def _list_transports(self) -> tuple[TransportInfo, ...]:
        """List the transports; only evtui has such a command."""
        if not await is_evtui(self._client):
            return ()
        return transport_infos(await self._call("transports_list"), self._client.schemes)

    async def _list_queues(self) -> Mapping[str, OutboxState]:
        """List the outboxes; only evtui has such a command."""
        if not self._transports:
            return {}
        try:
            return outbox_states(await self._call("queues_list"))
        except ServerError:
            return {}

    async def _list_subscribers(self, event: str | None = None) -> Json:
        if event is None:
            return await self._listing.of_all()
        try:
            return await self._listing.of_event(event)
        except ServerError as error:
            if error.code == NOT_FOUND:
                raise UnknownEventError(event) from error
            raise

    async def _of_socket(self, socket: str) -> tuple[Subscription, ...]:
        states = subscription_states(await self._list_subscribers(), self._clock())
        return tuple(state.subscription for state in states if _is_of(state, socket))

    def _check_writable(self, action: str) -> None:
        if self._read_only:
            raise ReadOnlyError(action)

    def _seen(self, event: str) -> Seen:
        return max((watch.seen(event) for watch in self._watches), key=lambda seen: seen.count, default=Seen())

    def _own_sockets(self) -> frozenset[str]:
        return frozenset(watch.feed.socket for watch in self._watches)


def _is_of(state: SubscriptionState, socket: str) -> bool:
    return str(state.subscription.socket) in {socket, redact_listed(socket)}


def _no_raise() -> str:
    from evtui.backends.remote.line_requests import NO_RAISE

    return NO_RAISE
