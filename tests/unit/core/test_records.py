"""A raise is one record that can spell out its deliveries."""

from evtui.core.records import Delivery, DispatchGroup, DispatchPlan, Failure, Raised
from evtui.core.values import Params, Socket

A, B, C = (Socket("udp", f"127.0.0.1:{port}") for port in (1, 2, 3))
PARAMS = Params((1,), ("x",))


def test_deliveries_come_in_the_order_they_were_served_with_their_own_payload_and_latency() -> None:
    plan = DispatchPlan(("jsonrpc", "text"), (DispatchGroup((A, B), 0), DispatchGroup((C,), 1)), 3)
    raised = Raised(7, 12.5, "E", PARAMS, plan, (b"{}", b"E\n\n"), (0.1, 0.2))
    assert list(raised.deliveries()) == [
        Delivery(7, 12.5, "E", PARAMS, A, "jsonrpc", b"{}", 0.1),
        Delivery(7, 12.5, "E", PARAMS, B, "jsonrpc", b"{}", 0.1),
        Delivery(7, 12.5, "E", PARAMS, C, "text", b"E\n\n", 0.2),
    ]
    assert raised.subscribers == 3


def test_only_the_delivery_that_failed_has_an_error() -> None:
    plan = DispatchPlan(("jsonrpc",), (DispatchGroup((A,), 0), DispatchGroup((B, C), 0)), 3)
    failures = (Failure(1, 1, "ENOENT: No such file or directory"),)
    raised = Raised(1, 0.0, "E", PARAMS, plan, (b"{}",), (0.1, 0.1), failures)
    assert [delivery.error for delivery in raised.deliveries()] == [None, None, "ENOENT: No such file or directory"]


def test_a_raise_without_subscribers_has_no_deliveries() -> None:
    raised = Raised(1, 0.0, "E", PARAMS, DispatchPlan(), (), ())
    assert list(raised.deliveries()) == []
    assert raised.subscribers == 0
