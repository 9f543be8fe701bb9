"""Templates of m4 are rendered when that is asked for, and findings point into them."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from evtui.cli.commands import app
from evtui.script.syntax.script_errors import ScriptError
from evtui.scripting import m4_templates
from evtui.scripting.script_files import ScriptFileError, read_script, scripts_of

needs_m4 = pytest.mark.skipif(shutil.which("m4") is None, reason="m4 is not installed")

DEFINITIONS = "divert(-1)\ndefine(`NAME', `second')\ndefine(`BOTH', `xlog(\"a\");\n  xlog(\"b\");')\ndivert(0)dnl\n"
TEMPLATE = "# a template\nroute {\n  BOTH\n  route(nosuch);\n}\nroute[NAME] { exit; }\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "names.m4").write_text(DEFINITIONS)
    (tmp_path / "routes.m4").write_text(TEMPLATE)
    return tmp_path


def _check(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["script", "check", *map(str, arguments)])
    return result.exit_code, result.output


@needs_m4
def test_templates_are_rendered_together_and_findings_point_into_them(folder: Path) -> None:
    status, shown = _check("--m4", folder / "names.m4", folder / "routes.m4")
    assert status == 0
    assert f"{folder / 'routes.m4'}\n  2: route\n  6: route[second]\n  4:9: error: there is no route[nosuch]" in shown


@needs_m4
def test_without_the_option_a_template_is_named(folder: Path) -> None:
    status, shown = _check(folder / "names.m4")
    assert (status, "this is a template of m4 ('divert('): give --m4" in shown) == (1, True)


@needs_m4
def test_an_error_behind_a_macro_of_several_lines_points_at_its_line(folder: Path) -> None:
    (folder / "routes.m4").write_text("route {\n  BOTH\n  $var(x) == 1;\n}\n")
    with pytest.raises(ScriptError) as caught:
        read_script(folder / "names.m4", folder / "routes.m4", m4=True)
    assert (Path(caught.value.file).name, caught.value.line) == ("routes.m4", 3)
    assert str(caught.value).split("\n")[1].strip() == "$var(x) == 1;"


@needs_m4
def test_a_template_that_a_script_includes_is_rendered(folder: Path) -> None:
    (folder / "routes.m4").write_text(DEFINITIONS + TEMPLATE)
    (folder / "main.cfg").write_text('log_level=3\ninclude_file "routes.m4"\n')
    files = read_script(folder / "main.cfg", m4=True)
    assert [Path(name).name for name in files.files] == ["main.cfg", "routes.m4"]


@needs_m4
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("route {`", "end of file in string"),
        ("define(a,`aa a a a a a a a a a a a')a", "m4 makes more than|memory exhausted|has not rendered"),
        ("include(`nosuch.m4')", "nosuch.m4"),
    ],
)
def test_a_template_that_m4_refuses_or_that_grows_without_end_is_an_error(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "a.m4").write_text(text)
    with pytest.raises(ScriptFileError, match=why):
        read_script(tmp_path / "a.m4", m4=True)


@needs_m4
def test_a_template_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(m4_templates, "LIMIT", 0.5)
    (tmp_path / "a.m4").write_text("define(`a', `a')a")
    with pytest.raises(ScriptFileError, match=r"not rendered it after 0\.5 s"):
        read_script(tmp_path / "a.m4", m4=True)


@needs_m4
def test_a_template_runs_no_command_and_writes_no_file(tmp_path: Path) -> None:
    written = tmp_path / "written"
    commands = [
        f"syscmd(`touch {written}')", f"esyscmd(`touch {written}')", f"builtin(`syscmd', `touch {written}')",
        f"indir(`syscmd', `touch {written}')", f"debugfile(`{written}')", f"mkstemp(`{written}XXXXXX')",
        f"defn(`esyscmd')(`touch {written}')",
    ]  # fmt: skip
    (tmp_path / "a.m4").write_text("divert(-1)\n" + "\n".join(commands) + "\ndivert(0)route { exit; }\n")
    read_script(tmp_path / "a.m4", m4=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.m4"]


def test_an_error_says_that_m4_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    status, shown = _check("--m4", folder / "routes.m4")
    assert (status, "--m4 needs the program m4: install it" in shown) == (2, True)


def test_templates_are_one_script_where_the_first_stands() -> None:
    names = ["a.cfg", "b.m4", "c.cfg", "d.m4"]
    grouped = [[path.name for path in paths] for paths in scripts_of(names, m4=True)]
    assert grouped == [["a.cfg"], ["b.m4", "d.m4"], ["c.cfg"]]
    assert len(scripts_of(names, m4=False)) == 4
