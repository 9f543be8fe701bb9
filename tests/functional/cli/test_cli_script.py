"""`evtui script check`, as a person and a program use it."""

from pathlib import Path

import pytest

from tests.functional.processes.evtui_process import Evtui
from tests.paths import TEST_DATA

SCRIPTS = TEST_DATA / "scripts"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Return the path of a script that the test writes."""
    return tmp_path / "s.cfg"


def test_a_script_that_parses_is_reported_for_people(evtui: Evtui) -> None:
    ran = evtui.run("script", "check", str(SCRIPTS / "tutorial.cfg"))
    assert ran.status == 0
    assert ran.lines[0].endswith("tutorial.cfg")
    assert "  2: startup_route" in ran.lines
    assert "  64: raises E_SCRIPT_CALL_ESTABLISHED" in ran.lines
    assert [line for line in ran.lines if line.startswith("  7:4: warning: ") and line.endswith("[subscription-gap]")]


def test_a_program_gets_one_object(evtui: Evtui, script: Path) -> None:
    script.write_text('route[A] { raise_event("E_A"); return(0); }')
    ran = evtui.run("script", "check", "--json", str(script))
    assert ran.status == 0
    (file,) = ran.json["files"]
    assert file["file"] == str(script)
    assert file["parses"] is True
    assert file["routes"] == [{"kind": "route", "name": "A", "line": 1}]
    assert file["events"] == [{"event": "E_A", "does": "raises", "dynamic": False, "line": 1, "column": 12}]
    assert [(found["severity"], found["code"], found["line"], found["column"]) for found in file["findings"]] == [
        ("warning", "return-zero", 1, 32)
    ]


def test_one_that_does_not_parse_ends_with_1_and_shows_where(evtui: Evtui, script: Path) -> None:
    script.write_text('route {\n  xlog("x")\n}\n')
    ran = evtui.run("script", "check", str(script), str(SCRIPTS / "tutorial.cfg"))
    assert ran.status == 1
    assert ran.lines[:3] == [f"{script}:3:1: unexpected '}}': expected ';' at the end of line 2", "    }", "    ^"]
    assert "  2: startup_route" in ran.lines, "the other file is reported all the same"
    refused = evtui.run("script", "check", "--json", str(script))
    assert refused.status == 1
    assert refused.json["files"] == [
        {
            "file": str(script),
            "parses": False,
            "error": {
                "line": 3,
                "column": 1,
                "what": "unexpected '}'",
                "expected": "';' at the end of line 2",
                "source": "}",
            },
        }
    ]


def test_includes_are_read_beside_the_file_and_reported_as_files(evtui: Evtui, script: Path) -> None:
    script.write_text('include_file "more.cfg"\nimport_file "absent.cfg"\nroute { route(B); }')
    (script.parent / "more.cfg").write_text("route[B] { exit; }")
    ran = evtui.run("script", "check", "--json", str(script))
    assert ran.status == 0
    assert [Path(file["file"]).name for file in ran.json["files"]] == ["s.cfg", "more.cfg"]
    assert [file["findings"] for file in ran.json["files"]] == [[], []]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('log_level=3\ninclude_file "absent.cfg"', "s.cfg:2:1:"),
        ('include_file "s.cfg"', "s.cfg:1:1: s.cfg includes itself"),
        ('include_file "../"', "s.cfg:1:1:"),
    ],
)
def test_an_include_that_cannot_be_read_is_an_error_at_its_place(
    evtui: Evtui, script: Path, text: str, shown: str
) -> None:
    script.write_text(text)
    ran = evtui.run("script", "check", str(script))
    assert ran.status == 1
    assert shown in ran.lines[0]


def test_a_file_that_cannot_be_read_and_a_missing_one_end_with_2(evtui: Evtui, script: Path) -> None:
    assert evtui.run("script", "check", str(script)).status == 2
    assert evtui.run("script", "check").status == 2


def test_bytes_that_are_not_utf8_do_no_harm(evtui: Evtui, script: Path) -> None:
    script.write_bytes(b'route { xlog("\xff\x1b[31m"); }\n\xfe')
    ran = evtui.run("script", "check", str(script))
    assert ran.status == 0
    assert "the byte 0xFE means nothing here" in ran.out
    assert "\x1b" not in ran.out


def test_the_levels_of_the_script_decide_what_it_logs(evtui: Evtui, script: Path) -> None:
    levels = 'xlog("L_DBG", "one"); xdbg("two"); $xlog_level = 2; xlog("L_INFO", "three"); xlog("four");'
    script.write_text(f"xlog_level = 4\nstartup_route {{ {levels} }}")
    ran = evtui.run("script", "run", str(script))
    assert [word for word in ("one", "two", "three", "four") if word in ran.out + ran.err] == ["one", "two", "four"]


def test_check_says_as_which_version_a_script_is_read(evtui: Evtui, script: Path) -> None:
    script.write_text("route { exit; }\n")
    assert not [line for line in evtui.run("script", "check", str(script)).lines if "read as" in line]
    assert (
        "  read as a script of OpenSIPS 4.0: asked for"
        in evtui.run("script", "check", "--as", "4.0", str(script)).lines
    )
    script.write_text("children=4\nroute { exit; }\n")
    why = f"{script}:1:1 has children=, which 3.x does not have"
    assert f"  read as a script of OpenSIPS 2.4: {why}" in evtui.run("script", "check", str(script)).lines
    (file,) = evtui.run("script", "check", "--json", str(script)).json["files"]
    assert (file["as"], file["as_why"]) == ("2.4", why)
    refused = evtui.run("script", "check", "--as", "2.5", str(script))
    assert (refused.status, "'2.4', '3.6', '4.0'" in refused.err) == (2, True)


def test_a_script_runs_by_the_rules_of_the_version_that_is_asked_for(evtui: Evtui, script: Path) -> None:
    script.write_text('startup_route { $var(i) = 2; $var(i) += 5; xlog("L_ERR", "i is $var(i)"); }\nroute { exit; }\n')

    def printed(*options: str) -> list[str]:
        return [
            line.rpartition(": ")[2]
            for line in evtui.run("script", "run", *options, str(script)).lines
            if "i is" in line
        ]

    assert printed() == printed("--as", "3.6") == ["i is 7"]
    assert printed("--as", "2.4") == ["i is 5"]
