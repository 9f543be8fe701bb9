"""The log of a script: what is kept, and what is left out of a flood."""

from evtui.core.line_limit import LINES_EACH
from evtui.core.script_port import ScriptLogRecord, ScriptPlace
from evtui.scripting.script_log import MAX_CHARACTERS, ScriptLog
from tests.fakes.engine_fakes import FakeClock


def record(text: str, line: int = 1) -> ScriptLogRecord:
    return ScriptLogRecord(1.0, -1, "route", ScriptPlace("a.cfg", line), text)


def texts(log: ScriptLog) -> list[str]:
    return [kept.text for kept in log.read(0, 10_000).records]


def test_a_place_that_writes_in_a_loop_is_cut_off_and_says_how_much_more_there_was() -> None:
    clock, calls = FakeClock(), list[int]()
    log = ScriptLog(10_000, clock, lambda: calls.append(1))
    for number in range(LINES_EACH + 1234):
        log.append(record(f"line {number}"))
    log.append(record("another place", 2))
    assert (len(texts(log)), log.omitted, calls) == (LINES_EACH + 1, 1234, [1])
    log.tell_omitted()
    assert texts(log)[-1] == "… 1,234 more"
    clock.pass_by(1.0)
    log.append(record("again"))
    assert texts(log)[-1] == "again"


def test_nothing_is_left_out_where_the_lines_are_asked_for() -> None:
    log = ScriptLog(10_000, FakeClock())
    log.limited = False
    for number in range(3 * LINES_EACH):
        log.append(record(f"line {number}"))
    assert (len(texts(log)), log.omitted) == (3 * LINES_EACH, 0)


def test_long_lines_leave_when_they_are_too_long_together() -> None:
    log = ScriptLog(10_000, FakeClock())
    log.limited = False
    for _ in range(5):
        log.append(record("x" * (MAX_CHARACTERS // 4)))
    assert len(texts(log)) == 4
