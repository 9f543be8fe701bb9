"""The script's log while it follows, stands still and overflows."""

from evtui.core.script_port import ScriptLogPart, ScriptLogRecord
from evtui.ui.script.log_view import LogView


def part(*texts: str, cursor: int, lost: int = 0) -> ScriptLogPart:
    return ScriptLogPart([ScriptLogRecord(0.0, 2, "", None, text) for text in texts], cursor, lost)


def texts(log: LogView) -> list[str]:
    return [line.record.text for line in log.view]


def test_it_follows_and_asks_on_from_where_it_was() -> None:
    log = LogView()
    assert log.take(part("a", "b", cursor=2))
    assert not log.take(part(cursor=2))
    assert (texts(log), log.cursor) == (["a", "b"], 2)


def test_a_frozen_view_stands_still_and_counts_what_came() -> None:
    log = LogView(3)
    log.take(part("a", "b", cursor=2))
    log.freeze("held")
    log.take(part("c", "d", cursor=4))
    log.freeze("paused")
    log.take(part("e", cursor=5))
    assert (texts(log), log.new) == (["a", "b"], 3)
    log.follow()
    assert (texts(log), log.new) == (["c", "d", "e"], 0)


def test_what_was_gone_before_it_was_read_is_counted() -> None:
    log = LogView()
    assert log.take(part("z", cursor=1001, lost=1000))
    assert log.take(part(cursor=1005, lost=4))
    assert log.lost == 1004


def test_clearing_empties_the_view_and_numbers_go_on() -> None:
    log = LogView()
    log.take(part("a", cursor=1))
    log.freeze("held")
    log.clear()
    log.take(part("b", cursor=2))
    assert (texts(log), log.view[0].number, log.mode) == (["b"], 1, "follow")
