"""Printing trees."""

from pathlib import Path

import pytest

from evtui.script.syntax.parse import parse
from evtui.script.syntax.printer import print_script
from tests.paths import TEST_DATA

SCRIPTS = sorted((TEST_DATA / "scripts").glob("*.cfg"))


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.stem)
def test_printed_text_parses_to_the_same_tree(file: Path) -> None:
    script = parse(file.read_text())
    assert parse(print_script(script)) == script


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("$x=((1+2))*3-(4-5);", "$x = 1 + 2 * 3 - (4 - 5);"),
        ("$x=1+(2*3);", "$x = 1 + (2 * 3);"),
        ("$x=a()||(b()&&c())||d();", "$x = a() or (b() and c()) or d();"),
        ("$x=1-2-3;", "$x = 1 - 2 - 3;"),
        ("$x=-(1+2);", "$x = -(1 + 2);"),
        ("$x=-(-1);", "$x = -(-1);"),
        ("$x=!(a()&&!b())||c();", "$x = !(a() and !b()) or c();"),
        ("$x=(1<2)==(3<4);", "$x = (1 < 2) == (3 < 4);"),
        ("$x=!(~1);", "$x = !(~1);"),
        ("$x=(exit);", "$x = (exit);"),
        ("f((default),,NULL);", "f(default, , NULL);"),
        ('$(x)="a\n\\."."\\xff";', '$x = "a\\n\\\\." + "\\xff";'),
        ("async(f(),'or');", 'async(f(), "or");'),
    ],
)
def test_statements_are_printed_with_the_brackets_they_need(written: str, printed: str) -> None:
    script = parse(f"route {{ {written} }}")
    assert print_script(script) == f"\nroute {{\n    {printed}\n}}\n"
    assert parse(print_script(script)) == script
