"""`script check` finds what 3.6.8 does not start with, and calls nothing refused that it takes.

`tests/data/check_truth.jsonl` has what 3.6.8 said (`opensips -C`) to each form: a body of a route, or a text beside it.
"""

import json
from typing import Any, Final

import pytest

from evtui.bootstrap.transports import socket_parser
from evtui.script.check.findings import Finding
from evtui.script.check.script_check import check
from evtui.script.syntax.parse import parse
from evtui.script.syntax.script_errors import ScriptError
from evtui.scripting.script_loader import known_names
from tests.paths import TEST_DATA

HEAD: Final = "".join(
    f'loadmodule "{name}.so"\n'
    for name in (
        "proto_udp", "tm", "rr", "sl", "sipmsgops", "signaling", "cfgutils", "mathops", "textops", "json",
        "statistics", "maxfwd", "cachedb_local",
    )
)  # fmt: skip
TAIL: Final = (
    "\nroute[a] { exit; }\nfailure_route[f] { exit; }\nonreply_route[r] { exit; }\nbranch_route[b] { exit; }\n"
)
CASES: Final[list[dict[str, Any]]] = [
    json.loads(line) for line in (TEST_DATA / "check_truth.jsonl").read_text(encoding="utf-8").splitlines()
]
TELLING: Final = {
    "refused", "refused-since-3", "bad-transformation", "duplicate-route", "unknown-function", "unknown-variable",
    "unknown-transformation", "unknown-setting", "unknown-parameter", "crashes-check", "module-not-loaded",
    "other-version", "extra-bracket", "unknown-module",
}  # fmt: skip
"""Codes of findings about what OpenSIPS does not have or does not start with."""
REFUSING: Final = {"refused", "refused-since-3", "bad-transformation", "duplicate-route"}
UNNOTICED: Final = {
    "$var(x) = $(ru{re.subst,/(/b/});": "brackets in an expression: evtui ends the variable at its own bracket",
    "$var(x) = $(ru{ s.len });": "blanks around the name of a transformation are skipped",
    'timer_route[t, "1"] { exit; }': "a number in quotes",
    "socket=nosuch:127.0.0.1:5998": "protocols are those of loaded modules",
    'import_file "nosuch.cfg"': "files are not read here; a missing import_file is left out",
    'include_file "nosuch.cfg"': "files are not read here",
    'loadmodule "nosuch.so"': "modules are not looked for",
    'loadmodule "/nosuch/tm.so"': "modules are not looked for",
    'mem-group="a": "tm"': "3.6.8 was built without groups of memory",
    "auto_scaling_profile=P { scale up to 2 on 50% for 1 cycles }": "profiles are not read",
    "listen=udp:127.0.0.1:5061 use_children 3": "the spelling of 2.x",
    'mem-group = "a": "tm"': "3.6.8 was built without groups of memory",
    "auto_scaling_profile=P { scale up to 4 }": "profiles are not read",
}
"""What 3.6.8 refuses and `script check` does not tell, with the reason."""
TOO_STRICT: Final = {
    "timer_route[t, 0] { exit; }": "an interval of 0 would run without end",
    "if ($var(x) = 1) exit;": "an assignment is always true as a condition: '==' is meant",
    "if (exit) exit;": "a statement as a condition is a mistake",
    "/* a comment": "a comment without an end hides what follows",
    "/* a /* b */": "the same",
    '" a string': "a string without an end is a mistake",
}
"""What 3.6.8 takes and evtui does not."""


def _findings(case: dict[str, Any]) -> list[Finding] | ScriptError:
    text = f"route {{ {case['body']} }}{TAIL}" if "body" in case else f"route {{ exit; }}{TAIL}{case['text']}\n"
    try:
        script = parse(HEAD + text, "f.cfg")
    except ScriptError as error:
        return error
    return [finding for report in check({"f.cfg": script}, KNOWN, "3.6") for finding in report.findings]


KNOWN: Final = known_names(socket_parser())


def _form(case: dict[str, Any]) -> str:
    form: str = case.get("body") or case["text"]
    return form


def test_no_form_that_opensips_refuses_goes_unnoticed() -> None:
    unnoticed: list[str] = []
    for case in CASES:
        found = _findings(case)
        told = isinstance(found, ScriptError) or bool(TELLING & {finding.code for finding in found})
        if case["refused"] and not told:
            unnoticed.append(_form(case))
    assert len(CASES) > 700
    assert set(unnoticed) == set(UNNOTICED)


def test_no_form_that_opensips_takes_is_called_refused() -> None:
    called: list[str] = []
    for case in CASES:
        found = _findings(case)
        if not case["refused"] and (isinstance(found, ScriptError) or REFUSING & {finding.code for finding in found}):
            called.append(_form(case))
    assert set(called) == set(TOO_STRICT)


@pytest.mark.parametrize(
    ("kind", "most"),
    [("route", 99), ("onreply_route", 99), ("failure_route", 99), ("branch_route", 99), ("event_route", 99),
     ("timer_route", 100)],
)  # fmt: skip
def test_the_most_routes_of_a_kind_are_those_of_opensips(kind: str, most: int) -> None:
    suffix = ", 1" if kind == "timer_route" else ""
    for number, expected in ((most, 0), (most + 1, 1)):
        text = "route { exit; }" + "".join(f" {kind}[r{place}{suffix}] {{ exit; }}" for place in range(number))
        (report,) = check({"f.cfg": parse(text, "f.cfg")}, KNOWN)
        assert [finding.code for finding in report.findings] == ["refused"] * expected
