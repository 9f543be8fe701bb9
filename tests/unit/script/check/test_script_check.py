"""The findings of a check."""

from dataclasses import replace

import pytest

from evtui.script.check.findings import CheckReport, Finding, KnownNames
from evtui.script.check.script_check import check
from evtui.script.check.suggestions import NameSuggestions
from evtui.script.syntax.parse import parse
from tests.paths import TEST_DATA

TUTORIAL = TEST_DATA / "scripts" / "tutorial.cfg"
KNOWN = KnownNames(
    functions=frozenset({"raise_event", "subscribe_event", "xlog", "fetch_event_params", "t_on_reply"}),
    variables=frozenset({"avp", "var", "ru"}),
    transformations=frozenset({"s.len", "s.substr"}),
    events={"E_PIKE_BLOCKED": ("ip",)},
    idle=frozenset({"t_relay"}),
    words=frozenset({"method"}),
)


def _report(text: str) -> CheckReport:
    (report,) = check({"f.cfg": parse(text, "f.cfg")}, KNOWN)
    return report


def _findings(body: str) -> tuple[Finding, ...]:
    return _report(f"route {{\n{body}\n}}").findings


def _codes(body: str) -> list[str]:
    return [f"{finding.place.line}:{finding.code}" for finding in _findings(body)]


def test_a_report_lists_routes_and_events_with_their_places() -> None:
    report = _report(
        'route { raise_event("E_A"); raise_event("E_$var(x)"); raise_event($var(n)); }\n'
        'startup_route { subscribe_event("E_A", "udp:127.0.0.1:9"); }\nevent_route[E_A] { ; }\n'
    )
    assert [(route.kind, route.name, route.place.line) for route in report.routes] == [
        ("route", None, 1),
        ("startup_route", None, 2),
        ("event_route", "E_A", 3),
    ]
    assert [(use.event, use.does, use.dynamic, use.place.line) for use in report.events] == [
        ("E_A", "raises", False, 1),
        ("E_$var(x)", "raises", True, 1),
        ("$var(n)", "raises", True, 1),
        ("E_A", "subscribes", False, 2),
        ("E_A", "handles", False, 3),
    ]
    assert report.findings == ()


def test_the_faults_of_the_tutorial_are_found() -> None:
    (report,) = check({"t.cfg": parse(TUTORIAL.read_text(), "t.cfg")}, KNOWN)
    codes = {(finding.place.line, finding.code) for finding in report.findings}
    assert {
        (2, "route-brackets"),
        (7, "subscription-gap"),
        (14, "two-arguments"),
        (55, "extra-bracket"),
        (69, "gone-function"),
    } <= codes
    assert "avp-not-cleared" not in {code for _, code in codes}


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("nosuch();", ["2:unknown-function"]),
        ("b2b_init_request();", ["2:function-not-run"]),
        ('xlog("$identity(header)");', ["2:variable-not-filled"]),
        ('if (nosuch=="x" || method=="INVITE") exit;', ["2:refused-since-3", "2:unknown-word", "2:refused-since-3"]),
        ("t_relay();", ["2:idle-function"]),
        ("switch ($var(x)) { case 1: exit; break; }", []),
        ('xlog("$nosuch");', ["2:unknown-variable"]),
        ("$var(x) = $(ru{s.len}{s.nosuch});", ["2:unknown-transformation"]),
        ("$var(x) = $(ru{S.Len}{s.substr, 1 ,$var(n)});", []),
        ("$var(x) = $(ru{s.substr,1});", ["2:bad-transformation"]),
        ("$var(x) = $(ru{s.substr,1,x});", ["2:bad-transformation"]),
        ("$var(x) = $(avp(x)[$nosuch]);", ["2:unknown-variable"]),
        ('xlog("$avp(x");', ["2:bad-format"]),
        ("route(NOSUCH);", ["2:unknown-route"]),
        ("route($var(x)); route(0);", ["2:crashes-check"]),
        ('t_on_reply("1");', ["2:unknown-route"]),
        ("exit;\nxlog('x');\nxlog('y');", ["3:unreachable"]),
        ("if (1) exit;\nxlog('x');", []),
        ("return(0);", ["2:return-zero"]),
        ("return(-1);", []),
        ('raise_event("E", $avp(v));', ["2:two-arguments"]),
        ('raise_event("E", , $avp(v));', []),
        ('raise_event("E", , $var(v));', ["2:not-an-avp"]),
        ('subscribe_event("E_NOSUCH", "udp:127.0.0.1:9");', []),
        ('subscribe_event("E_*", "udp:127.0.0.1:9");', []),
        ("$var(x) = $var($ru) + $avp($ru);", ["2:computed-name"]),
        ('raise_event("");', ["2:bad-event-name"]),
        (f'raise_event("{"x" * 65}");', ["2:bad-event-name"]),
        (f'raise_event("{"x" * 64}");', []),
        ('raise_event("$var(e)"); subscribe_event("E_DYNAMIC", "udp:127.0.0.1:9");', []),
        ('raise_event($var(e)); subscribe_event("E_PIKE_BLOKED", "udp:127.0.0.1:9");', ["2:unknown-event"]),
    ],
)
def test_a_mistake_is_found_at_its_place(body: str, codes: list[str]) -> None:
    assert _codes(body) == codes


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        ("xloog(1);", "did you mean xlog?"),
        ("b2b_init_reqest();", "did you mean b2b_init_request?"),
        ('xlog("$idenity");', "did you mean $identity?"),
        ("$var(x) = $(ru{s.lem});", "did you mean s.len?"),
    ],
)
def test_a_name_that_is_nearly_right_gets_a_suggestion(body: str, advice: str) -> None:
    (finding,) = _findings(body)
    assert (finding.severity, advice in finding.text) == ("warning", True)


@pytest.mark.parametrize(
    "body",
    [
        "if (5 == $var(x)) exit;", 'if ("a") exit;', "if (NULL) exit;", "if ($var(x) + 1) exit;",
        "if ($var(x) == $var(y) + 1) exit;", "if ([$var(x) + 1] == 2) exit;", "while (1 && 5 == 5) { }",
        "if ($var(x) =~ 5) exit;", "if ($var(x) =~ NULL) exit;", 'switch ("a") { case "a": exit; }',
        "$var(x) = 1 + NULL;", "$var(x) = -$var(y);", "$var(x) = !$var(y);", "$var(x) = (5 == 1);",
        "$var(x) = 1 && 0;", "{ exit; }", 'if ($var(x) == 1) { { exit; } }', "return(1 + 1);", 'return("a");',
    ],
)  # fmt: skip
def test_a_form_that_opensips_refuses_is_found(body: str) -> None:
    assert "refused" in {finding.code for finding in _findings(body)}


@pytest.mark.parametrize(
    "body",
    [
        "if ([$var(x) + 1] && !($var(x) == -5 || $var(y) != NULL)) exit;", "if 1 exit;", "while (1) { break; }",
        'if ($var(x) =~ "a" or not $var(y) =~ $var(z)) { if (1) { exit; } }', "$var(x) = -5 - -5;",
        "switch ($var(x)) { case 5: if (1) { exit; } }", "return($var(x), 1);", "return(-1);", "$var(x) = (1 + 2) * 3;",
        'if (method=="INVITE") exit;', "$var(x) = NULL; $var(x) = ~5;",
    ],
)  # fmt: skip
def test_a_form_that_opensips_takes_is_not_found(body: str) -> None:
    assert "refused" not in {finding.code for finding in _findings(body)}


def test_a_function_that_opensips_refuses_in_a_kind_of_route_is_found_there_only() -> None:
    body = '{ is_method("A"); }'
    text = f"route {body} event_route[E_PIKE_BLOCKED] {body} timer_route[t, 1] {body}"
    found = [finding for finding in _report(text).findings if finding.code == "refused"]
    assert ["event_route" in found[0].text, "timer_route" in found[1].text, len(found)] == [True, True, 2]


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("$var(x) = 5 / 0;", ["2:division-by-zero"]),
        ("$var(x) = $var(y) % 0;", ["2:division-by-zero"]),
        ("$var(x) /= 0;", ["2:division-by-zero"]),
        ("$avp(x) %= 0;", ["2:division-by-zero"]),
        ("$var(x) /= $var(y);", ["2:possible-division-by-zero"]),
        ("$var(x) = $var(y) / -1;", ["2:possible-division-by-zero"]),
        ("$var(x) = $var(y) % -1;", ["2:possible-division-by-zero"]),
        ("$var(x) /= -1;", ["2:possible-division-by-zero"]),
        ("if ($var(y) > 0) { $var(x) %= $var(y); }", []),
        ("if ($var(z) > 0) { $var(x) %= $var(y); }", ["2:possible-division-by-zero"]),
        ("if ($var(y) == 0) exit;\n$var(x) /= $var(y);", []),
        ("$var(y) = 4;\n$var(x) /= $var(y);", []),
        ("$var(y) = 0;\n$var(x) /= $var(y);", ["3:possible-division-by-zero"]),
        ("$var(x) = 5 / $var(y); $var(x) /= 2;", []),
    ],
)
def test_a_division_that_ends_opensips_or_gives_nothing_is_found(body: str, codes: list[str]) -> None:
    assert _codes(body) == codes


def test_what_evtui_does_otherwise_on_purpose_is_noted_once() -> None:
    text = "route {\nappend_hf($avp(a));\nappend_hf($avp(b));\n$var(x) = $(ru{IP.Resolve});\n}"
    (report,) = check({"f.cfg": parse(text, "f.cfg")}, KNOWN)
    notes = [(note.place.line, note.severity) for note in report.findings if note.code == "differs"]
    assert notes == [(2, "note"), (4, "note")]


def test_many_forms_of_old_versions_are_one_finding_and_none_when_the_script_is_read_as_old() -> None:
    def codes(text: str) -> list[str]:
        return [finding.code for finding in _report(text).findings if finding.code.startswith("refused")]

    old = "route {\n" + "force_rport;\n" * 7 + "}"
    assert codes(old) == ["refused-since-3"]
    assert any("7 lines of this file" in finding.text for finding in _report(old).findings)
    assert codes("route {\n" + "force_rport;\n" * 5 + "}") == ["refused-since-3"] * 5
    assert codes("children=4\n" + old) == []


def test_a_route_that_a_part_of_a_configuration_calls_may_be_in_another_file() -> None:
    (finding,) = _report("route[A] { route(B); }").findings
    assert (finding.severity, finding.code) == ("note", "unknown-route")


def test_more_than_a_hundred_routes_of_a_kind_are_found() -> None:
    routes = " ".join(f"route[r{number}] {{ exit; }}" for number in range(101))
    assert [finding.code for finding in _report(routes).findings] == ["refused"]


def test_a_parameter_that_the_event_of_a_module_does_not_have_is_found() -> None:
    text = 'event_route[E_PIKE_BLOCKED] { xlog("$param(ip) $param(1) $param(ipp) $param($var(x))"); }'
    (finding,) = [finding for finding in _report(text).findings if finding.code != "unknown-variable"]
    assert (finding.code, "did you mean ip?" in finding.text) == ("unknown-event-parameter", True)


_PAIR = '$avp(a) = "n"; $avp(v) = 1; '
_RAISE = '\nraise_event("E", $avp(a), $avp(v));'
_CLEAR = "$avp(a) := NULL; $avp(v) := NULL; "


@pytest.mark.parametrize(
    "body",
    [
        _PAIR + _RAISE + _PAIR + _RAISE,
        "while ($var(i) < 3) { " + _PAIR + _RAISE + " $var(i) += 1; }",
        "if (1) { " + _PAIR + _RAISE + "} " + _PAIR + _RAISE,
    ],
    ids=["one after the other", "in a loop", "behind a branch"],
)
def test_values_that_are_raised_again_are_found(body: str) -> None:
    assert {finding.code for finding in _findings(body)} == {"avp-not-cleared"}


@pytest.mark.parametrize(
    "body",
    [
        _PAIR + _RAISE + _CLEAR + _PAIR + _RAISE,
        "while ($var(i) < 3) { " + _CLEAR + _PAIR + _RAISE + " }",
        _PAIR + "if (1) {" + _RAISE + "} else {" + _RAISE + "}",
        "if (1) { " + _PAIR + _RAISE + " exit; } " + _PAIR + _RAISE,
        _PAIR + _RAISE + _RAISE,
    ],
    ids=["cleared", "cleared in the loop", "either way", "the other way ends", "the same for two events"],
)
def test_values_that_are_raised_once_are_fine(body: str) -> None:
    assert _findings(body) == ()


def test_counts_that_differ_are_found_and_those_of_branches_are_not_guessed() -> None:
    assert _codes(_PAIR + "$avp(v) = 2;" + _RAISE) == ["3:counts-differ"]
    assert _codes(_PAIR + "if (1) { $avp(v) = 2; }" + _RAISE) == []


def test_a_second_route_of_a_name_is_found_across_files() -> None:
    reports = check({name: parse("route[A] { ; }", name) for name in ("a.cfg", "b.cfg")}, KNOWN)
    assert [[finding.code for finding in report.findings] for report in reports] == [[], ["duplicate-route"]]


def test_a_subscription_shorter_than_its_timer_leaves_a_gap() -> None:
    text = 'timer_route[t, {}] {{ subscribe_event("E_PIKE_BLOCKED", "udp:127.0.0.1:9", 60); }}'
    assert [finding.code for finding in _report(text.format(90)).findings] == ["subscription-gap"]
    assert _report(text.format(30)).findings == ()


def test_statements_behind_an_exit_are_found_in_an_if_and_its_else_too() -> None:
    assert _codes('if (1) { exit;\nxlog("a"); } else { return;\nxlog("b"); }') == ["3:unreachable", "4:unreachable"]


def test_loops_within_loops_do_not_double_the_work_each() -> None:
    assert _codes("while ($var(x)) { " * 40 + 'raise_event("E_A");' + " }" * 40) == []


def test_suggestions_for_wrong_names_end_after_a_number_of_comparisons() -> None:
    likely, names = NameSuggestions(0.6), [f"name{number}" for number in range(20_000)]
    assert [likely.find("nam7", names), likely.find("nam7", names), likely.find("nam7", names)] == [
        "name7",
        "name7",
        None,
    ]
    assert likely.find("nam7", ["name7"]) == "name7"


def test_a_socket_that_no_subscription_can_have_is_found_at_its_place() -> None:
    def wrong(socket: str) -> str | None:
        return "port: wrong" if socket.startswith("bad") else None

    lines = ("good:1", "bad:1", "bad:$avp(x)")
    body = "\n".join(f'subscribe_event("E_PIKE_BLOCKED", "{socket}", 60);' for socket in lines)
    (report,) = check({"f.cfg": parse(f"startup_route {{\n{body}\n}}", "f.cfg")}, replace(KNOWN, wrong_in_socket=wrong))
    assert [(f.place.line, f.place.column, f.severity, f.code, f.text) for f in report.findings] == [
        (3, 35, "warning", "bad-socket", "port: wrong")
    ]
