"""No password reaches the log."""

import logging

import pytest

from evtui.bootstrap.logs import MaskingFormatter, mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("amqp://guest:s3cret@host/q", "amqp://guest:***@host/q"),
        ("rabbitmq:user:p%40ss@host:5672/key", "rabbitmq:user:***@host:5672/key"),
        ("to udp:127.0.0.1:9000 at 12:30:01", "to udp:127.0.0.1:9000 at 12:30:01"),
        ("mail to a@b and http://host:80/x", "mail to a@b and http://host:80/x"),
    ],
)
def test_passwords_become_stars_and_nothing_else_does(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_the_log_masks_arguments_and_tracebacks() -> None:
    error = ValueError("amqp://u:s3cret@h/")
    info = (ValueError, error, None)
    record = logging.LogRecord("evtui", logging.INFO, __file__, 1, "to %s", ("amqp://u:s3cret@h/",), info)
    written = MaskingFormatter().format(record)
    assert written == "to amqp://u:***@h/\nValueError: amqp://u:***@h/"
