"""What is said of the deliveries of a RabbitMQ source."""

import math

from evtui.backends.seen.arrival_report import report_arrivals
from evtui.core.records import DispatchGroup, DispatchPlan, Raised, Refused
from evtui.core.values import NO_PARAMS, Socket


def arrived(at: float, key: str = "k", event: str = "E_T") -> Raised:
    plan = DispatchPlan(("jsonrpc",), (DispatchGroup((Socket("amqp", f"x/{key}"),), 0),), 1)
    return Raised(1, at, event, NO_PARAMS, plan, (b"",), (math.nan,))


def test_what_arrived_is_counted_by_its_route_and_the_rest_is_said_not_to_be_known() -> None:
    records = [arrived(1.0), arrived(2.0), arrived(3.0, "other"), arrived(4.0, event="E_OTHER")]
    report = report_arrivals("E_T", "amqp://h/x", records, 0.5)
    assert [(step.kind, step.count, step.at, step.last) for step in report.steps] == [
        ("delivered", 2, 1.0, 2.0), ("delivered", 1, 3.0, 3.0),
    ]  # fmt: skip
    assert report.answer == (
        "3 notifications of E_T arrived here from amqp://h/x. "
        "A broker does not tell which other consumers got a message."
    )
    assert report.advice.startswith("ask the server that raises it")
    assert report.since == 0.5


def test_nothing_that_arrived_says_what_to_check() -> None:
    report = report_arrivals("E_T", "amqp://h/x", [], None)
    assert report.answer.startswith("No notification of E_T arrived here")
    assert "exchange and binding key" in report.advice


def test_a_message_that_is_no_notification_was_missed() -> None:
    refused = Refused(1.0, "E_T", NO_PARAMS, "not a notification, 3 bytes by x: why", "not a notification")
    (step,) = report_arrivals("E_T", "amqp://h/x", [refused], None).steps
    assert (step.kind, step.cause) == ("missed", "not a notification, 3 bytes by x: why")
    assert "JSON-RPC" in step.advice
