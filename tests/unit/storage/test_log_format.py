"""The lines of a log: text, JSON, and text with the priorities of journald."""

import json
import logging
import sys

import pytest

from evtui.storage.log_format import LogForm, formatter_of


def _record(level: int, message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    info = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("evtui.engine", level, __file__, 1, message, arguments, info)
    record.created = 1_795_373_524.25
    return record


@pytest.mark.parametrize(
    ("level", "priority"),
    [
        (logging.DEBUG, 7), (logging.INFO, 6), (logging.WARNING, 4), (logging.ERROR, 3), (logging.CRITICAL, 2),
        (logging.INFO + 5, 6),
    ],
)  # fmt: skip
def test_the_journal_has_the_priority_of_the_level_and_no_time(level: int, priority: int) -> None:
    assert (
        formatter_of("journal").format(_record(level, "%s fails", "udp:x")) == f"<{priority}>evtui.engine: udp:x fails"
    )


def test_each_line_of_a_record_has_its_priority_in_the_journal() -> None:
    written = formatter_of("journal").format(_record(logging.ERROR, "one\n<0>two\nthree"))
    assert written == "<3>evtui.engine: one\n<3>  <0>two\n<3>  three"


def test_json_is_one_object_in_one_line() -> None:
    written = formatter_of("json").format(_record(logging.WARNING, "%d wait\nat é", 3))
    assert "\n" not in written
    assert written.isascii()
    assert json.loads(written) == {
        "time": "2026-11-22T18:52:04.250+00:00",
        "level": "warning",
        "logger": "evtui.engine",
        "message": "3 wait\nat é",
    }


def test_json_has_the_traceback() -> None:
    record = _record(logging.ERROR, "failed", error=ValueError("to amqp://u:s3cret@h/"))
    told = json.loads(formatter_of("json").format(record))
    assert told["message"] == "failed"
    assert told["traceback"] == "ValueError: to amqp://u:***@h/"


@pytest.mark.parametrize("form", ["text", "json", "journal"])
def test_no_password_and_no_control_character_is_in_any_form(form: LogForm) -> None:
    hostile = "amqp://u:s3cret@h/ \x1b]52;c;x\x07 \x9b31m \u202e \udcff"
    written = formatter_of(form).format(_record(logging.INFO, "%s", hostile))
    assert "s3cret" not in written
    assert all(character.isprintable() for character in written)
    assert written.encode(sys.getdefaultencoding())
