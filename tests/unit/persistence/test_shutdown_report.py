"""What is reported when evtui stops: few lines, one for each destination, and no password."""

from evtui.core.values import Socket
from evtui.engine.outbox.outboxes import Undelivered
from evtui.persistence.shutdown_report import MAX_LINES, undelivered_lines


def left(address: str, lost: int, kept: int) -> Undelivered:
    return Undelivered(Socket("tcp", address), lost, kept)


def test_each_destination_has_a_line_and_those_that_lost_most_come_first() -> None:
    lines = undelivered_lines([left("a:1", 0, 1), left("b:1", 1, 0), left("c:1", 1234, 2)])
    assert list(lines) == [
        "tcp:c:1: 1,234 notifications not delivered, 2 notifications wait in the spool for the next start",
        "tcp:b:1: 1 notification not delivered",
        "tcp:a:1: 1 notification waits in the spool for the next start",
    ]


def test_nothing_undelivered_is_no_line() -> None:
    assert list(undelivered_lines([])) == []


def test_more_than_ten_are_counted_together() -> None:
    lines = list(undelivered_lines([left(f"h{number}:1", number, 1) for number in range(1, 14)]))
    assert len(lines) == MAX_LINES + 1
    assert lines[0].startswith("tcp:h13:1: 13 ")
    assert (
        lines[-1] == "and 3 more: 6 notifications not delivered, 3 notifications wait in the spool for the next start"
    )


def test_a_password_and_a_sign_that_moves_the_cursor_are_not_shown() -> None:
    (line,) = undelivered_lines([Undelivered(Socket("rabbitmq", "u:secret@h/\x1b[2Jq"), 1, 0)])
    assert "secret" not in line
    assert "\x1b" not in line
