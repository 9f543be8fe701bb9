"""What a version that was asked for does not start with: measured on 2.4.11, 3.6.8 and 4.0.1."""

import pytest

from evtui.core.known_versions import ScriptVersion
from evtui.script.check.other_versions import find_other_versions
from evtui.script.check.script_check import check
from evtui.script.syntax.parse import parse
from evtui.scripting.script_loader import known_names


def found(text: str, version: ScriptVersion) -> list[str]:
    return [finding.text.partition(": ")[2] for finding in find_other_versions(parse(text).items, version)]


@pytest.mark.parametrize(
    ("text", "refusing"),
    [
        ("children=4", {"3.6", "4.0"}),
        ("fork=no", {"3.6", "4.0"}),
        ("listen=udp:127.0.0.1:5060", {"4.0"}),
        ("log_stderror=yes", {"4.0"}),
        ("socket=udp:127.0.0.1:5060", {"2.4"}),
        ("xlog_level=3", {"2.4"}),
        ("log_level=3", set[ScriptVersion]()),
        ("event_route[E_A, async] { exit; }", {"3.6", "4.0"}),
        ("event_route[E_A] { exit; }", set[ScriptVersion]()),
        ('route { xlog("$(avp(x){s.sha1})"); }', {"2.4"}),
        ("route { $var(x) = $(avp(x){IP.matches,10.0.0.0/8}); }", {"2.4"}),
        ("route { $var(x) = $(avp(x){s.md5}); }", set[ScriptVersion]()),
        ("route { while ($var(i) < 3) { break; } }", {"2.4"}),
        ("route { switch ($var(i)) { case 1: if ($var(k) == 1) { break; } } }", {"2.4"}),
        ("route { switch ($var(i)) { case 1: break; default: break; } }", set[ScriptVersion]()),
        ("route { return(1, 2); }", {"2.4"}),
        ("route { return(1); }", set[ScriptVersion]()),
        ('route { raise_event("E_A", , $avp(v)); }', {"2.4"}),
        ('route { raise_event("E_A", $avp(n), $avp(v)); }', set[ScriptVersion]()),
    ],
)
def test_each_form_is_found_for_the_versions_that_refuse_it(text: str, refusing: set[ScriptVersion]) -> None:
    versions: tuple[ScriptVersion, ...] = ("2.4", "3.6", "4.0")
    assert {version for version in versions if found(text, version)} == refusing


def test_nothing_is_found_without_a_version_that_was_asked_for() -> None:
    scripts = {"s.cfg": parse("children=4\nlisten=udp:127.0.0.1:5060\nroute { return(1, 2); }", "s.cfg")}
    known = known_names(lambda _text: None)
    (report,) = check(scripts, known)
    assert "other-version" not in {finding.code for finding in report.findings}
    (report,) = check(scripts, known, "4.0")
    assert [finding.place.line for finding in report.findings if finding.code == "other-version"] == [1, 2]
