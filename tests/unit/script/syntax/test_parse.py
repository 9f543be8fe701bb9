"""The trees of routing scripts."""

from pathlib import Path

import pytest

from evtui.script.syntax.expressions import (
    Arithmetic,
    BareWord,
    Binary,
    CallExpression,
    Expression,
    Null,
    Number,
    Text,
    Transformation,
    Unary,
    Variable,
)
from evtui.script.syntax.parse import parse
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.syntax.tree import (
    Assign,
    Async,
    Block,
    CallStatement,
    Exit,
    Global,
    If,
    Include,
    LoadModule,
    ModParam,
    ModulePath,
    Return,
    Route,
    Script,
    Statement,
)
from tests.paths import TEST_DATA

SCRIPTS = sorted((TEST_DATA / "scripts").glob("*.cfg"))


def _statements(text: str) -> tuple[Statement, ...]:
    (item,) = parse(f"route {{ {text} }}").items
    assert isinstance(item, Route)
    return item.body.statements


def _value(text: str) -> Expression:
    (statement,) = _statements(f"$var(x) = {text};")
    assert isinstance(statement, Assign)
    return statement.value


def _condition(text: str) -> Expression:
    (statement,) = _statements(f"if {text} exit;")
    assert isinstance(statement, If)
    return statement.condition


A, B, C = (Variable("var", name) for name in "abc")


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.stem)
def test_configurations_of_all_ages_parse(file: Path) -> None:
    script = parse(file.read_text(), file.name)
    assert [item for item in script.items if isinstance(item, Route)]


def test_a_setting_has_all_values_up_to_the_next_item() -> None:
    text = 'socket=udp:eth0:5060 as "1.2.3.4" use_children 4 # x\nlog_level = -1\nlisten=[::1]:5060 route{}'
    assert parse(text).items == (
        Global(
            "socket", (BareWord("udp:eth0:5060"), BareWord("as"), Text("1.2.3.4"), BareWord("use_children"), Number(4))
        ),
        Global("log_level", (Number(-1),)),
        Global("listen", (BareWord("[::1]:5060"),)),
        Route("route"),
    )


def test_modules_paths_and_includes() -> None:
    text = 'mpath="/m/" loadmodule "tm.so"\nmodparam("tm | sl", "x", 0x10)\ninclude_file "a"\nimport_file "b"'
    assert parse(text).items == (
        ModulePath("/m/"),
        LoadModule("tm.so"),
        ModParam(("tm", "sl"), "x", 16),
        Include("a"),
        Include("b", may_miss=True),
    )


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("route {}", Route("route")),
        ("route[7] {}", Route("route", "7")),
        ('route ["a b"] {};', Route("route", "a b")),
        ("startup_route() {}", Route("startup_route")),
        ("onreply_route{}", Route("onreply_route")),
        ("timer_route[t,3600] {}", Route("timer_route", "t", interval=3600)),
        ("event_route[E_X] {}", Route("event_route", "E_X")),
        ("event_route [E_X , async] {}", Route("event_route", "E_X", mode="async")),
        ("route[default] {}", Route("route", "default")),
    ],
)
def test_routes_of_every_kind(text: str, route: Route) -> None:
    assert parse(text).items == (route,)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"a\n\t\"\\\x41\101\."', Text('a\n\t"\\AA\\.')),
        ('"one\ntwo\\\nthree"', Text("one\ntwothree")),
        (r"'raw\n $ru'", Text(r"raw\n $ru", raw=True)),
        (r'"\xc3\xa9 \xff"', Text("é \udcff")),
        ('"# no comment /* nor this */"', Text("# no comment /* nor this */")),
        ("0x1F", Number(31)),
        ("020", Number(16)),
        ("-5", Number(-5)),
        ("NULL", Null()),
    ],
)
def test_literals(text: str, value: Expression) -> None:
    assert _value(text) == value


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("$ru", Variable("ru")),
        ("$avp(i:3)", Variable("avp", "i:3")),
        ("$hdr(P-Asserted-Identity)", Variable("hdr", "P-Asserted-Identity")),
        ("$route.name", Variable("route.name")),
        ("$(avp(x)[*])", Variable("avp", "x", "*")),
        ("$(avp(x)[append])", Variable("avp", "x", "append")),
        ("$(avp(x)[-1])", Variable("avp", "x", Number(-1))),
        ("$(<reply>rs)", Variable("rs", context="reply")),
        ("$avp($var(a))", Variable("avp", "$var(a)")),
        ("$(ru{uri.user})", Variable("ru", transformations=(Transformation("uri", "user"),))),
        (
            "$(avp(x)[$var(a)]{s.substr,0,$(var(n){s.len})}{s.fill.left,0,5})",
            Variable(
                "avp",
                "x",
                A,
                (
                    Transformation("s", "substr", ("0", "$(var(n){s.len})")),
                    Transformation("s", "fill.left", ("0", "5")),
                ),
            ),
        ),
        (
            "$(rb{re.subst,/a,b{2}/c/g})",
            Variable("rb", transformations=(Transformation("re", "subst", ("/a,b{2}/c/g",)),)),
        ),
    ],
)
def test_variables_in_every_form(text: str, variable: Variable) -> None:
    assert _value(text) == variable


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("$var(a) || $var(b) && $var(c)", Binary("and", Binary("or", A, B), C)),
        ("!$var(a) == 1", Unary("not", Binary("==", A, Number(1)))),
        ("not $var(a) and $var(b)", Binary("and", Unary("not", A), B)),
        ("$var(a) + 1 > 2 * $var(b)", Binary(">", Binary("+", A, Number(1)), Binary("*", Number(2), B))),
        ("$var(a) + 1 * 2 == 3", Binary("==", Binary("*", Binary("+", A, Number(1)), Number(2)), Number(3))),
        ("$var(a) | 1 & 2 << 3", Binary("<<", Binary("&", Binary("|", A, Number(1)), Number(2)), Number(3))),
        ("$var(a) - 1 - 2", Binary("-", Binary("-", A, Number(1)), Number(2))),
        ("$var(a) - (1 - 2)", Binary("-", A, Binary("-", Number(1), Number(2)))),
        ("[$var(a) & 1]", Arithmetic(Binary("&", A, Number(1)))),
        ('uri=~"^sip:"', Binary("=~", BareWord("uri"), Text("^sip:"))),
        ("src_ip==127.0.0.1", Binary("==", BareWord("src_ip"), BareWord("127.0.0.1"))),
        ("src_ip==10.0.0.0/8", Binary("==", BareWord("src_ip"), BareWord("10.0.0.0/8"))),
        ("$avp(x)==NULL", Binary("==", Variable("avp", "x"), Null())),
        ('is_method("A|B")', CallExpression("is_method", (Text("A|B"),))),
    ],
)
def test_conditions_with_and_without_brackets(text: str, condition: Expression) -> None:
    assert _condition(text) == condition
    assert _condition(f"({text})") == condition


def test_arguments_may_be_left_out() -> None:
    assert _statements("f(); f(1, , 2); f(,3); route(default, $var(a)); force_rport;") == (
        CallStatement(CallExpression("f")),
        CallStatement(CallExpression("f", (Number(1), None, Number(2)))),
        CallStatement(CallExpression("f", (None, Number(3)))),
        CallStatement(CallExpression("route", (BareWord("default"), A))),
        CallStatement(CallExpression("force_rport")),
    )


def test_statements_in_all_their_spellings() -> None:
    assert _statements("exit(); drop; ; return; return(0); return(1, $var(a)); return $var(b);") == (
        Exit(),
        Exit(drops=True),
        Return(),
        Return((Number(0),)),
        Return((Number(1), A)),
        Return((B,)),
    )


def test_else_belongs_to_the_nearest_if() -> None:
    stop = Block((Exit(),))
    assert _statements("if $var(a) if $var(b) exit; else ; ") == (If(A, Block((If(B, stop, Block()),))),)
    assert _statements("if ($var(a)) exit; else if ($var(b)) { exit; }") == (If(A, stop, Block((If(B, stop),))),)


def test_async_and_launch() -> None:
    call = CallExpression("wait", (Text("E"),))
    assert _statements('async(wait("E"), RESUME, 10); launch(wait("E"));') == (
        Async(call, "RESUME", Number(10)),
        Async(call, launches=True),
    )


def test_comments_nest_and_a_hash_ends_with_its_line() -> None:
    assert parse("# /* \n/* a /* b */ c */ route { exit; # } \n }") == Script((Route("route", body=Block((Exit(),))),))


def test_mistakes_of_the_tutorial_are_accepted_with_a_remark() -> None:
    script = parse('startup_route() { ; }\nroute { if (!has_totag() && is_method("INVITE"))) { exit; } }', "t.cfg")
    assert [(remark.code, str(remark.place)) for remark in script.remarks] == [
        ("route-brackets", "t.cfg:1:1"),
        ("extra-bracket", "t.cfg:2:49"),
    ]


def test_every_node_has_its_place() -> None:
    (item,) = parse("\n\nroute {\n\t$var(x) = $ru;\n}", "a.cfg").items
    assert isinstance(item, Route)
    (assign,) = item.body.statements
    assert isinstance(assign, Assign)
    assert [str(place) for place in (item.place, assign.place, assign.value.place)] == [
        "a.cfg:3:1",
        "a.cfg:4:2",
        "a.cfg:4:12",
    ]


@pytest.mark.parametrize(
    "character", ["@", "`", "\u2026", "\u00a0", "\u200b", "\x01", "\xe9", "\udcff", "?", "\\", "\u201c"]
)
def test_a_character_that_means_nothing_is_skipped_with_a_remark(character: str) -> None:
    script = parse(f"route {{ $var(a) {character}= 5 {character}; {character}}}{character}", "t.cfg")
    assert script == parse("route { $var(a) = 5; }")
    assert [remark.code for remark in script.remarks] == ["skipped-character"] * 4
    assert str(script.remarks[0].place) == "t.cfg:1:17"
    assert "skipped" in script.remarks[0].text


def test_quotes_of_a_word_processor_get_a_hint() -> None:
    assert "write '\"' around a string" in parse("route { $var(a) = \u201c5\u201d; }").remarks[0].text


def test_only_a_thousand_remarks_about_skipped_characters_are_kept() -> None:
    assert len(parse("route { " + "@" * 5_000 + " ; }").remarks) == 1_000


@pytest.mark.parametrize("written", ['"a" "b" \'c\'', '"a"\n  # a comment\n  "bc"', '"abc" ""', "'a' 'b\\\\' \"c\""])
def test_strings_side_by_side_are_one_in_a_log_call(written: str) -> None:
    (statement,) = _statements(f'xlog("L_ERR", {written});')
    assert isinstance(statement, CallStatement)
    texts = [argument.value for argument in statement.call.arguments if isinstance(argument, Text)]
    assert texts[1] in {"abc", "ab\\\\c"}
    assert isinstance(parse(f'modparam("m", "p", {written})').items[0], ModParam)


@pytest.mark.parametrize("text", ['$var(a) = "a" "b";', 'log("a" "b");', 'f("a" "b");', 'xlog("a"); f("a" "b");'])
def test_strings_side_by_side_are_an_error_elsewhere(text: str) -> None:
    with pytest.raises(ScriptError):
        _statements(text)
