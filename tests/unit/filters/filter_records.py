"""Records that the tests of filters decide about."""

import math

from evtui.core.records import (
    DispatchGroup,
    DispatchPlan,
    Expired,
    Failure,
    Published,
    Raised,
    Record,
    Refused,
    Restarted,
    Retrying,
    Settled,
    Subscribed,
)
from evtui.core.values import NO_PARAMS, Params, Socket, Subscription

NOW = 1_800_000_000.0

UDP = Socket("udp", "127.0.0.1:9000")
V6 = Socket("udp", "[::1]:9000")
RABBIT = Socket("rabbitmq", "broker/calls?key")

BOTH = DispatchPlan(("jsonrpc",), (DispatchGroup((UDP, V6), 0), DispatchGroup((RABBIT,), 0, queued=True)), 3, 1)
ONE = DispatchPlan(("jsonrpc",), (DispatchGroup((UDP,), 0),), 1)


def raised(
    event: str = "E_PIKE_BLOCKED", params: Params = NO_PARAMS, plan: DispatchPlan = ONE, *, serial: int = 7,
    age: float = 60, latency: float = 0.008, failures: tuple[Failure, ...] = (),
) -> Raised:  # fmt: skip
    latencies = tuple(0.0 if group.queued else latency for group in plan.groups)
    return Raised(serial, NOW - age, event, params, plan, (b"{}",) * len(plan.codecs), latencies, failures)


PIKE = raised(params=Params(("203.0.113.9", 3, "Blocked by Pike"), ("ip", "count", "reason")))
TO_ALL = raised(
    "E_CALL", Params(("7", None, 2.5), ("count", "user", "load")), BOTH, serial=8,
    failures=(Failure(0, 1, "ECONNREFUSED: Connection refused"),),
)  # fmt: skip
TO_NONE = raised("E_CALL", Params(("0049", "x")), DispatchPlan(), serial=9, age=7200)
UNTOLD = raised("E_CALL", serial=10, latency=math.nan)
REFUSED = Refused(NOW - 5, "E_CALL", Params((1,), ("count",)), "more than 100 raises within each other")
SETTLED = Settled(3, NOW - 5, "E_CALL", RABBIT, "dropped", 12.0, 4, "too old")
RETRYING = Retrying(NOW - 5, "E_CALL", RABBIT, 4, 6, 3, 2, "ECONNREFUSED: Connection refused", 1.0)
SUBSCRIBED = Subscribed(NOW - 5, Subscription("E_CALL", UDP, 3600))
EXPIRED = Expired(NOW - 5, Subscription("E_CALL", UDP, 60))
PUBLISHED = Published(NOW - 5, "E_NEW")
RESTARTED = Restarted(NOW - 5, 1.5)

RECORDS: dict[str, Record] = {
    "pike": PIKE, "all": TO_ALL, "none": TO_NONE, "untold": UNTOLD, "refused": REFUSED, "settled": SETTLED,
    "retrying": RETRYING, "subscribed": SUBSCRIBED, "expired": EXPIRED, "published": PUBLISHED,
    "restarted": RESTARTED,
}  # fmt: skip
