"""No password reaches the log."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from evtui.bootstrap.logs import log_to_file
from evtui.core.redact import redact_text
from evtui.storage.log_format import SafeFormatter


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("amqp://guest:s3cret@host/q", "amqp://guest:***@host/q"),
        ("rabbitmq:user:p%40ss@host:5672/key", "rabbitmq:user:***@host:5672/key"),
        ("to udp:127.0.0.1:9000 at 12:30:01", "to udp:127.0.0.1:9000 at 12:30:01"),
        ("mail to a@b and http://host:80/x", "mail to a@b and http://host:80/x"),
        ("redis://:s3cret@host/0", "redis://:***@host/0"),
        ("nats:user:s3:c|ret@host:4222", "nats:user:***@host:4222"),
        ("rabbitmq:sip:s3cret@host/key", "rabbitmq:sip:***@host/key"),
        ("virtual:FAILOVER udp:1.2.3.4:5,rabbitmq:u:s3cret@h/k", "virtual:FAILOVER udp:1.2.3.4:5,rabbitmq:u:***@h/k"),
        ("sip:alice:s3cret@host", "sip:alice:***@host"),
        ("host:5060|sip:alice:s3cret@host", "host:5060|sip:alice:***@host"),
    ],
)
def test_passwords_become_stars_and_nothing_else_does(text: str, redacted: str) -> None:
    assert redact_text(text) == redacted


@pytest.mark.parametrize(
    "line",
    [
        "192.0.2.1:5060|sip:alice@example.com",
        "proxy.example.com:5060|sip:alice@example.com",
        "udp:192.0.2.1:5060|sip:alice@example.com|INVITE",
        "tls:[2001:db8::1]:5061|sips:alice@example.com",
        "[fe80::1]:5061|alice@example.com",
        "fe80::1|sip:alice@example.com:5060",
        "udp:192.0.2.1:5060|alice@example.com",
        "proxy:5060;alice@example.com",
        "INVITE:sip:alice@example.com",
        'f="Alice":<sip:alice@example.com>;tag=a:b@c',
        "from=sip:alice@example.com,to=sip:bob@example.com:5060",
        "2025-01-01T12:30:01|1234@192.0.2.1",
    ],
)
def test_what_a_script_logs_of_a_call_is_no_password(line: str) -> None:
    assert redact_text(line) == line


def test_the_log_redacts_arguments_and_tracebacks() -> None:
    error = ValueError("amqp://u:s3cret@h/")
    info = (ValueError, error, None)
    record = logging.LogRecord("evtui", logging.INFO, __file__, 1, "to %s", ("amqp://u:s3cret@h/",), info)
    written = SafeFormatter().format(record)
    assert written == "to amqp://u:***@h/\n  ValueError: amqp://u:***@h/"


@pytest.fixture
def _log_of_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("_log_of_before")
def test_a_broker_that_is_away_fills_no_log_at_each_attempt(tmp_path: Path) -> None:
    log_to_file(str(tmp_path / "log"))
    for library in ("aiokafka", "aiormq"):
        logging.getLogger(library).error("Unable connect")
    logging.getLogger("evtui").warning("said once")
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert line.endswith("said once")
