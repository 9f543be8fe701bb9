"""Transformations, patterns and runs of any input end with a value, a fault or an outcome."""

import contextlib
import ctypes
import ctypes.util

from hypothesis import given, settings
from hypothesis import strategies as st

from evtui.core.known_versions import ScriptVersion
from evtui.script.compiler.program import Program
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.patterns import search
from evtui.script.runtime.run_state import RunOutcome
from evtui.script.runtime.script_message import PlainMessage
from evtui.script.runtime.script_values import ScriptFault, Value
from evtui.script.runtime.sip_uris import parse_sip_uri
from evtui.script.syntax.expressions import Transformation
from evtui.script.syntax.parse import parse
from evtui.script.transformations.transformation_table import TRANSFORMS, rule_of, written_arguments
from tests.unit.script.world import World, program

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('\udc80\udcff\0"\\;,=<>:@%/[]'), max_size=40)
NAMED = [(kind, name) for kind, names in TRANSFORMS.items() for name in names]


def transformed(kind: str, name: str, text: str, *parameters: str) -> Value:
    """Apply a transformation with parameters that hold no variable; a variable gives NULL."""
    rule = rule_of(Transformation(kind, name))
    assert rule is not None
    written = written_arguments(rule, parameters)
    arguments = [argument for argument in written if argument is not None]
    return rule.apply(text, arguments) if len(arguments) == len(written) else None


@given(st.sampled_from(NAMED), TEXTS, st.lists(TEXTS | st.integers(-9, 99).map(str), max_size=3))
@settings(max_examples=1500, deadline=None)
def test_any_transformation_of_any_text_is_a_value_or_a_fault(
    which: tuple[str, str], text: str, parameters: list[str]
) -> None:
    try:
        value = transformed(*which, text, *parameters)
    except ScriptFault:
        return
    assert value is None or isinstance(value, int | str)
    if isinstance(value, int):
        assert -(1 << 31) <= value < 1 << 31


@given(TEXTS)
def test_an_encoded_text_can_be_decoded(text: str) -> None:
    text = as_script(text.encode("utf-8", "surrogateescape"))
    for there, back in (
        ("b64encode", "b64decode"),
        ("encode.hexa", "decode.hexa"),
        ("escape.common", "unescape.common"),
        ("reverse", "reverse"),
    ):
        once = transformed("s", there, text)
        assert isinstance(once, str)
        assert transformed("s", back, once) == text


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_a_printable_text_can_be_escaped_and_back(text: str) -> None:
    for part in ("user", "param"):
        once = transformed("s", f"escape.{part}", text)
        assert isinstance(once, str)
        assert transformed("s", f"unescape.{part}", once) == text


def as_script(data: bytes) -> str:
    """Return bytes as a script holds them."""
    return data.decode("utf-8", "surrogateescape")


@given(TEXTS.filter(bool), st.data())
def test_substr_is_a_slice_of_the_bytes(text: str, data: st.DataObject) -> None:
    given = text.encode("utf-8", "surrogateescape")
    offset = data.draw(st.integers(-len(given), len(given) - 1))
    length = data.draw(st.integers(1, 50))
    start = offset if offset >= 0 else len(given) + offset
    assert transformed("s", "substr", text, str(offset), str(length)) == as_script(given[start : start + length])
    assert transformed("s", "substr", text, str(offset), "0") == as_script(given[start:])


@given(st.lists(st.text('abc \\",\n', max_size=5), min_size=1, max_size=5))
def test_the_values_of_a_joined_list_can_be_read(values: list[str]) -> None:
    text = ",".join('"' + value.replace('"', '""') + '"' for value in values)
    assert transformed("csv", "count", text) == len(values)
    for place, value in enumerate(values):
        assert transformed("csv", "value", text, str(place)) == value


@given(
    st.from_regex(r"sip:([a-z0-9]{1,5}(:[a-z]{1,3})?@)?[a-z.]{1,9}(:[0-9]{1,4})?(;[a-z]=[a-z]){0,2}", fullmatch=True)
)
def test_a_uri_is_made_of_its_parts(text: str) -> None:
    assert str(parse_sip_uri(text)) == text


URI_PIECES = st.sampled_from(
    [*"ab1+-.;?@:[]=& %", "sip:", "sips:", "tel:", "urn:service:", "urn:nena:service:", "[::1]", ":5060", ":70000",
     ";transport=tcp", "?h=1", "user:pw@", "host.example"]
)  # fmt: skip


@given(st.builds("".join, st.lists(URI_PIECES, max_size=8)), st.sampled_from(["2.4", "3.6"]))
def test_variables_and_transformations_read_the_same_parts_of_a_uri(text: str, version: ScriptVersion) -> None:
    body = """$ru = "sip:a@b"; $var(u) = $avp(text); $ru = $avp(text);
    xlog("= $rU|$rd"); xlog("= $(var(u){uri.user})|$(var(u){uri.host})");"""
    world = World()
    made = Program(parse(f"route {{ {body} }}", "f.cfg"), world, world, version=version)
    made.run("route", None, Scope(PlainMessage(), {"text": [text]}))
    of_variables, of_transformations = [line.replace("<null>", "") for line in world.said if line.startswith("= ")]
    if text:
        assert of_variables == of_transformations


@given(st.builds("".join, st.lists(URI_PIECES, max_size=8)))
def test_a_uri_that_is_printed_is_read_again_with_the_same_parts(text: str) -> None:
    uri = parse_sip_uri(text)
    if uri is not None and uri.scheme.lower() != "tel":
        again = parse_sip_uri(str(uri))
        assert again == uri


LIBC = ctypes.CDLL(ctypes.util.find_library("c"))
EXTENDED, IGNORE_CASE, NO_PLACES = 1, 2, 8
PATTERNS = st.lists(
    st.sampled_from(
        [
            *"ab.^$*+?|()-,1",
            "[[:alpha:]]",
            "[^a]",
            "[a-]",
            "[]x]",
            "{1,2}",
            "{2}",
            "{,2}",
            "\\.",
            "\\<",
            "a|b",
            "(a)",
            "{,}",
        ]
    ),
    max_size=7,
).map("".join)


def posix(pattern: str, text: str) -> bool | None:
    """Return whether the C library finds a match; None when it is not a pattern."""
    compiled = ctypes.create_string_buffer(256)
    if LIBC.regcomp(compiled, pattern.encode(), EXTENDED | IGNORE_CASE | NO_PLACES):
        return None
    found = bool(LIBC.regexec(compiled, text.encode(), 0, None, 0) == 0)
    LIBC.regfree(compiled)
    return found


@given(PATTERNS, st.text("abAB1-,] ", max_size=6))
@settings(max_examples=1000, deadline=None)
def test_patterns_match_what_the_c_library_matches(pattern: str, text: str) -> None:
    theirs = posix(pattern, text)
    if theirs is not None:
        assert search(pattern, text) is theirs


@given(TEXTS, TEXTS)
@settings(deadline=None)
def test_any_text_as_a_pattern_is_found_or_not_or_a_fault(pattern: str, text: str) -> None:
    with contextlib.suppress(ScriptFault):
        assert search(pattern, text) in {True, False}


VALUES = st.sampled_from(
    [
        "0",
        "5",
        "-3",
        "9223372036854775807",
        '""',
        '"a"',
        '"80"',
        "NULL",
        "$avp(x)",
        "$(avp(x)[*])",
        "$(avp(x)[-2])",
        "$var(i)",
        "$(avp(y)[$var(i)])",
        "$(avp(x){s.substr,1,$var(i)})",
        "$ru",
        "$rs",
        "$hdr(Via)",
        "$param(1)",
        "$stat(a)",
        "$nosuch",
        "$(avp(x){re.subst,/a/b,c/g})",
        '"-$$-"',
        "$time(%H)",
        "$rc",
        "route(R, $avp(x))",
        'xlog("x")',
    ]
)
EXPRESSIONS = st.recursive(
    VALUES,
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"]), inner).map(
        lambda parts: f"({' '.join(parts)})"
    ),
    max_leaves=4,
)
COMPARED = st.tuples(EXPRESSIONS, st.sampled_from(["==", "!=", "<", ">", "<=", ">=", "=~", "!~"]), EXPRESSIONS)
CONDITIONS = st.recursive(
    COMPARED.map(" ".join) | VALUES,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["&&", "or"]), inner).map(lambda parts: f"({' '.join(parts)})")
        | inner.map(lambda part: f"!({part})")
    ),
    max_leaves=3,
)
TARGETS = st.sampled_from(
    ["$avp(x)", "$avp(y)", "$(avp(x)[1])", "$(avp(x)[*])", "$(avp(y)[append])", "$var(i)", "$ru", "$rU", "$fU"]
)
SIMPLE = st.one_of(
    st.tuples(TARGETS, st.sampled_from(["=", ":=", "+=", "-="]), EXPRESSIONS).map(lambda parts: f"{' '.join(parts)};"),
    EXPRESSIONS.map(lambda value: f"return({value});"),
    st.sampled_from(
        [
            "exit;",
            "drop;",
            "break;",
            "route(R);",
            "route(MISSING);",
            'raise_event("E", $avp(x), $avp(y));',
            "nothing(1, , 2);",
            'raise_event("E", $avp(x));',
            'fetch_event_params("$avp(x); b=$var(i)");',
            'cache_add("local", "k", $var(i), 0);',
            'sl_send_reply("$var(i)", "x");',
            'xlog(L_ERR, "$avp(x)-$$-$(avp(x){s.len}) $rb");',
            "is_method($var(i));",
            "sleep($var(i));",
        ]
    ),
)
STATEMENTS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.tuples(CONDITIONS, inner, inner).map(
            lambda parts: f"if ({parts[0]}) {{ {parts[1]} }} else {{ {parts[2]} }}"
        ),
        st.tuples(CONDITIONS, inner).map(lambda parts: f"while ({parts[0]}) {{ {parts[1]} }}"),
        inner.map(lambda body: f"for ($var(i) in $(avp(x)[*])) {{ {body} }}"),
        st.tuples(inner, inner).map(lambda parts: f'switch ($avp(x)) {{ case "a": {parts[0]} case 5: {parts[1]} }}'),
        st.tuples(inner, inner).map(" ".join),
    ),
    max_leaves=8,
)


def loaded(main: str, sub: str) -> tuple[Program, World]:
    world = World(pause_limit=20)
    return program(f"max_while_loops = 20\nroute {{ {main} }}\nroute[R] {{ {sub} }}", world), world


@given(STATEMENTS, STATEMENTS)
@settings(max_examples=300, deadline=None)
def test_any_script_ends_in_an_outcome(main: str, sub: str) -> None:
    made, _ = loaded(main, sub)
    outcome = made.run("route")
    assert isinstance(outcome, RunOutcome)
    assert outcome.ended != "error" or "TimeoutError" in (outcome.error or ""), outcome


def computed(text: str) -> str:
    """Return the statements with names that are known only during the run."""
    for fixed, name in (("avp(x)", "avp($shv(nx))"), ("avp(y)", "avp($shv(ny))")):
        text = text.replace(fixed, name)
    return text


@given(STATEMENTS, STATEMENTS)
@settings(max_examples=150, deadline=None)
def test_the_fast_closures_have_the_effects_of_the_plain_ones(main: str, sub: str) -> None:
    """The same script with computed names of AVPs, which only the plain closures can run.

    The variables stay the same ones: a `$shv` instead of a `$var` would have other rules, it is 0 after NULL.
    """
    main = f'$avp(x) = "a"; $var(i) = 0; {main}'
    fast, world = loaded(main, sub)
    prelude = '$shv(nx) = "x"; $shv(ny) = "y";'
    slow, other = loaded(f"{prelude} {computed(main)}", computed(sub))
    one, two = fast.run("route"), slow.run("route")
    assert (one.code, one.ended) == (two.code, two.ended)
    assert world.raised == other.raised
    assert world.said == other.said
