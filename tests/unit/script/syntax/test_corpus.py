"""Configurations of many versions: each parses, prints, is checked, and is compiled."""

import re
from collections import Counter

import pytest

from evtui.bootstrap.transports import socket_parser
from evtui.script.check.script_check import check
from evtui.script.compiler.program import Program
from evtui.script.syntax.parse import parse
from evtui.script.syntax.printer import print_script
from evtui.scripting.script_loader import known_names
from tests.paths import TEST_DATA
from tests.unit.script.world import World

CORPUS = TEST_DATA / "corpus"
QUIET = {"idle-function", "idle-variable", "differs"}
"""Codes that most lines of a proxy's script have."""

FOUND = {
    "residential_1_8.cfg": {"function-not-run": 1, "refused-since-3": 1, "unknown-parameter": 1},
    "trunking_2_4.cfg": {"gone-function": 1, "function-not-run": 1, "refused-since-3": 1, "unknown-parameter": 1},
    "balancer_3_1.cfg": {"refused-since-3": 2},
    "b2b_3_2.cfg": {"function-not-run": 7, "variable-not-filled": 3, "refused": 2, "refused-since-3": 1},
    "presence_3_4.cfg": {"unknown-parameter": 1},
    "events_3_6.cfg": {
        "return-zero": 1,
        "unreachable": 1,
        "unknown-parameter": 1,
        "unused-parameter": 2,
        "refused-since-3": 1,
    },
}


def test_every_file_is_known_here() -> None:
    assert {file.name for file in CORPUS.iterdir()} == FOUND.keys()


@pytest.mark.parametrize("name", FOUND)
def test_a_configuration_parses_prints_and_is_checked_with_the_expected_findings(name: str) -> None:
    text = (CORPUS / name).read_bytes().decode()
    script = parse(text, name)
    assert parse(print_script(script), name) == script
    (report,) = check({name: script}, known_names(socket_parser()))
    assert Counter(finding.code for finding in report.findings if finding.code not in QUIET) == FOUND[name]
    assert len(report.routes) == len(re.findall(r"^(?:\w+_)?route\b", text, re.MULTILINE))


@pytest.mark.parametrize("name", FOUND)
def test_a_configuration_compiles_and_its_routes_run_without_an_error(name: str) -> None:
    world = World()
    there = Program(parse((CORPUS / name).read_bytes().decode(), name), world, world)
    endings = [there.run_route(compiled).ended for compiled in there.routes]
    assert endings
    assert "error" not in endings


def test_a_file_of_another_system_may_have_a_byte_order_mark_and_other_line_ends() -> None:
    assert (CORPUS / "presence_3_4.cfg").read_bytes().startswith(b"\xef\xbb\xbf# Presence")
    assert b"\r\n" in (CORPUS / "presence_3_4.cfg").read_bytes()
