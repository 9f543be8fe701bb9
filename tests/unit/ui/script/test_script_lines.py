"""What the panes of the Script screen write, line by line, for any width and any text."""

import unicodedata
from collections.abc import Iterable

import pytest
from rich.cells import cell_len

from evtui.core.script_port import RouteState, ScriptFile, ScriptFinding, ScriptLogPart, ScriptLogRecord, ScriptPlace
from evtui.ui.script.finding_lines import FindingLines, all_findings
from evtui.ui.script.log_lines import LogLines, log_line
from evtui.ui.script.log_view import LogView
from evtui.ui.script.place_text import route_at
from evtui.ui.script.route_lines import COLUMNS, RouteLines, route_line
from evtui.ui.script.source_lines import SourceLines, findings_at
from evtui.ui.script.status_words import nothing_loaded, script_hint, script_words
from evtui.ui.text.cells import Cells, PaneLines, plain
from tests.fakes.script_fakes import MAIN, finding, loaded, route
from tests.unit.ui.records import HOSTILE

INCLUDED = ScriptFile("/etc/opensips/more.cfg", "x=1\ny=2")
WIDTHS = [1, 7, 30, 78, 120, 200]


def assert_safe(lines: Iterable[Cells]) -> None:
    for line in lines:
        assert not {unicodedata.category(char) for char in plain(line)} & {"Cc", "Cf", "Cs"}, plain(line)


def all_lines(lines: PaneLines, width: int) -> list[Cells]:
    return [lines.line(index, width) for index in range(len(lines))]


def source(text: str, *more: ScriptFile, found: Iterable[ScriptFinding] = ()) -> SourceLines:
    lines = SourceLines(("nothing",))
    lines.take(loaded(text, (), found, *more))
    return lines


def test_a_line_of_the_file_has_its_mark_its_number_and_its_text() -> None:
    lines = source("a=1\nb=2", found=[finding(2, "warning", "odd", "It is odd."), finding(2, "error", "bad", "No.")])
    assert [plain(line) for line in all_lines(lines, 40)] == [" 1 a=1", "✗2 b=2"]


def test_a_password_in_the_source_is_shown_as_stars() -> None:
    lines = source(
        'modparam("avpops", "db_url", "mysql://opensips:Hush7@db/opensips")\n'
        'subscribe_event("E_A", "rabbitmq:user:Hush7@host/key");\n$ru = "sip:bob@host:5060";'
    )
    written = [plain(line) for line in all_lines(lines, 100)]
    assert written[0] == ' 1 modparam("avpops", "db_url", "mysql://opensips:***@db/opensips")'
    assert written[1] == ' 2 subscribe_event("E_A", "rabbitmq:user:***@host/key");'
    assert written[2] == ' 3 $ru = "sip:bob@host:5060";'
    assert not any("Hush7" in lines.text(index) for index in range(len(lines)))


def test_the_line_that_ended_a_run_is_marked_and_says_so() -> None:
    bad = route("route", "A", 1, runs=2, errors=1, last_error="no such thing", error_place=ScriptPlace(MAIN, 2))
    state = loaded("route[A] {\n  b();\n}", [bad])
    lines = SourceLines(())
    lines.take(state)
    assert plain(lines.line(0, 60)) == " 1 route[A] {  2 runs, 1 ended by an error"
    assert plain(lines.line(1, 60)) == "✗2   b();"
    assert plain(findings_at(state, (MAIN, 2))).startswith("✗ route[A] ended: no such thing")
    assert [(fault.place, fault.text) for fault in all_findings(state)] == [
        (ScriptPlace(MAIN, 2), "ended a run: no such thing")
    ]


def test_several_files_stand_one_below_the_other_under_their_names() -> None:
    lines = source("a=1\nb=2", INCLUDED)
    assert [plain(line).rstrip("─") for line in all_lines(lines, 60)] == [
        "── /etc/opensips/opensips.cfg ", " 1 a=1", " 2 b=2", "── /etc/opensips/more.cfg ", " 1 x=1", " 2 y=2",
    ]  # fmt: skip
    assert [lines.find(lines.key(index)) for index in range(len(lines))] == list(range(len(lines)))
    assert lines.find((INCLUDED.name, 2)) == 5
    assert lines.find((INCLUDED.name, 3)) is None


def test_a_single_file_has_no_heading_and_every_line_is_found() -> None:
    lines = source("a=1\nb=2\n")
    assert [lines.key(index) for index in range(len(lines))] == [(MAIN, 1), (MAIN, 2), (MAIN, 3)]
    assert [lines.find(lines.key(index)) for index in range(3)] == [0, 1, 2]


def test_tabs_go_to_the_next_stop() -> None:
    assert plain(source('\tif\t("a\tb")').line(0, 80)) == ' 1     if  ("a b")'


def test_looking_sideways_leaves_mark_and_number_where_they_are() -> None:
    lines = source('raise_event("E_A", $avp(names), $avp(values));')
    lines.side = 13
    assert plain(lines.line(0, 80)) == ' 1 E_A", $avp(names), $avp(values));'


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_texts_are_shown_and_do_nothing(width: int) -> None:
    place = ScriptPlace(HOSTILE, 1)
    bad = RouteState(HOSTILE, HOSTILE, place, 1, last_error=HOSTILE, error_place=place)
    record = ScriptLogRecord(0.0, 1, HOSTILE, place, HOSTILE)
    found = ScriptFinding(place, "error", HOSTILE, HOSTILE)
    state = loaded(HOSTILE, [bad], [found], ScriptFile(HOSTILE, HOSTILE))
    findings = FindingLines(())
    findings.fill_in([found], width)
    lines = SourceLines(())
    lines.take(state)
    words = script_words(state, LogView(), [bad], read_only=False)
    assert_safe(
        [
            *all_lines(lines, width), *all_lines(findings, width), route_line(bad, COLUMNS, width),
            log_line(record, width), findings_at(state, (HOSTILE, 1)), *(word.cells for word in words),
            script_hint(loaded(HOSTILE, [bad]), [], str, read_only=False),
        ]
    )  # fmt: skip


@pytest.mark.parametrize("width", WIDTHS)
def test_routes_and_log_are_exactly_as_wide_as_their_pane(width: int) -> None:
    wide = route("event_route", "E_漢字" * 20, 1, runs=3, last_error="漢字" * 50, last_took=1.0)
    assert cell_len(plain(route_line(wide, COLUMNS, width))) == width
    assert cell_len(plain(log_line(ScriptLogRecord(0.0, 2, "漢字" * 20, None, "漢字" * 90), width))) == width


def test_a_route_says_how_often_it_ran_how_long_that_took_and_what_ended_it() -> None:
    bad = route("route", "A", 3, runs=4, last_took=0.002, total_took=0.004, errors=1, last_error="no such thing")
    text = plain(route_line(bad, COLUMNS, 140))
    for part in ("route[A]", " 4 ", " 1 ", "2.0 ms", "1.0 ms", "opensips.cfg:3", "no such thing"):
        assert part in text
    narrow = plain(route_line(bad, COLUMNS, 46))
    assert "route[A]" in narrow
    assert "2.0 ms" in plain(route_line(bad, [column for column in COLUMNS if column.name != "error"], 46))


def test_routes_of_one_name_are_told_apart_and_found_after_they_moved() -> None:
    lines = RouteLines(())
    lines.take((route("event_route", "E", 1), route("event_route", "E", 9)))
    key = lines.key(1)
    lines.take((route("startup_route", None, 1), route("event_route", "E", 5), route("event_route", "E", 14)))
    assert lines.find(key) == 2


def test_the_route_of_a_line_is_the_last_that_began_above_it() -> None:
    routes = [route("route", None, 3), route("route", "A", 10), RouteState("route", "B", ScriptPlace("other.cfg", 4))]
    assert route_at(routes, MAIN, 2) is None
    assert route_at(routes, MAIN, 9) == routes[0]
    assert route_at(routes, MAIN, 10) == routes[1]


def test_a_finding_is_folded_so_that_all_of_it_can_be_read() -> None:
    said = finding(7, "warning", "some-code", "one two three four five six seven eight nine ten")
    lines = FindingLines(())
    lines.fill_in([said, finding(9, "info", "other", "more")], 32)
    texts = [plain(line) for line in all_lines(lines, 32)]
    assert all(cell_len(text) <= 32 for text in texts)
    assert " ".join(" ".join(texts).split()).startswith("! opensips.cfg:7 some-code one two three four five six seven")
    assert {lines.finding(index) for index in range(len(lines) - 2)} == {said}
    assert [lines.find(lines.key(index)) for index in range(len(lines))] == list(range(len(lines)))


def test_a_record_says_when_how_bad_where_and_what() -> None:
    record = ScriptLogRecord(0.5, -1, "route[ACC]", ScriptPlace(MAIN, 44), "two\nlines\n")
    text = plain(log_line(record, 120))
    for part in (".500", "ERR", "route[ACC]", "opensips.cfg:44", "two␊lines"):
        assert part in text
    assert "lines␊" not in text
    assert "two␊lines" in plain(log_line(record, 34))
    assert plain(log_line(record, 40, 4)).rstrip().endswith("lines")


def test_every_line_of_the_log_is_found_while_the_ring_turns() -> None:
    log = LogView(3)
    lines = LogLines(log, ())
    for number in range(5):
        log.take(ScriptLogPart([ScriptLogRecord(0.0, 2, "", None, str(number))], number + 1))
    assert [lines.find(lines.key(index)) for index in range(len(lines))] == [0, 1, 2]
    assert lines.find(1) is None
    assert lines.find(5) is None


def test_where_nothing_is_loaded_it_says_what_loads_something() -> None:
    assert "evtui --script FILE" in " ".join(nothing_loaded(remote=False))
    assert "server" in " ".join(nothing_loaded(remote=True))
