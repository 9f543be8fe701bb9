"""Records as an engine would write them, for tests of what is folded and shown."""

import unicodedata
from collections.abc import Iterable

from evtui.core.ports import EventState, SubscriptionState
from evtui.core.records import (
    DispatchGroup,
    DispatchPlan,
    Expired,
    Failure,
    Outcome,
    Published,
    Raised,
    Record,
    Refreshed,
    Refused,
    Retrying,
    Settled,
    Subscribed,
    Unsubscribed,
)
from evtui.core.values import Event, Params, ParamsLike, Socket, Subscription
from evtui.ui.stream.stream_rows import StreamRow
from evtui.ui.text.cells import Cells, plain

SOCKETS = tuple(Socket("udp", f"127.0.0.1:{port}") for port in (9000, 9001, 9002))
HOSTILE = "\x1b]52;c;ZXZpbA==\x07[/x][@click=app.quit]\u202e\x9b31m\x00\udcff"


def raised(
    event: str = "E_TEST",
    params: ParamsLike = None,
    *,
    subscribers: int = 1,
    failed: tuple[int, ...] = (),
    at: float = 0.0,
) -> Raised:
    run = DispatchGroup(SOCKETS[:subscribers], 0)
    plan = DispatchPlan(("jsonrpc",), (run,), subscribers) if subscribers else DispatchPlan()
    return Raised(
        1, at, event, Params.of(params), plan, (b'{"jsonrpc":"2.0"}',) if subscribers else (),
        (0.0012,) if subscribers else (),
        tuple(Failure(0, place, "ECONNREFUSED: Connection refused") for place in failed),
    )  # fmt: skip


TCP = tuple(Socket("tcp", f"127.0.0.1:{port}") for port in (7000, 7001, 7002))
REFUSED = "ECONNREFUSED: Connection refused"


def queued(serial: int = 1, *sockets: Socket, event: str = "E_TEST") -> Raised:
    """Write a raise that was queued for some sockets."""
    served = sockets or TCP[:1]
    plan = DispatchPlan(("jsonrpc",), (DispatchGroup(served, 0, queued=True),), len(served), len(served))
    return Raised(serial, 0.0, event, Params.of({"ip": "192.0.2.1"}), plan, (b"{}",), (0.0,))


def settled(
    serial: int = 1, outcome: Outcome = "acknowledged", socket: Socket = TCP[0], *,
    latency: float = 0.25, attempt: int = 1, reason: str | None = None,
) -> Settled:  # fmt: skip
    return Settled(serial, 0.0, "E_TEST", socket, outcome, latency, attempt, reason)


def retrying(
    first: int = 1, last: int = 1, socket: Socket = TCP[0], *, attempt: int = 1, pause: float = 3.0
) -> Retrying:
    return Retrying(0.0, "E_TEST", socket, first, last, 37, attempt, REFUSED, pause)


def subscription(event: str = "E_TEST", port: int = 9000, expire: int | None = 60) -> Subscription:
    return Subscription(event, Socket("udp", f"127.0.0.1:{port}"), expire)


def member(event: str = "E_TEST", port: int = 9000, ttl: float | None = 60.0) -> SubscriptionState:
    return SubscriptionState(subscription(event, port, None if ttl is None else 60), ttl)


def state(name: str, number: int = 0, module: str | None = None, raises: int = 0) -> EventState:
    return EventState(Event(number, name, module), raised=raises)


EVIL = Subscription("E_" + HOSTILE, Socket("unix", "/tmp/" + HOSTILE), 60)
RECORDS: tuple[Record, ...] = (
    raised("E_TEST", {"ip": "192.0.2.1", "n": 3}),
    raised("E_" + HOSTILE, {HOSTILE: HOSTILE, "none": None, "float": 1.5}),
    raised("E_TEST", [HOSTILE, 1], subscribers=0),
    Published(0.0, "E_" + HOSTILE),
    Subscribed(0.0, EVIL),
    Refreshed(0.0, EVIL),
    Unsubscribed(0.0, EVIL),
    Expired(0.0, EVIL),
    Refused(0.0, "E_" + HOSTILE, Params((HOSTILE,)), HOSTILE),
)


def row(record: Record, error: str | None = None) -> StreamRow:
    served = isinstance(record, Raised) and record.plan.size > 0
    return StreamRow(0, record, 0, 0, error) if served else StreamRow(0, record)


def assert_safe(lines: Iterable[Cells]) -> None:
    for line in lines:
        assert not {unicodedata.category(char) for char in plain(line)} & {"Cc", "Cf", "Cs"}, plain(line)
