"""Records as an engine would write them, for tests of what is folded and shown."""

from evtui.core.ports import EventState, SubscriptionState
from evtui.core.records import Failure, Plan, Raised, Run
from evtui.core.values import Event, Params, ParamsLike, Socket, Subscription

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
    run = Run(SOCKETS[:subscribers], 0)
    plan = Plan(("jsonrpc",), (run,), subscribers) if subscribers else Plan()
    return Raised(
        1, at, event, Params.of(params), plan, (b'{"jsonrpc":"2.0"}',) if subscribers else (),
        (0.0012,) if subscribers else (),
        tuple(Failure(0, place, "ECONNREFUSED: Connection refused") for place in failed),
    )  # fmt: skip


def subscription(event: str = "E_TEST", port: int = 9000, expire: int | None = 60) -> Subscription:
    return Subscription(event, Socket("udp", f"127.0.0.1:{port}"), expire)


def member(event: str = "E_TEST", port: int = 9000, ttl: float | None = 60.0) -> SubscriptionState:
    return SubscriptionState(subscription(event, port, None if ttl is None else 60), ttl)


def state(name: str, number: int = 0, module: str | None = None, raises: int = 0) -> EventState:
    return EventState(Event(number, name, module), raised=raises)
