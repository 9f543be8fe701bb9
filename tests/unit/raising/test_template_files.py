"""Templates of raises in TOML files."""

from pathlib import Path

import pytest

from evtui.core.values import Params
from evtui.raising.placeholders import Sample
from evtui.raising.template_files import BadTemplateError, SavedTemplate, TemplateFolder, read_template

SECOND = Sample(2, 0.0, lambda low, high: high)
WHOLE = """
event = "E_PIKE_BLOCKED"
description = "one address after the other"

[params]
ip = "192.0.2.{rand:1-254}"
count = 3
ratio = 0.5
number = { json = "{n}" }
nothing = { json = "null" }
list = { json = "[1,{n}]" }
flag = true
"""


def _read(text: str) -> SavedTemplate:
    return read_template(Path("/t/x.toml"), "x", text.encode())


def test_a_file_is_read_as_a_raise() -> None:
    saved = _read(WHOLE)
    assert (saved.event, saved.description) == ("E_PIKE_BLOCKED", "one address after the other")
    assert saved.template().request(SECOND).params == Params(
        ("192.0.2.254", 3, 0.5, 2, None, "[1,2]", "true"),
        ("ip", "count", "ratio", "number", "nothing", "list", "flag"),
    )


@pytest.mark.parametrize(
    ("params", "values", "names"),
    [
        ('["x {n}", 3, { json = "{n}" }]', ("x 2", 3, 2), ()),
        ('[{ name = "a", value = "1" }, { name = "a", json = "{n}" }]', ("1", 2), ("a", "a")),
        ("{}", (), ()),
    ],
)
def test_values_without_names_and_names_that_repeat(
    params: str, values: tuple[object, ...], names: tuple[str, ...]
) -> None:
    found = _read(f'event = "E_A"\nparams = {params}\n').template().request(SECOND).params
    assert (found.values, found.names) == (values, names)


@pytest.mark.parametrize(
    ("text", "key", "why"),
    [
        ("event = 3", "event", "it is a text, not a number"),
        ("description = 'x'", "event", "it is missing"),
        ("event = ''", "event", "it is empty"),
        (f"event = '{'x' * 65}'", "event", "at most 64"),
        ("event = 'E'\nevnt = 'E'", "evnt", "known are event, description, params"),
        ("event = 'E'\ndescription = []", "description", "it is a text, not an array"),
        ("event = 'E'\nparams = 'x'", "params", "a table or an array, not a text"),
        ("event = 'E'\nparams = { a = '{no}' }", "params.a", "{no} is not a placeholder"),
        ("event = 'E'\nparams = { a = { json = '[' } }", "params.a", "not JSON"),
        ("event = 'E'\nparams = { a = { jason = '1' } }", "params.a", "not a table"),
        ("event = 'E'\nparams = { a = [1] }", "params.a", "not an array"),
        ("event = 'E'\nparams = { a = 2026-01-01 }", "params.a", "not a date"),
        ("event = 'E'\nparams = { a = inf }", "params.a", "JSON cannot say"),
        ("event = 'E'\nparams = ['x', { name = 'a', value = 1 }]", "params", "name all or none"),
        ("event = 'E'\nparams = [{ name = 3, value = 1 }]", "params[0].name", "it is a text"),
        ("event = 'E'\nparams = [{ name = 'a' }]", "params[0]", "name and value"),
        ("event = ", "", "it is not TOML"),
        ("a = " + "[" * 5000, "", "it is not TOML"),
    ],
)
def test_an_error_says_file_key_and_reason(text: str, key: str, why: str) -> None:
    with pytest.raises(BadTemplateError) as caught:
        _read(text)
    assert caught.value.key == key
    assert why in caught.value.why
    assert "/t/x.toml" in str(caught.value)
    assert key in str(caught.value)


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    with pytest.raises(BadTemplateError, match="not UTF-8: byte 10"):
        read_template(Path("x"), "x", b'event = "\xff"')


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("a=x", "b:=3", "c:=0.5", "d:=null", "e:={n}", "f={uuid} {{n}", 'g:=[1,"x"]', "h=x\\y", 'i={"a":"b"}'),
        ("a=1", "a=2", "a:={n}"),
        ("x", ":=3", "={n}", "-x"),
        ("big:=9223372036854775808", "small:=-1"),
        ("text=zwei wörter", 'quote="', "line=a\tb"),
    ],
)
def test_what_is_saved_is_read_back(tmp_path: Path, words: tuple[str, ...]) -> None:
    folder = TemplateFolder(tmp_path)
    saved = SavedTemplate("mine", "E_A", words, "said")
    folder.save(saved)
    found = folder.load("mine")
    assert (found.event, found.description) == ("E_A", "said")
    assert found.template().request(SECOND) == saved.template().request(SECOND)


def test_templates_are_listed_by_name(tmp_path: Path) -> None:
    folder = TemplateFolder(tmp_path)
    assert folder.names() == ()
    for name in ("b", "a"):
        folder.save(SavedTemplate(name, "E_A"))
    (folder.path / "-x.toml").write_text("")
    (folder.path / "notes.txt").write_text("")
    assert folder.names() == ("a", "b")


def test_a_template_is_not_replaced_unless_that_was_said(tmp_path: Path) -> None:
    folder = TemplateFolder(tmp_path)
    folder.save(SavedTemplate("a", "E_A"))
    with pytest.raises(BadTemplateError, match="it exists already"):
        folder.save(SavedTemplate("a", "E_B"))
    assert folder.load("a").event == "E_A"
    folder.save(SavedTemplate("a", "E_B"), replace=True)
    assert folder.load("a").event == "E_B"
    assert [path.name for path in folder.path.iterdir()] == ["a.toml"]


@pytest.mark.parametrize("name", ["../x", "", ".hidden", "a/b", "x" * 65, "a\n"])
def test_a_name_is_a_plain_file_name(tmp_path: Path, name: str) -> None:
    folder = TemplateFolder(tmp_path)
    with pytest.raises(BadTemplateError, match="letters, digits"):
        folder.save(SavedTemplate(name, "E_A"))
    with pytest.raises(BadTemplateError, match="letters, digits"):
        folder.load(name)


def test_a_template_that_is_not_there_tells_which_are(tmp_path: Path) -> None:
    folder = TemplateFolder(tmp_path)
    folder.save(SavedTemplate("pike", "E_A"))
    with pytest.raises(BadTemplateError, match="there are: pike"):
        folder.load("pkie")


def test_what_cannot_be_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadTemplateError, match="not UTF-8"):
        TemplateFolder(tmp_path).save(SavedTemplate("a", "E_\udcff"))
